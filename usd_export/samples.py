"""Where samples go, frame by frame: into the root layer, a layer of their own, or value clips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxr import Sdf, Usd, UsdUtils

from usd_export.delivery import Workshop
from usd_export.stage import ROOT

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

    Each clip also holds the first frame of the next, so that there is something to interpolate to.
    """

    def __init__(self, root: Sdf.Layer, animated: Mapping, workshop: Workshop, frames: int) -> None:
        self._root, self._animated, self._workshop, self._frames = root, animated, workshop, frames
        self.companions: list[Path] = []
        self._starts: list[float] = []
        self._sink: SampleSink | None = None
        self._held = 0

    def add(self, code: float, values: Mapping[Sdf.Path, Any]) -> None:
        if self._sink is None or self._held == self._frames:
            if self._sink is not None:
                self._sink.add(code, values)
                self._end(code)
            self.companions.append(self._workshop.companion(f"clip.{len(self.companions) + 1:04d}"))
            self._starts.append(code)
            layer = new_layer(self.companions[-1], self._root)
            self._sink, self._held = SampleSink(layer, self._animated), 0
        self._sink.add(code, values)
        self._held += 1

    def finish(self, first: float, last: float) -> None:
        self._end(last)
        clips = [str(each) for each in self.companions]
        manifest = self._workshop.companion("manifest")
        layer = new_layer(manifest, self._root)
        UsdUtils.StitchClipsManifest(layer, self._root, clips, ROOT)
        layer.Save()
        stage = Usd.Stage.Open(self._root)
        api = Usd.ClipsAPI(stage.GetPrimAtPath(ROOT))
        api.SetClipPrimPath(str(ROOT))
        api.SetClipAssetPaths([Sdf.AssetPath(f"./{each.name}") for each in self.companions])
        api.SetClipManifestAssetPath(Sdf.AssetPath(f"./{manifest.name}"))
        api.SetClipActive([(start, float(k)) for k, start in enumerate(self._starts)])
        self.companions.append(manifest)

    def _end(self, last: float) -> None:
        assert self._sink is not None
        self._sink.layer.startTimeCode, self._sink.layer.endTimeCode = self._starts[-1], last
        self._sink.save()
        self._sink = None
