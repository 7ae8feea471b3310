"""Exporting a simulated fabric as USD."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy.types import Operator
from bpy_extras.io_utils import ExportHelper

from .. import settings as addon
from ..operator import reported
from ..playback.paths import run_path
from . import exporting
from .export_panel import draw_options

SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")


class FABRIC_OT_export_usd(Operator, ExportHelper):
    """Export as USD."""

    bl_idname = "fabric.export_usd"
    bl_label = "Export Fabric"
    bl_description = "Write the simulated yarns and surface as USD, for renderers and other programs"
    filename_ext = ".usdc"
    filter_glob: StringProperty(default=";".join(f"*{each}" for each in SUFFIXES), options={"HIDDEN"})
    check_extension = None  # any of the four

    @classmethod
    def poll(cls, context):
        obj = addon.fabric_object(context)
        if obj is None:
            cls.poll_message_set("Select a fabric")
            return False
        if not run_path(obj).is_file():
            cls.poll_message_set("Simulate the fabric first")
            return False
        return True

    def invoke(self, context, event):
        self.in_window = True
        return super().invoke(context, event)

    @reported
    def execute(self, context):
        path = Path(bpy.path.abspath(self.filepath))
        if path.suffix.lower() not in SUFFIXES:
            path = path.with_name(f"{path.name}{self.filename_ext}")
        job = exporting.start(addon.fabric_object(context), path)
        if getattr(self, "in_window", False) and not bpy.app.background:
            bpy.app.timers.register(exporting.tick, first_interval=exporting.TICK)
            self.report({"INFO"}, f"Exporting {path.name}")
        else:
            exporting.wait(job)
            self.report({"INFO"}, f"Exported {path}")
        return {"FINISHED"}

    def draw(self, context):
        draw_options(self.layout, addon.fabric_object(context).fabric.export)


class FABRIC_OT_export_cancel(Operator):
    """Cancel an export."""

    bl_idname = "fabric.export_cancel"
    bl_label = "Cancel Export"
    bl_description = "Stop the export. What was in its place stays"

    @classmethod
    def poll(cls, context):
        obj = addon.fabric_object(context)
        if obj is None or exporting.job_of(obj) is None:
            cls.poll_message_set("Nothing is being exported")
            return False
        return True

    @reported
    def execute(self, context):
        exporting.job_of(addon.fabric_object(context)).cancel()
        return {"FINISHED"}


CLASSES = (FABRIC_OT_export_usd, FABRIC_OT_export_cancel)
