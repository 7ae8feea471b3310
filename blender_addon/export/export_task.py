"""Exporting the last run of a fabric: a `warp-fabric export` in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from warp_fabric import TrajectoryError, UsdError

from ..job import child
from ..job.job import Job
from ..job.tasks import Task
from ..playback.paths import run_path

if TYPE_CHECKING:
    from .export_settings import ExportSettings

FLAGS = ("yarns", "surface", "pins", "velocities", "materials", "sim_curves")
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


def export_of(obj: bpy.types.Object, path: Path) -> Export:
    """Start to export the last run of a fabric.

    Raises:
        TrajectoryError: where it has none.
        UsdError: where the folder does not exist.
    """
    run = run_path(obj)
    if not run.is_file():
        raise TrajectoryError("the fabric has not been simulated", where=str(run), fix="press Simulate")
    if not path.parent.is_dir():
        raise UsdError("there is no such folder", where=str(path.parent), fix="choose one that exists")
    command = child.command(*arguments(obj.fabric.export, run, path))
    return Export(obj, Job(command, child.environment(), run.parent), path)


def arguments(settings: ExportSettings, run: Path, path: Path) -> list[str]:
    """What comes after `warp-fabric` on the command line."""
    said = ["export", str(run), "-o", str(path), "--progress", "json"]
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


def _dashed(name: str) -> str:
    return name.replace("_", "-")
