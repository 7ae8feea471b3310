"""The Export panel, and the entry in File > Export."""

import textwrap

import bpy
from bpy.types import Panel, UILayout

from .. import settings as addon
from ..playback.paths import run_path
from . import exporting
from .export_settings import ExportSettings


class FABRIC_PT_export(Panel):
    bl_label = "Export"
    bl_idname = "FABRIC_PT_export"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, obj = self.layout, addon.fabric_object(context)
        draw_options(layout, addon.active_settings(context).export)
        if obj is None:
            layout.label(text="Select a fabric to export it", icon="INFO")
            return
        if exporting.job_of(obj) is not None:
            layout.operator("fabric.export_cancel", icon="CANCEL")
        else:
            layout.operator("fabric.export_usd", text="Export USD", icon="EXPORT")
            if not run_path(obj).is_file():
                layout.label(text="Simulate it first", icon="INFO")
        words = exporting.last_words(obj)
        if words:
            column = layout.column(align=True)
            column.scale_y = 0.8
            for line in textwrap.wrap(words, 30):
                column.label(text=line)


def draw_options(layout: UILayout, options: ExportSettings) -> None:
    """What can be chosen, for the panel and the file browser."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    what = column.column(heading="Include")
    for name in ("yarns", "surface", "pins", "materials", "velocities", "sim_curves"):
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
    files = column.column(align=True)
    files.prop(options, "clips")
    row = files.row()
    row.active = not options.clips
    row.prop(options, "layers")


def draw_menu(self, context: bpy.types.Context) -> None:
    """The entry in File > Export."""
    self.layout.operator("fabric.export_usd", text="Woven Fabric (.usdc)")


CLASSES = (FABRIC_PT_export,)
