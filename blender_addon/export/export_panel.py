"""The Export panel, and the entry in File > Export."""

import bpy
from bpy.types import Panel, UILayout

from ..fabric.active import active_settings, fabric_object
from ..fabric.settings.export_settings import ExportSettings
from ..job import tasks
from ..job.messages import draw_error, draw_job, draw_text
from .export_task import hindrance


class FABRIC_PT_export(Panel):
    bl_label = "Export"
    bl_idname = "FABRIC_PT_export"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_order = 8
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, obj = self.layout, fabric_object(context)
        running = [] if obj is None else tasks.running(obj, "export")
        options = layout.column()
        options.enabled = not running
        draw_options(options, active_settings(context).export)
        if obj is None:
            draw_text(layout, context, "Build a fabric first, or select one", icon="INFO")
        elif running:
            draw_job(layout, running[0].job, "export")
        else:
            _draw_start(layout, context, obj)


def _draw_start(layout: UILayout, context: bpy.types.Context, obj: bpy.types.Object) -> None:
    task = tasks.task_of(obj, "export")
    if task is not None and task.job.error is not None:
        draw_error(layout, context, task.job.error)
    elif task is not None:
        draw_text(layout, context, task.outcome(), icon="CHECKMARK")
    layout.operator("fabric.export_usd", icon="EXPORT")
    if obj.fabric.simulation.panel:
        draw_text(layout, context, "Writes all fabrics that were simulated together", icon="INFO")
    if reason := hindrance(obj):
        draw_text(layout, context, reason, icon="INFO")


def draw_options(layout: UILayout, options: ExportSettings) -> None:
    """What can be chosen, for the panel and the file browser."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    what = column.column(heading="Include")
    for name in ("yarns", "surface", "pins", "obstacles", "materials", "velocities", "sim_curves"):
        what.prop(options, name)
    detail = column.column(align=True)
    detail.active = options.yarns
    detail.prop(options, "samples_per_crossing")
    detail.prop(options, "plies")
    if options.plies > 1:
        detail.prop(options, "ply_twist")
    column.prop(options, "unit")
    column.row().prop(options, "up_axis", expand=True)
    column.prop(options, "time_codes_per_second")
    purpose = column.column(align=True)
    purpose.prop(options, "yarn_purpose", text="Show Yarns")
    purpose.prop(options, "surface_purpose", text="Show Surface")
    purpose.prop(options, "obstacle_purpose", text="Show Obstacles")
    files = column.column(align=True)
    files.prop(options, "clips")
    row = files.row()
    row.active = not options.clips
    row.prop(options, "layers")


def draw_menu(self, context: bpy.types.Context) -> None:
    """The entry in File > Export."""
    self.layout.operator("fabric.export_usd", text="Woven Fabric (.usdc)")


def attach() -> None:
    bpy.types.TOPBAR_MT_file_export.append(draw_menu)


def detach() -> None:
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu)


CLASSES = (FABRIC_PT_export,)
