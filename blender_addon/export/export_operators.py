"""The operator that exports a simulated fabric as USD."""

import os
from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty

from warp_fabric import UsdError

from ..fabric.active import active_settings, fabric_object
from ..job_operator import JobOperator
from ..operator import reported
from ..path_options import RELATIVE
from .export_panel import draw_options
from .export_task import export_of, hindrance

SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")


class FABRIC_OT_export_usd(JobOperator, bpy.types.Operator):
    """Export as USD."""

    bl_idname = "fabric.export_usd"
    bl_label = "Export USD"
    bl_description = (
        "Write the simulated yarns and surface as USD, for renderers and other programs, in a process of its own: you "
        "can go on working"
    )
    bl_options = set()  # nothing in the blend file changes
    kind = "export"

    filepath: StringProperty(
        name="File",
        description="What to write: .usdc, .usda or .usdz",
        subtype="FILE_PATH",
        options={"SKIP_SAVE", *RELATIVE},
    )
    filter_glob: StringProperty(default=";".join(f"*{each}" for each in SUFFIXES), options={"HIDDEN"})
    check_existing: BoolProperty(default=True, options={"HIDDEN"})
    _browsing = False

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if reason := hindrance(fabric_object(context)):
            cls.poll_message_set(reason)
            return False
        return True

    @reported
    def invoke(self, context, event):
        if self.filepath:
            return super().invoke(context, event)
        obj = fabric_object(context)
        assert obj is not None  # see poll
        self.filepath = f"{obj.name}.usdc"
        if bpy.data.filepath:
            self.filepath = str(Path(bpy.data.filepath).with_name(self.filepath))
        self._browsing = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reported
    def execute(self, context):
        if not self._browsing:
            return super().execute(context)
        bpy.ops.fabric.export_usd("INVOKE_DEFAULT", filepath=self.filepath)  # a file browser cannot go on with this one
        return {"FINISHED"}

    def start(self, context):
        path = Path(bpy.path.abspath(self.filepath)).absolute()  # the export runs in a folder of its own
        if not self.filepath or self.filepath.endswith(("/", os.sep)) or path.is_dir():
            raise UsdError("no file is named", where=self.filepath or "Export", fix="choose a file to write")
        if path.suffix.lower() not in SUFFIXES:
            path = path.with_name(f"{path.name}.usdc")
        return export_of(fabric_object(context), path)

    def cancel(self, context):
        if not self._browsing:
            super().cancel(context)

    def draw(self, context):
        draw_options(self.layout, active_settings(context).export)


CLASSES = (FABRIC_OT_export_usd,)
