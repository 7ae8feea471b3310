"""Where samples go, frame by frame: into the root layer, a layer of their own, or value clips."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxr import Gf, Sdf, UsdUtils, Vt

from usd_export.delivery import Workshop
from usd_export.stage import CLIPS, ROOT

PENDING = 16_000_000
"""Bytes of samples that are held in memory before they are written."""


class SampleSink:
    """Samples in a layer that is saved whenever enough of them are pending.

    A saved layer reads its samples from the file, and saving again appends to it: memory stays bounded, and the file
    grows by some kilobytes at each saving. After a failed saving the layer must not be read again.

    Args:
        layer: The layer.
        animated: Type of each attribute that will have samples.
    """

    def __init__(self, layer: Sdf.Layer, animated: Mapping[Sdf.Path, Sdf.ValueTypeName]) -> None:
        self.layer, self._pending = layer, 0
        with Sdf.ChangeBlock():
            for path, kind in animated.items():
                if not layer.GetAttributeAtPath(path):
                    Sdf.JustCreatePrimAttributeInLayer(layer, path, kind)

    def add(self, code: float, values: Mapping[Sdf.Path, Any]) -> None:
        with Sdf.ChangeBlock():
            for path, value in values.items():
                self.layer.SetTimeSample(path, code, value)
        self._pending += sum(12 * len(value) for value in values.values())
        if self._pending > PENDING:
            self.save()

    def save(self) -> None:
        self._pending = 0
        self.layer.Save()


def new_layer(path: Path, like: Sdf.Layer) -> Sdf.Layer:
    """An empty layer whose time codes are as long as another's: else USD stretches them where the other includes it."""
    layer = Sdf.Layer.CreateNew(str(path))
    layer.timeCodesPerSecond, layer.framesPerSecond = like.timeCodesPerSecond, like.framesPerSecond
    return layer


class OneLayer:
    """All samples in one layer: the root itself, or `NAME.samples.usdc` below it."""

    def __init__(self, root: Sdf.Layer, animated: Mapping, workshop: Workshop, apart: bool) -> None:
        self.companions: list[Path] = []
        layer = root
        if apart:
            self.companions = [workshop.companion("samples")]
            layer = new_layer(self.companions[0], root)
            root.subLayerPaths.append(f"./{self.companions[0].name}")
        self._sink = SampleSink(layer, animated)

    def add(self, code: float, values: Mapping[Sdf.Path, Any]) -> None:
        self._sink.add(code, values)

    def finish(self, first: float, last: float) -> None:
        layer = self._sink.layer
        layer.startTimeCode, layer.endTimeCode = first, last
        self._sink.save()


class Clips:
    """Samples in value clips of so many frames, `NAME.clip.0001.usdc` and so on.

    Each clip but the first begins with the last frame of the one before, so that there is something to interpolate
    to; a full one is never touched again. Of one that still grows, copies can be shown: `NAME.clip.0002.3.usdc` holds
    its first three samples. Each has a name of its own, as other programs may have the one before open.

    `UsdUtils` makes the manifest, and of an export that appears at once names the clips. While a file grows it cannot:
    it would open all clips again each time, and names them relative to a layer beside which all of them must lie, when
    the last ones are not in their place yet.
    """

    def __init__(self, root: Sdf.Layer, animated: Mapping, workshop: Workshop, frames: int) -> None:
        self._root, self._animated, self._workshop, self._frames = root, animated, workshop, frames
        self._clips: list[Path] = []
        self._starts: list[float] = []
        self._sink: SampleSink | None = None
        self._held = 0
        self._last: tuple[float, Mapping[Sdf.Path, Any]] | None = None
        self._manifest = workshop.companion("manifest")
        self._grows = False

    @property
    def full(self) -> bool:
        """Whether the last frame has filled its clip."""
        return self._sink is None

    @property
    def companions(self) -> list[Path]:
        """The files that the root needs beside it."""
        return [*self._clips, self._manifest] if self._clips else []

    def add(self, code: float, values: Mapping[Sdf.Path, Any]) -> None:
        if self._sink is None:
            before = [] if self._last is None else [self._last]
            self._starts.append(before[0][0] if before else code)
            self._clips.append(self._workshop.companion(f"clip.{len(self._starts):04d}"))
            self._sink, self._held = SampleSink(new_layer(self._clips[-1], self._root), self._animated), len(before)
            for each in before:
                self._sink.add(*each)
        self._sink.add(code, values)
        self._last, self._held = (code, values), self._held + 1
        if self._held > self._frames:
            self._end()

    def finish(self, _first: float, _last: float) -> None:
        """Close the last clip and name all clips in the root."""
        if self._sink is not None:
            self._end()
        self._name(self._clip_metadata(self._clips, self._active()) if self._grows else self._stitched())

    def shown(self) -> list[Path]:
        """Name the clips in the root as they are now, the last as a copy; returns the files needed."""
        clips, self._grows = [*self._clips], True
        if self._sink is not None:
            self._save()
            clips[-1] = self._workshop.companion(f"clip.{len(clips):04d}.{self._held}")
            shutil.copyfile(self._clips[-1], clips[-1])
        # Programs take a single sample for something that never moves, and look no more: hence one a time code earlier.
        single = len(clips) == self._held == 1
        self._name(self._clip_metadata(clips, [Gf.Vec2d(self._starts[0] - 1.0, 0.0)] * single + self._active()))
        return [*clips, self._manifest]

    def merge(self) -> None:
        """After `finish`, move all samples into the root, which needs no clips then."""
        self._root.GetPrimAtPath(ROOT).ClearInfo(CLIPS)
        sink, done = SampleSink(self._root, self._animated), float("-inf")
        for path in self._clips:
            # anonymous: a layer that is open under that name may be of an earlier export
            clip = Sdf.Layer.OpenAsAnonymous(str(self._workshop.whereabouts(path)))
            for code in clip.ListTimeSamplesForPath(next(iter(self._animated))):
                if code > done:
                    sink.add(code, {each: clip.QueryTimeSample(each, code) for each in self._animated})
                    done = code
        sink.save()
        self._clips.clear()

    def _name(self, metadata: dict[str, Any]) -> None:
        metadata["manifestAssetPath"] = Sdf.AssetPath(f"./{self._manifest.name}")
        self._root.GetPrimAtPath(ROOT).SetInfo(CLIPS, {"default": metadata})

    def _clip_metadata(self, clips: list[Path], active: list[Gf.Vec2d]) -> dict[str, Any]:
        assets = Sdf.AssetPathArray([Sdf.AssetPath(f"./{each.name}") for each in clips])
        return {"primPath": str(ROOT), "assetPaths": assets, "active": Vt.Vec2dArray(active)}

    def _stitched(self) -> dict[str, Any]:
        """What `UsdUtils` tells of the clips, all of which lie in the workshop.

        Its topology is left out, as the root has it, and its `times`: they map each time code to itself, but have
        programs see another sample 5e-9 before the end of each clip.
        """
        layer = Sdf.Layer.CreateNew(str(self._workshop.folder / "stitched.usda"))
        if not UsdUtils.StitchClips(layer, [str(each) for each in self._clips], ROOT):
            raise OSError("the clips cannot be put together")
        metadata = layer.GetPrimAtPath(ROOT).GetInfo(CLIPS)["default"]
        del metadata["times"]
        return metadata

    def _active(self) -> list[Gf.Vec2d]:
        """From when on which clip is used."""
        return [Gf.Vec2d(start, k) for k, start in enumerate(self._starts)]

    def _save(self) -> None:
        assert self._sink is not None
        assert self._last is not None
        self._sink.layer.startTimeCode, self._sink.layer.endTimeCode = self._starts[-1], self._last[0]
        self._sink.save()
        if not self._workshop.whereabouts(self._manifest).exists():
            layer = new_layer(self._manifest, self._root)
            UsdUtils.StitchClipsManifest(layer, self._root, [str(self._clips[0])], ROOT)
            layer.Save()

    def _end(self) -> None:
        self._save()
        self._sink = None
