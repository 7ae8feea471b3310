"""Running a simulation of a fabric, with its frames in the viewport as they are done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import bpy

from warp_fabric import Scene, TrajectoryError

from ..job import child, tasks
from ..job.job import Event, Job
from ..job.messages import in_panel_words
from ..job.tasks import Task
from .design.fabric_description import MADE_AS
from .files.cache import Prims, detach_cache, playing_from, prims_of
from .files.found_frames import Found, note_frames, show_found
from .files.paths import CACHE, RUN, SCENE, cache_path, made_folder
from .files.scene_file import write_scene
from .files.shown_files import remove_shown, remove_unplayed
from .scene.obstacles import remove_unused
from .scene.together import parts_of

PAUSE = 0.5
"""Least seconds from one file to the next, as Blender opens each."""
CLIP = 16
"""Frames in each file that the cache is made of while it grows."""


class Beside(NamedTuple):
    """A fabric that is simulated together with another: Blender's number of it, what it was built as, its part."""

    uid: int
    made_as: str | None
    panel: str
    prims: Prims


class Simulation(Task):
    """A simulation, and its frames in the viewport as they are done.

    The process writes no file again that Blender may have open: each time it tells of another one.

    Args:
        obj: The fabric.
        job: Its job.
        folder: Where its files are.
        start: Scene frame of its first frame.
        count: How many there will be.
        prims: Where its files will have the yarns, whatever becomes of their names.
        panel: Which of several fabrics it is there; "": the only one.
        beside: The others.

    Attributes:
        note: What makes a finished run less certain than it looks, in words; "" is nothing.
    """

    kind = "simulate"

    def __init__(
        self,
        obj: bpy.types.Object,
        job: Job,
        folder: Path,
        start: int,
        count: int,
        prims: Prims,
        panel: str = "",
        beside: Sequence[Beside] = (),
    ) -> None:
        super().__init__(obj, job)
        self.folder, self.start, self.count, self.prims, self.panel = folder, start, count, prims, panel
        self._beside, self._made_as = beside, obj.get(MADE_AS)
        self._frames = 0
        self._reported: list[list[Path]] = []
        """Files that the process reported and that are not removed yet: each time the one to play, and its clips."""
        self._played: list[Path] = []
        """Those of them that are played."""
        self._next_show = 0.0
        self.note = ""

    @property
    def uids(self) -> set[int]:
        return {self.uid, *(each.uid for each in self._beside)}

    def fits(self, obj: bpy.types.Object) -> bool:
        # else it was rebuilt: it may have other crossings
        return obj.get(MADE_AS) == self._made_as and all(of.get(MADE_AS) == each.made_as for of, each in self._others())

    def take(self, event: Event, obj: bpy.types.Object) -> None:
        if event["event"] == "usd":
            self._frames = event["frames"]
            self._reported.append([self.folder / Path(name).name for name in (event["path"], *event["files"])])
        elif event["event"] == "done":
            self.note = in_panel_words(event.get("note") or "")

    def show(self, obj: bpy.types.Object) -> None:
        if not self._reported or cache_path(obj) == self._reported[-1][0]:
            return
        undone = self._played and cache_path(obj) != self._played[0]
        if undone or time.monotonic() >= self._next_show:
            self._attach(obj)

    def finish(self, obj: bpy.types.Object) -> None:
        if not self._reported:
            return
        self._attach(obj)
        remove_unplayed(self.folder, self._played)

    def outcome(self) -> str:
        if self.job.state == "done":
            done = f"Simulated {self.count} frames" if self.count > 1 else "Found the rest shape"
            return f"{done}; {self.note}" if self.note else done
        last = self.start + self.job.frames_done - 1
        return f"Stopped at frame {last}; Resume goes on" if self.job.frames_done > 1 else "Stopped"

    def _attach(self, obj: bpy.types.Object) -> None:
        before, self._played = self._played, self._reported[-1]
        found = Found(self._played[0], self.start, self._frames, self.prims, self.panel)
        others = [(of, found._replace(prims=each.prims, panel=each.panel)) for of, each in self._others()]
        changed = [show_found(*each) for each in ((obj, found), *others)]
        if any([*changed, self._stop_strangers()]) and bpy.ops.ed.undo_push.poll():
            bpy.ops.ed.undo_push(message="Show Frames")
        note_frames(obj, found, *others)
        self._next_show = time.monotonic() + PAUSE
        kept = {*before, *self._played}  # Blender reads anew later: those before go the next time
        for each in self._reported[:-1]:
            remove_shown(each, kept)
        self._reported = [each for each in self._reported if each[0] in kept]

    def _others(self) -> list[tuple[bpy.types.Object, Beside]]:
        """The other fabrics that are still there."""
        there = {each.session_uid: each for each in bpy.data.objects} if self._beside else {}
        return [(there[each.uid], each) for each in self._beside if each.uid in there]

    def _stop_strangers(self) -> bool:
        """Put fabrics to rest that play from this folder what is not in its files any more; whether there were any."""
        panels = {self.panel, *(each.panel for each in self._beside)}
        found = [each for each in playing_from(self.folder) if each.fabric.simulation.panel not in panels]
        for each in found:
            detach_cache(each)
        return bool(found)


def run_scene(
    obj: bpy.types.Object,
    scene: Scene,
    start: int,
    options: tuple[object, ...] = ("--restart",),
    beside: Sequence[bpy.types.Object] = (),
) -> Simulation:
    """Start simulating a scene, to be played by a fabric.

    Args:
        obj: The fabric, of as many ends and picks as the scene's.
        beside: The fabrics of the scene's further panels; see `build_scene`.
        scene: What is simulated.
        start: Blender's frame that shows the first one.
        options: More for the command line.

    Raises:
        SceneError: where the fabric has other yarns.
        TrajectoryError, OSError: where its files cannot be written.
    """
    parts = parts_of([obj, *beside])[0] if beside else []
    prims = parts[0].prims(scene) if parts else prims_of(obj, scene.real_fabric)
    others = [Beside(part.obj.session_uid, part.obj.get(MADE_AS), part.panel, part.prims(scene)) for part in parts[1:]]
    folder = made_folder(obj)
    if any(isinstance(each, Simulation) and each.folder == folder for each in tasks.living()):
        fix = "wait for its end, or cancel it"
        raise TrajectoryError("another simulation still writes there", where=str(folder), fix=fix)
    write_scene(scene, folder)
    remove_unused(folder)
    command = child.command(
        *(
            "simulate",
            SCENE,
            "-o",
            RUN,
            "--usd",
            CACHE,
            "--usd-clips",
            CLIP,
            "--usd-keep-clips",
            "--progress",
            "json",
            *(word for part in parts[1:] for word in ("--panel-frame", part.frame_option(scene))),
            *options,
        )
    )
    job = Job(command, child.environment(), folder)
    panel = parts[0].panel if parts else ""
    return Simulation(obj, job, folder, start, scene.time.frame_count + 1, prims, panel, others)
