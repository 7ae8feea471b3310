"""Simulating a fabric over the scene's frames."""

import shutil
from pathlib import Path

import bpy
from bpy.props import BoolProperty, IntProperty

from warp_fabric import Scene, SceneError, TrajectoryError, load_scene
from warp_fabric.errors import WarpFabricError

from ..fabric.active import fabric_object
from ..fabric.files.cache import cache_state, playing_from
from ..fabric.files.paths import CHECKPOINT, FAILED, RUN, SCENE, checkpoint_mark, made_folder, run_path
from ..fabric.group import beside, lead_of
from ..fabric.scene.scene_builder import build_scene
from ..fabric.simulation_task import Simulation, run_scene
from ..job import tasks
from ..job_operator import JobOperator
from . import start_marks


class FABRIC_OT_simulate(JobOperator, bpy.types.Operator):
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
        obj = lead_of(fabric_object(context), context.scene)
        from_frame = self.from_frame if self.properties.is_property_set("from_frame") else None
        task = simulation_of(obj, context, self.resume, from_frame)
        for line in start_marks.lines_of(obj):
            self.report({"WARNING"}, line)
        return task


def simulation_of(
    obj: bpy.types.Object, context: bpy.types.Context, resume: bool = False, from_frame: int | None = None
) -> Simulation:
    """Start simulating a fabric, and with it those that it leads.

    Args:
        obj: The fabric, which leads or is alone.
        context: Its scene's frames are simulated.
        resume: Go on with the run that was stopped; from the beginning where there was no run at all.
        from_frame: The scene's frame of the last run to go on from; None: start from the beginning.

    Raises:
        SceneError, TrajectoryError: where its settings do not fit, or the run that was stopped is not this one.
        OSError: where its files cannot be written.
    """
    others = beside(obj, context.scene)
    for each in others:
        if tasks.running(each, "simulate"):
            raise TrajectoryError(
                "it is still simulated by itself", where=each.name, fix="wait for its end, or cancel it"
            )
    scene = build_scene(obj.fabric, context, obj, beside=others)
    last, start = run_path(obj).parent, context.scene.frame_start
    if resume and not interrupted(obj) and run_path(obj).is_file():
        fix = "press Simulate, which starts again from the beginning and replaces the frames that are there"
        raise TrajectoryError("no simulation was stopped that could go on", where=obj.name, fix=fix)
    resume = resume and interrupted(obj)
    folder = made_folder(obj)
    if resume or from_frame is not None:
        _bring_last_run(last, folder)
    if resume and _old(folder / SCENE) != scene:
        fix = "press Restart, or Continue from a frame"
        raise TrajectoryError("the settings have changed since the simulation was stopped", where="Resume", fix=fix)
    if not resume and from_frame is None:
        start_marks.mark(obj, context, scene, others)
    options: tuple[object, ...] = ("--resume",) if resume else ("--restart",)
    if from_frame is not None:
        options = ("--from-frame", _cached_frame(obj, from_frame, start))
    return run_scene(obj, scene, start, options, others)


def interrupted(obj: bpy.types.Object) -> bool:
    """Whether a simulation of a fabric was stopped and can go on. Cheap, for use while drawing.

    Blender may have crashed since, so that the blend file tells nothing of it.
    """
    return checkpoint_mark(obj) not in ("", obj.fabric.simulation.given_up)


def can_continue(obj: bpy.types.Object, frame: int, scene: bpy.types.Scene) -> bool:
    """Whether a fabric's cache has a frame of the scene to go on from. Cheap, likewise."""
    simulation = obj.fabric.simulation
    there = cache_state(obj) == "ok" and 0 <= frame - simulation.start < simulation.frames
    return there and is_of_group(obj, scene)


def is_of_group(obj: bpy.types.Object, scene: bpy.types.Scene) -> bool:
    """Whether what a fabric plays was simulated with the same others as it would be now. Cheap, likewise."""
    others = beside(obj, scene)
    playing = {each for each in playing_from(run_path(obj).parent) if each.fabric.simulation.panel}
    if not others:
        return obj not in playing
    return {obj, *others} <= playing and not [each for each in playing - {obj} if each.fabric.simulation.lead != obj]


def _cached_frame(obj: bpy.types.Object, frame: int, start: int) -> int:
    """The index in the run of a scene's frame."""
    simulation = obj.fabric.simulation
    if simulation.frames and simulation.start != start:
        what = f"the cached frames start at {simulation.start}, the scene at {start}"
        fix = f"set the scene's start frame to {simulation.start}, or simulate from the beginning"
        raise SceneError(what, where="Timeline", fix=fix)
    if cache_state(obj) == "ok" and not is_of_group(obj, bpy.context.scene):
        fix = "simulate from the beginning"
        what = "the frames are of a run with other fabrics than are simulated together now"
        raise SceneError(what, where=obj.name, fix=fix)
    if not can_continue(obj, frame, bpy.context.scene):
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


def _old(path: Path) -> Scene | None:
    """The scene of the last run, also of a version that knew less of what may be in one."""
    try:
        return load_scene(path)
    except WarpFabricError:
        return None


CLASSES = (FABRIC_OT_simulate,)
