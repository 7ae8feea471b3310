"""The Simulate panel: how it is simulated, what it will take, how far it is, what went wrong."""

from bpy.types import Panel

from warp_fabric import SceneError

from ..fabric.active import active_settings, fabric_object
from ..fabric.design.fabric_description import is_stale
from ..fabric.files.cache import cache_state
from ..fabric.files.found_frames import found_frames
from ..fabric.group import beside, group_of, without_effect
from ..fabric.scene.colliders import colliders
from ..fabric.simulation_task import Simulation
from ..job import tasks
from ..job.job import JobError
from ..job.messages import draw_error, draw_job, draw_text
from . import estimate
from .simulate_fabric import can_continue, interrupted
from .together_operators import lead_in


class FABRIC_PT_simulate(Panel):
    bl_label = "Simulate"
    bl_idname = "FABRIC_PT_simulate"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_order = 4

    def draw(self, context):
        obj = lead_in(context)
        running = [] if obj is None else tasks.running(obj, "simulate")
        options = self.layout.column()
        options.enabled = not running
        _draw_options(options, context, (active_settings(context) if obj is None else obj.fabric).simulation)
        if obj is None:
            draw_text(self.layout, context, "Build a fabric first, or select one", icon="INFO")
            return
        _draw_group(self.layout, context, obj)
        bundles = self.layout.column(align=True)
        bundles.enabled = not running
        others = beside(obj, context.scene)
        for each in (obj, *others):
            bundles.prop(each.fabric.cloth, "bundle", text=f"Bundle of {each.name}" if others else "Bundle")
        if running:
            draw_job(self.layout, running[0].job, "simulate")
        else:
            _draw_start(self.layout, context, obj)


def _draw_options(layout, context, simulation) -> None:
    scene = context.scene
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(simulation, "integrator")
    if simulation.integrator != "static":
        frames = layout.column(align=True)
        frames.prop(scene, "frame_start", text="Start")
        frames.prop(scene, "frame_end", text="End")
        layout.prop(simulation, "substeps")
    layout.prop(simulation, "device")


def _draw_group(layout, context, lead) -> None:
    """Which fabrics are simulated together, and what of them does not count."""
    others = beside(lead, context.scene)
    if not others:
        if any(each.fabric.built for each in context.scene.objects if each != lead):
            layout.operator("fabric.together", icon="LINKED")
        return
    box = layout.box().column(align=True)
    box.label(text=f"{lead.name} leads, in one run with", icon="LINKED")
    for each in others:
        box.label(text=each.name, icon="MOD_CLOTH")
        if lost := without_effect(each, lead):
            draw_text(box, context, f"Without effect, as {lead.name}'s count: its {', '.join(lost)}", icon="INFO")
    box.operator("fabric.together", text="Add Selected", icon="ADD")
    box.operator("fabric.apart", icon="UNLINKED")


def _draw_start(layout, context, obj) -> None:
    task = tasks.task_of(obj, "simulate")
    if task is not None and task.job.error is not None:
        draw_error(layout, context, task.job.error)
    if isinstance(task, Simulation) and task.note:
        draw_text(layout, context, task.note, icon="INFO")
    shown = fabric_object(context)  # which may be another than the lead
    if cache_state(shown) == "missing":
        box = layout.box()
        draw_text(box, context, "The simulated frames are gone: their file is missing", icon="ERROR")
        draw_text(box, context, "Simulate again, or put the folder back beside the blend file", icon="INFO")
        box.operator("fabric.reload", icon="FILE_REFRESH")
    elif cache_state(shown) == "none" and found_frames(shown) is not None:
        box = layout.box()
        draw_text(box, context, "There are frames of an earlier simulation of this fabric", icon="INFO")
        box.operator("fabric.show_found", icon="PLAY")
    for each in group_of(obj, context.scene):
        if is_stale(each):
            which = "the fabric" if each == obj else each.name
            draw_text(layout, context, f"Rebuild {which} first (Cloth panel): its settings have changed", icon="INFO")
            return
    stopped, simulation = interrupted(obj), obj.fabric.simulation
    if stopped:
        noted = found_frames(obj) or simulation  # after a crash, an earlier run may play
        last = f"at frame {noted.start + noted.frames - 1}" if noted.frames else "before its end"
        layout.label(text=f"Stopped {last}", icon="PAUSE")
    column = layout.column(align=True)
    column.scale_y = 1.4
    if stopped:
        column.operator("fabric.simulate", text="Resume", icon="PLAY").resume = True
        column.operator("fabric.simulate", text="Restart", icon="FILE_REFRESH")
    else:
        column.operator("fabric.simulate", icon="PLAY")
    frame = context.scene.frame_current
    moves = simulation.integrator != "static" and frame < context.scene.frame_end
    if moves and can_continue(obj, frame, context.scene):
        button = layout.operator("fabric.simulate", text=f"Continue from Frame {frame}", icon="TRACKING_FORWARDS")
        button.from_frame = frame
    others = [each.fabric for each in beside(obj, context.scene)]
    touched = bool(colliders(context, obj.fabric.collision))
    try:
        seconds, size = estimate.estimate(obj.fabric, context.scene, others, touched)
        simulated = [line for each in (obj.fabric, *others) if (line := estimate.bundles_in_words(each))]
    except SceneError as error:
        draw_error(layout, context, JobError(error.what, error.where or "", error.fix or ""))
        return
    for line in simulated:
        draw_text(layout, context, line, icon="INFO")
    time, amount = estimate.in_words(seconds, size)
    layout.label(text=f"Takes {time}, {amount}", icon="TIME")
    if lacking := estimate.lacking(size):
        draw_text(layout, context, f"{lacking}: take larger bundles, or fewer ends, picks or frames", icon="ERROR")


CLASSES = (FABRIC_PT_simulate,)
