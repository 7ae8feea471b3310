"""What users name: runs (also such as are still being written), scenes and USD files, read again when they change."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.checkpoint import checkpoint_path
from warp_fabric.errors import TrajectoryError, WarpFabricError
from warp_fabric.file_kind import FileKind, kind_of
from warp_fabric.initial import STATE, initial_state
from warp_fabric.kept_frames import kept_run
from warp_fabric.scene import Scene, load_scene
from warp_fabric.trajectory import Trajectory, load_trajectory
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.subject import Subject

SHOWN = "give a run (.h5), a scene (.toml) or a USD file"
USD_SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")
POLL = 0.5
"""Seconds between looks at a file; more where reading it takes long."""
READING_SHARE = 0.1
"""Most of the time that may go into reading a file that grows."""


class Source:
    """One thing to show, and how to read it again.

    Args:
        what: A path, a trajectory or a scene.
        name: As users read it.
        panel: Which panel of it; None: the first, if it has some.

    Attributes:
        subject: What was read last.
        panels: The names of all its panels; none of what has none.
        unfinished: How many frames the run will have, where it has not come to its end; else None.

    Raises:
        WarpFabricError: where it cannot be read.
    """

    def __init__(self, what: str | os.PathLike | Trajectory | Scene, name: str, panel: str | None = None) -> None:
        if not isinstance(what, (str, os.PathLike, Trajectory, Scene)):
            raise WarpFabricError(f"a value of type {type(what).__name__} cannot be shown", where=name, fix=SHOWN)
        self.name, self.unfinished = name, None
        self.panel, self.panels = panel, []
        self._what = what if isinstance(what, (Trajectory, Scene)) else Path(what)
        if isinstance(self._what, Path) and self._what.suffix == ".checkpoint":
            self._what = self._what.with_suffix("")  # the run that it will become
        self._seen = self._signature()
        self._due, self._cost = time.monotonic() + POLL, 0.0
        self.subject = self._read()

    def changed(self) -> bool:
        """Read the file again if it has changed; whether `subject` is another one now."""
        if not isinstance(self._what, Path) or time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + max(POLL, self._cost / READING_SHARE)
        signature = self._signature()
        if signature == self._seen:
            return False
        try:
            self.subject = self._read()
        except WarpFabricError:
            return False  # it is being written: what was read last stays, and the next look may succeed
        self._seen = signature
        return True

    def _signature(self) -> tuple:
        """What tells whether a file is another one than before."""
        if not isinstance(self._what, Path):
            return ()
        found = []
        for path in (self._what, checkpoint_path(self._what)) if self._what.name else ():
            try:
                status = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(found)

    def _read(self) -> Subject:
        begun = time.monotonic()
        what = self._what
        if isinstance(what, Trajectory):
            return self._cloth(what)
        if isinstance(what, Scene):
            return self._cloth(at_rest(what))
        kind, suffix = kind_of(what), what.suffix.lower()
        if kind is FileKind.USD or (kind is None and suffix in USD_SUFFIXES):
            from warp_fabric.viewer.usd_curves import UsdCurves

            return UsdCurves(what, self.name)
        if kind is FileKind.SCENE or (kind is None and suffix == ".toml"):
            return self._cloth(at_rest(load_scene(what)))
        if kind in (FileKind.FOLDER, FileKind.WEAVE):
            raise WarpFabricError(f"this is {kind}, and cannot be shown", where=str(what), fix=SHOWN)
        run, self.unfinished = _run_so_far(what)
        self._cost = time.monotonic() - begun
        return self._cloth(run)

    def _cloth(self, run: Trajectory) -> Cloth:
        self.panels = [*run.panels]
        return Cloth(run.panels.get(self.panel or "", run.parts[0]), self.name)


def sources(given: Sequence[str | os.PathLike | Trajectory | Scene]) -> list[Source]:
    """Read what is to be shown, each panel by itself, under names that differ.

    Raises:
        WarpFabricError: where something cannot be read.
    """
    found = []
    for what, name in zip(given, _names(given)):
        whole = Source(what, name)
        found += [Source(what, f"{name}: {panel}", panel) for panel in whole.panels] or [whole]
    return found


def next_to_each_other(some: Sequence[Source]) -> bool:
    """Whether these are better seen next to each other at first than where they are, as panels are."""
    return not all(each.panel for each in some)


def at_rest(scene: Scene) -> Trajectory:
    """The state that a scene's run begins with, as a run of one frame.

    Raises:
        SceneError: where the state that its `initial` names cannot be had.
    """
    state = initial_state(scene)
    arrays: dict[str, Any] = {name: state[name][None] for name in STATE}
    compression = np.zeros((1, *scene.grid))
    return Trajectory(np.zeros(1), **arrays, compression=compression, scene=scene, version="", device="")


def _run_so_far(path: Path) -> tuple[Trajectory, int | None]:
    """A run, or what its checkpoint has while it is being made; and how many frames that one will have."""
    checkpoint = checkpoint_path(path)
    if checkpoint.exists():
        try:
            run = kept_run(checkpoint)
        except TrajectoryError:
            if checkpoint.exists() or not path.exists():  # else it came to its end just now
                raise
        else:
            static = run.scene.time.integrator == "static"
            return run, 1 if static else run.scene.time.frame_count + 1
    if not path.exists():
        fix = "check the path; a run that has just begun can be seen a second later"
        raise TrajectoryError("there is no such run, and no checkpoint of one", where=str(path), fix=fix)
    if kind_of(path) is None:
        raise TrajectoryError(
            "this is none of a run, a scene and a USD file, or it is damaged", where=str(path), fix=SHOWN
        )
    return load_trajectory(path), None


def _names(given: Sequence) -> list[str]:
    """File names, with as many folders as tell them apart; "run 1" and so on for what is in memory."""
    names = []
    for k, what in enumerate(given):
        if not isinstance(what, (str, os.PathLike)):
            kind = "run" if isinstance(what, Trajectory) else "scene" if isinstance(what, Scene) else "argument"
            names.append(kind if len(given) == 1 else f"{kind} {k + 1}")
        else:
            same = [other for other in given if other is not what and isinstance(other, (str, os.PathLike))]
            clash = any(Path(other).name == Path(what).name for other in same)
            names.append(str(what) if clash else Path(what).name)
    return names
