"""Writing a cloth frame by frame, also while it is simulated."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic as clock
from typing import TYPE_CHECKING, Any

import numpy as np
from pxr import Sdf

from usd_export.colliders import define_colliders
from usd_export.delivery import Workshop, usd_errors
from usd_export.fabric_prims import fabrics_of
from usd_export.materials import define_materials
from usd_export.metadata import describe_scene
from usd_export.options import Options
from usd_export.samples import Clips, OneLayer
from usd_export.stage import close_span, open_stage
from warp_fabric.errors import UsdError
from warp_fabric.scene.panels import split
from warp_fabric.trajectory import RISES, components

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

NEEDED = {"position": 3, "sliding": 2, "velocity": 3, "sliding_velocity": 2}
"""The arrays of a frame that are used, [picks, ends, components]."""
INTERVAL = 0.5
"""Seconds from showing a clip that is not full to showing more of it."""
SHARE = 0.2
"""Most of the time that this may take."""


class Writer:
    """Writes frames to a USD file as they come, in bounded memory.

        with Writer(scene, "cloth.usdc") as writer:
            wf.simulate(scene, on_frame=lambda frame: writer.append(frame.time, frame.arrays))

    The file appears under its name when the writer is closed, not before; where an exception leaves the block, what was
    there before stays.

    With `clips`, the file grows instead: it appears with the first frame, and is replaced by one with all frames so far
    when a clip is full, and at the latest some half a second after a frame was written, if `tick` is called in the
    meantime (less often where that would take more than a fifth of the time). At each moment it can be opened. Where an
    exception leaves the block, or the process is killed, the frames so far stay. There are never more files than clips
    and a few: a clip that is not full yet is shown as a copy that the next one replaces.

    Args:
        scene: What is simulated.
        path: A .usdc, .usd, .usda or .usdz file.
        options: What is exported, and how.
        version, device: Told in the file's metadata.
        initial: Arrays of the state that the scene's `initial` names; None: they are read from there.
        growing: False: also clips only appear when the writer is closed.
        one_file: Whether clips end as one plain file; they are removed when it is in its place.
        keep_clips: For a program that shows the file while it grows, and may have any file open that it was shown:
            none is replaced or removed. Each time, what has grown is a file of another name, `NAME.growing.1.usdc` and
            so on; they and their clips stay for that program to remove. Only what was at `path` is replaced, by the
            finished file; where that is refused, as it is open, the finished file is `NAME.2.usdc` or so.
        on_shown: Called with the number of frames whenever the file has been replaced, also when the writer is closed.

    Attributes:
        shown: The files that were shown last, the one to open first.

    Raises:
        UsdError: where the file cannot be written there, or the cloth has nothing to export.
        SceneError: where the state that the run begins with, or the mesh of an obstacle, cannot be read.
    """

    def __init__(
        self,
        scene: Scene,
        path: str | os.PathLike,
        options: Options | None = None,
        *,
        version: str = "",
        device: str = "",
        initial: Mapping[str, np.ndarray] | None = None,
        growing: bool = True,
        one_file: bool = False,
        keep_clips: bool = False,
        on_shown: Callable[[int], None] | None = None,
    ) -> None:
        options = options or Options()
        self.path, self.frame_count = Path(path), 0
        self._growing, self._one_file, self._on_shown = growing and options.clips > 0, one_file, on_shown
        self._shown_count, self._next_show = 0, 0.0
        self._scene, self._fabrics = scene, fabrics_of(scene, options)
        self._placement = self._fabrics[0].placement
        if all(fabric.is_empty for fabric in self._fabrics):
            size = " x ".join(map(str, scene.grid))
            what = f"a cloth of {size} crossings has no yarn with a length to export"
            raise UsdError(what, where=str(path), fix="export a cloth of at least 2 crossings, with its yarns")
        self._first = self._last = 0.0
        self._root: Sdf.Layer | None = None
        self._samples: OneLayer | Clips | None = None
        self.shown: list[Path] = []
        self._workshop: Workshop | None = Workshop(self.path, options.layers or bool(options.clips), keep_clips)
        try:
            with usd_errors(self.path):
                self._open(scene, options, {"version": version, "device": device, "initial": initial})
        except BaseException:
            self.discard()
            raise

    def append(self, time: float, frame: Mapping[str, Any], *, show: bool = True) -> None:
        """Write the next frame.

        Args:
            time: [s], later than the frame before.
            frame: Arrays `position`, `sliding`, `velocity` and `sliding_velocity` as a trajectory has them, in m and s;
                of crimped cloth also `interchange` and `flattening`, else it is drawn crimped as at rest.
            show: False: a growing file need not have it yet, as more frames follow at once.

        Raises:
            UsdError: where it does not fit the scene, holds values that are not finite, or cannot be written. Then
                the writer is of no more use, and nothing of it is left but what was shown.
        """
        samples = self._open_samples()
        try:
            arrays = self._checked(frame)
            code = self._placement.code(time) if np.isfinite(time) else np.nan
            if not (np.isfinite(code) and (code > self._last or not self.frame_count)):
                what = f"frame {self.frame_count} is at {time!r} s, and not later than the frame before"
                raise UsdError(what, where="time", fix="give frames in the order of their times")
            values = {}
            for fabric, part in zip(self._fabrics, split(self._scene, arrays)):
                values |= fabric.samples(time, part)
            with usd_errors(self.path):
                samples.add(code, values)
        except BaseException:
            self.discard()
            raise
        if not self.frame_count:
            self._first = code
        self._last = code
        self.frame_count += 1
        if show:
            self.tick()

    def tick(self) -> None:
        """Show the frames so far if it is time to: see above; to be called often, say after each step.

        Raises:
            UsdError: where they cannot be written; see `append`.
        """
        clips = self._unshown()
        if clips is not None and (clips.full or clock() >= self._next_show):
            try:
                self._show(clips)
            except BaseException:
                self.discard()
                raise

    def close(self) -> Path:
        """Finish the file, put it in its place and return its path.

        Raises:
            UsdError: where there was no frame, or it cannot be written.
        """
        samples, root, workshop = self._open_samples(), self._root, self._workshop
        assert root is not None
        assert workshop is not None
        try:
            if not self.frame_count:
                raise UsdError("there is no frame to export", where=str(self.path), fix="simulate first")
            with usd_errors(self.path):
                close_span(root, self._first, self._last)
                samples.finish(self._first, self._last)
                if self._one_file and isinstance(samples, Clips):
                    samples.merge()
                companions = samples.companions
                root.Save()
            del samples, root
            self._let_go()
            delivered = workshop.deliver(companions)
        finally:
            self.discard()
        self._tell_shown(workshop)
        return delivered

    def discard(self) -> None:
        """Give up: nothing more is written, nothing is left but what was shown."""
        workshop, self._workshop = self._workshop, None
        self._let_go()
        if workshop is not None:
            workshop.discard()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None or self._workshop is None:
            clips = self._unshown()
            with contextlib.suppress(Exception):  # what left the block matters more
                if clips is not None:
                    self._show(clips)
            self.discard()
        else:
            self.close()

    def _open(self, scene: Scene, options: Options, facts: dict[str, Any]) -> None:
        assert self._workshop is not None
        self._root = Sdf.Layer.CreateNew(str(self._workshop.root))
        comment = f"Woven cloth, simulated by warp-fabric {facts['version']}".rstrip()
        stage = open_stage(self._root, self._placement, comment)
        describe_scene(stage.GetDefaultPrim(), scene, **facts, obstacles=options.obstacles)
        for fabric in self._fabrics:
            fabric.define(stage)
        colliders = define_colliders(stage, scene, options, self._placement)
        if options.materials:
            define_materials(stage, [(fabric.curves, fabric.surface) for fabric in self._fabrics], colliders)
        for fabric in self._fabrics:
            fabric.define_guides(stage)
        animated = {path: kind for fabric in self._fabrics for path, kind in fabric.animated.items()}
        if options.clips:
            self._samples = Clips(self._root, animated, self._workshop, options.clips)
        else:
            self._samples = OneLayer(self._root, animated, self._workshop, options.layers)

    def _unshown(self) -> Clips | None:
        """The clips of a growing file, if there are frames to show."""
        some = self._growing and self.frame_count > self._shown_count
        return self._samples if some and isinstance(self._samples, Clips) else None

    def _show(self, clips: Clips) -> None:
        assert self._root is not None
        assert self._workshop is not None
        begun = clock()
        with usd_errors(self.path):
            close_span(self._root, self._first, self._last)
            shown = self._workshop.show(clips.shown(), self._root)
        self._next_show = begun + max(INTERVAL, (clock() - begun) / SHARE)
        if shown:
            self._tell_shown(self._workshop)

    def _tell_shown(self, workshop: Workshop) -> None:
        self._shown_count, self.shown = self.frame_count, workshop.shown
        if self._on_shown is not None:
            self._on_shown(self.frame_count)

    def _open_samples(self) -> OneLayer | Clips:
        if self._samples is None:
            raise UsdError("the writer is closed", where=str(self.path), fix="make a new one")
        return self._samples

    def _checked(self, frame: Mapping[str, Any]) -> dict[str, np.ndarray]:
        arrays = {}
        grid = self._scene.grid
        shapes = {name: (*grid, width) for name, width in NEEDED.items()}
        shapes |= {name: grid for name in RISES if name in components(self._scene)}
        for name, shape in shapes.items():
            given = frame[name] if name in NEEDED else frame.get(name, np.zeros(shape))
            array = np.asarray(given, dtype=np.float64)
            where = f"frame {self.frame_count}: {name}"
            if array.shape != shape:
                raise UsdError(
                    f"shape {array.shape} where {shape} is needed", where=where, fix="export it with its scene"
                )
            if not np.abs(array).max() < 1e30:  # also where it is not a number; USD's points are float32
                what = "it holds values that are not finite, or too large for USD"
                raise UsdError(what, where=where, fix="simulate again, or export the frames before")
            arrays[name] = array
        return arrays

    def _let_go(self) -> None:
        """Close the layers: after a failed saving, reading them would crash."""
        self._root = self._samples = None
