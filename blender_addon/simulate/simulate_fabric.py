"""Simulating a fabric over the scene's frames."""

import shutil
from pathlib import Path

import bpy
from bpy.props import BoolProperty, IntProperty

from warp_fabric import Scene, SceneError, TrajectoryError

from .. import settings as addon
from ..cloth.scene_builder import build_scene
from ..job import child, job_operator, tasks
from ..job.job import Job
from ..playback.cache import cache_state, prims_of
from ..playback.paths import CACHE, CHECKPOINT, FAILED, RUN, SCENE, cache_folder, checkpoint_mark, run_path
from .simulation_task import Simulation

CLIP = 16
"""Frames in each file that the cache is made of while it grows."""


class FABRIC_OT_simulate(job_operator.JobOperator, bpy.types.Operator):
    """Simulate the fabric."""

    bl_idname = "fabric.simulate"
    bl_label = "Simulate"
    bl_description = (
        "Simulate the fabric over the scene's frame range, in a process of its own: you can go on working. Frames "
        "appear as they are done"
    )
    kind = "simulate"

    resume: BoolProperty(
        name="Resume", description="Continue the simulation that was stopped, if any", options={"SKIP_SAVE"}
    )
    from_frame: IntProperty(
        name="From Frame",
        description="Keep the frames up to this one of the scene, and continue from it with the present settings",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, context, properties):
        if properties.is_property_set("from_frame"):
            return f"Keep the frames up to {properties.from_frame}, and go on from there with the settings as they are"
        if properties.resume:
            return "Go on with the simulation that was stopped"
        return cls.bl_description

    def start(self, context):
        obj = addon.fabric_object(context)
        from_frame = self.from_frame if self.properties.is_property_set("from_frame") else None
        return simulation_of(obj, context, self.resume, from_frame)


def simulation_of(
    obj: bpy.types.Object, context: bpy.types.Context, resume: bool = False, from_frame: int | None = None
) -> Simulation:
    """Start simulating a fabric.

    Args:
        obj: The fabric.
        context: Its scene's frames are simulated.
        resume: Go on with the run that was stopped; from the beginning where there was no run at all.
        from_frame: The scene's frame of the last run to go on from; None: start from the beginning.

    Raises:
        SceneError, TrajectoryError: where its settings do not fit, or the run that was stopped is not this one.
        OSError: where its files cannot be written.
    """
    scene = build_scene(obj.fabric, context, obj)
    last, start = run_path(obj).parent, context.scene.frame_start
    if resume and not interrupted(obj) and run_path(obj).is_file():
        fix = "press Simulate, which starts again from the beginning and replaces the frames that are there"
        raise TrajectoryError("no simulation was stopped that could go on", where=obj.name, fix=fix)
    resume = resume and interrupted(obj)
    folder = made_folder(obj)
    if resume or from_frame is not None:
        _bring_last_run(last, folder)
    if resume and _old(folder / SCENE) != scene.to_toml():
        fix = "press Restart, or Continue from a frame"
        raise TrajectoryError("the settings have changed since the simulation was stopped", where="Resume", fix=fix)
    options: tuple[object, ...] = ("--resume",) if resume else ("--restart",)
    if from_frame is not None:
        options = ("--from-frame", _cached_frame(obj, from_frame, start))
    return run_scene(obj, scene, start, options)


def run_scene(
    obj: bpy.types.Object, scene: Scene, start: int, options: tuple[object, ...] = ("--restart",)
) -> Simulation:
    """Start simulating a scene, to be played by a fabric.

    Args:
        obj: The fabric, of as many ends and picks as the scene's.
        scene: What is simulated.
        start: Blender's frame that shows the first one.
        options: More for the command line.

    Raises:
        SceneError: where the fabric has other yarns.
        TrajectoryError, OSError: where its files cannot be written.
    """
    prims = prims_of(obj, scene.build())
    folder = made_folder(obj)
    if any(isinstance(each, Simulation) and each.folder == folder for each in tasks.living()):
        fix = "wait for its end, or cancel it"
        raise TrajectoryError("another simulation still writes there", where=str(folder), fix=fix)
    (folder / SCENE).write_text(scene.to_toml(), encoding="utf-8")
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
            *options,
        )
    )
    job = Job(command, child.environment(), folder)
    return Simulation(obj, job, folder, start, scene.time.frame_count + 1, prims)


def made_folder(obj: bpy.types.Object) -> Path:
    """The folder of a fabric's files, made where it is not there yet.

    Raises:
        TrajectoryError: where it cannot be made.
    """
    folder = cache_folder(obj)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what, fix = f"the folder for the simulation cannot be made: {error.strerror}", "save the blend file elsewhere"
        raise TrajectoryError(what, where=str(folder), fix=fix) from error
    return folder


def interrupted(obj: bpy.types.Object) -> bool:
    """Whether a simulation of a fabric was stopped and can go on. Cheap, for use while drawing.

    Blender may have crashed since, so that the blend file tells nothing of it.
    """
    return checkpoint_mark(obj) not in ("", obj.fabric.simulation.given_up)


def can_continue(obj: bpy.types.Object, frame: int) -> bool:
    """Whether a fabric's cache has a frame of the scene to go on from. Cheap, likewise."""
    simulation = obj.fabric.simulation
    return cache_state(obj) == "ok" and 0 <= frame - simulation.start < simulation.frames


def _cached_frame(obj: bpy.types.Object, frame: int, start: int) -> int:
    """The index in the run of a scene's frame."""
    simulation = obj.fabric.simulation
    if simulation.frames and simulation.start != start:
        what = f"the cached frames start at {simulation.start}, the scene at {start}"
        fix = f"set the scene's start frame to {simulation.start}, or simulate from the beginning"
        raise SceneError(what, where="Timeline", fix=fix)
    if not can_continue(obj, frame):
        last = simulation.start + simulation.frames - 1
        fix = f"choose one from {simulation.start} to {last}" if simulation.frames else "simulate first"
        raise SceneError(f"frame {frame} is not in the cache", where=obj.name, fix=fix)
    return frame - start


def _bring_last_run(last: Path, folder: Path) -> None:
    """Copy the last run to where the next one goes, if that is elsewhere: the blend file has another name since, or
    the fabric is a copy."""
    if last.resolve() != folder.resolve():
        for name in (SCENE, RUN, CHECKPOINT, FAILED):
            if (last / name).is_file():
                shutil.copy2(last / name, folder / name)


def _old(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


CLASSES = (FABRIC_OT_simulate,)
