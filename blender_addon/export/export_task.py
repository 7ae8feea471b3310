"""Exporting the frames that a fabric plays: a `warp-fabric export` in a process of its own."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from warp_fabric import TrajectoryError, UsdError
from warp_fabric.kept_frames import kept_frame_count

from ..fabric.files.cache import cache_state
from ..fabric.files.paths import CACHE, CHECKPOINT, FAILED, cache_path, run_path
from ..fabric.files.shown_files import is_growing
from ..job import child, tasks
from ..job.job import Job
from ..job.tasks import Task

if TYPE_CHECKING:
    from ..fabric.settings.export_settings import ExportSettings

FLAGS = ("yarns", "surface", "pins", "obstacles", "velocities", "materials", "sim_curves")
VALUES = ("samples_per_crossing", "plies", "unit", "up_axis", "clips")


class Export(Task):
    """An export that runs.

    Args:
        obj: The fabric.
        job: Its job.
        path: The file that will be there in the end.
    """

    kind = "export"

    def __init__(self, obj: bpy.types.Object, job: Job, path: Path) -> None:
        super().__init__(obj, job)
        self.path = path

    def outcome(self) -> str:
        return f"Exported {self.path.name}" if self.job.state == "done" else "Export cancelled"


def hindrance(obj: bpy.types.Object) -> str:
    """Why a fabric's frames cannot be exported, in one sentence; empty where they can. Cheap, for use while drawing."""
    if tasks.running(obj, "simulate"):
        return "Wait for the end of the simulation, or cancel it"
    state = cache_state(obj)
    if state != "ok":
        return "Simulate the fabric first" if state == "none" else "The file of the simulated frames is missing"
    return "" if run_to_export(obj) else "The run of these frames is gone: simulate again"


def run_to_export(obj: bpy.types.Object) -> Path | None:
    """The file that holds the frames that a fabric plays, None where there is none.

    What plays of a run that was stopped is in its checkpoint; the file of the run is still that of an earlier one.
    """
    cache = cache_path(obj)
    if cache is None or not is_growing(cache):
        return run_path(obj) if run_path(obj).is_file() else None
    checkpoint, failed = cache.with_name(CHECKPOINT), cache.with_name(FAILED)
    if checkpoint.is_file():
        return checkpoint
    of_this_run = failed.is_file() and cache.is_file() and failed.stat().st_mtime_ns >= cache.stat().st_mtime_ns
    return failed if of_this_run else None


def export_of(obj: bpy.types.Object, path: Path) -> Export:
    """Start to export the frames that a fabric plays.

    Raises:
        TrajectoryError: where it plays none, or their run is not there, or not with all of them.
        UsdError: where the folder does not exist, or the file is one that a fabric is played from.
    """
    run, reason = run_to_export(obj), hindrance(obj)
    if reason or run is None:
        raise TrajectoryError("there are no frames to export", where=obj.name, fix=reason)
    if not path.parent.is_dir():
        raise UsdError("there is no such folder", where=str(path.parent), fix="choose one that exists")
    _check_not_played(path)
    lost = obj.fabric.simulation.frames - _kept_frames(run)
    if lost > 0:
        what, fix = f"the last {lost} of the frames were not saved when it was stopped", "press Resume first"
        raise TrajectoryError(what, where="Simulation", fix=fix)
    command = child.command(*arguments(obj.fabric.export, run, path))
    return Export(obj, Job(command, child.environment(), run.parent), path)


def _check_not_played(path: Path) -> None:
    """Blender reads its cache in metres, z up, and may have it open."""
    for each in bpy.data.objects:
        cache = cache_path(each) if each.fabric.built else None
        if cache and path.parent.resolve() == cache.parent.resolve() and path.stem.lower() == Path(CACHE).stem:
            fix = "choose another name or folder"
            raise UsdError("a fabric is played from this file", where=str(path), fix=fix)


def _kept_frames(run: Path) -> float:
    """How many frames a run has, as far as it may have fewer than are played."""
    if run.name != CHECKPOINT:
        return inf
    return kept_frame_count(run)


def arguments(settings: ExportSettings, run: Path, path: Path) -> list[str]:
    """What comes after `warp-fabric` on the command line."""
    said = ["export", str(run), "-o", str(path), "--progress", "json"]
    said += [f"--{'' if getattr(settings, name) else 'no-'}{_dashed(name)}" for name in FLAGS]
    for name in VALUES:
        said += [f"--{_dashed(name)}", str(getattr(settings, name))]
    for name in ("ply_twist", "time_codes_per_second"):
        if getattr(settings, name):
            said += [f"--{_dashed(name)}", f"{getattr(settings, name):.7g}"]
    for name in ("yarn_purpose", "surface_purpose", "obstacle_purpose"):
        if getattr(settings, name) != "AUTO":
            said += [f"--{_dashed(name)}", getattr(settings, name)]
    return [*said, "--layers"] if settings.layers else said


def _dashed(name: str) -> str:
    return name.replace("_", "-")
