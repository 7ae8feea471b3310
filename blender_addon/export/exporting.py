"""Exports that run: a `warp-fabric export` in a process of its own for each fabric, and what became of the last one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from warp_fabric import TrajectoryError, UsdError

from ..job.child import command, environment
from ..job.job import Job
from ..playback.paths import run_path

if TYPE_CHECKING:
    from .export_settings import ExportSettings

TICK = 0.2
"""Seconds between looks at a running export."""

FLAGS = ("yarns", "surface", "pins", "velocities", "materials", "sim_curves")
VALUES = ("samples_per_crossing", "plies", "unit", "up_axis", "clips")

_running: dict[str, Job] = {}
_told: dict[str, str] = {}


def arguments(settings: ExportSettings, run: Path, path: Path) -> list[str]:
    """What comes after `warp-fabric` on the command line."""
    said = ["export", str(run), "-o", str(path)]
    said += [f"--{'' if getattr(settings, name) else 'no-'}{_dashed(name)}" for name in FLAGS]
    for name in VALUES:
        said += [f"--{_dashed(name)}", str(getattr(settings, name))]
    for name in ("ply_twist", "time_codes_per_second"):
        if getattr(settings, name):
            said += [f"--{_dashed(name)}", f"{getattr(settings, name):.7g}"]
    for name in ("yarn_purpose", "surface_purpose"):
        if getattr(settings, name) != "AUTO":
            said += [f"--{_dashed(name)}", getattr(settings, name)]
    return [*said, "--layers"] if settings.layers else said


def start(obj: bpy.types.Object, path: Path) -> Job:
    """Begin to export the last run of a fabric.

    Raises:
        TrajectoryError: where it has none.
        UsdError: where an export of it already runs, or the folder does not exist.
    """
    run = run_path(obj)
    if not run.is_file():
        raise TrajectoryError("the fabric has not been simulated", where=str(run), fix="press Simulate")
    if job_of(obj) is not None:
        raise UsdError("the fabric is being exported", where=obj.name, fix="wait for the end, or cancel it")
    if not path.parent.is_dir():
        raise UsdError("there is no such folder", where=str(path.parent), fix="choose one that exists")
    job = Job(command(*arguments(obj.fabric.export, run, path)), environment(), run.parent)
    _running[obj.fabric.identity] = job
    _told[obj.fabric.identity] = f"Exporting {path.name}"
    return job


def job_of(obj: bpy.types.Object) -> Job | None:
    """The export of a fabric that runs; None where there is none."""
    return _running.get(obj.fabric.identity)


def last_words(obj: bpy.types.Object) -> str:
    """What goes on with the export of a fabric, or how the last one ended; "" where there was none."""
    return _told.get(obj.fabric.identity, "")


def tick() -> float | None:
    """Look at what runs; returns the seconds to the next look, as Blender's timers take it."""
    for identity, job in [*_running.items()]:
        job.tick()
        if job.living:
            continue
        del _running[identity]
        if job.state == "failed" and job.error is not None:
            _told[identity] = " ".join(filter(None, (f"{job.error.what}.", job.error.where, job.error.fix)))
        else:
            _told[identity] = "Exported" if job.state == "done" else "Export cancelled"
    return TICK if _running else None


def wait(job: Job) -> None:
    """Stay until an export has ended.

    Raises:
        UsdError: where it failed.
    """
    while job.living:
        tick()
        time.sleep(0.02)
    if job.state == "failed" and job.error is not None:
        raise UsdError(job.error.what, where=job.error.where or None, fix=job.error.fix or None)


def stop_all() -> None:
    """Cancel everything that runs and forget what was told."""
    for job in _running.values():
        job.stop(2.0)
    _running.clear()
    _told.clear()


def _dashed(name: str) -> str:
    return name.replace("_", "-")
