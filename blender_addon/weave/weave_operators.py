"""Operators on a weave: the library, weave files, and the edits that are buttons."""

import warnings
from dataclasses import replace

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy.types import Operator
from bpy_extras.io_utils import ExportHelper, ImportHelper

from warp_fabric.errors import DraftError, WeaveFileError
from warp_fabric.weave import read_draft, write_draft

from ..fabric.active import active_settings
from ..fabric.design.weave_text import Weave, library_weave
from ..fabric.design.yarn_list import assigned, colors
from ..fabric.settings.fabric_settings import give_defaults
from ..operator import can_edit, reported
from ..path_options import RELATIVE
from . import edits


def current_weave(context: bpy.types.Context) -> Weave:
    """The weave that panels show and operators edit.

    Raises:
        DraftError: where its text is damaged.
    """
    return Weave.from_text(active_settings(context).weave.text)


def put_weave(context: bpy.types.Context, weave: Weave) -> None:
    active_settings(context).weave.text = weave.to_text()


def _has_weave(operator: type[Operator], context: bpy.types.Context) -> bool:
    operator.poll_message_set("The weave is damaged: choose one from the library")
    try:
        return context.scene is not None and current_weave(context) is not None
    except DraftError:
        return False


class _OnFabric:
    """Operators that replace the weave."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("There is no scene")
        return context.scene is not None and can_edit(cls, context)


class _OnWeave:
    """Operators that start from the weave that is there."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return _has_weave(cls, context) and can_edit(cls, context)


class FABRIC_OT_weave_set(_OnFabric, Operator):
    bl_idname = "fabric.weave_set"
    bl_label = "Set Weave"
    bl_description = "Set the weave to a pattern of the library, in the first two yarns of the list"

    pattern: StringProperty(
        name="Pattern",
        description="A name of the library or of its families: twill35, satin8x5, herringbone12, warprib22, ...",
        default="plain",
    )

    @classmethod
    def description(cls, context, properties):
        return f"Weave {properties.pattern}, of the list's first two yarns"

    def invoke(self, context, event):
        return context.window_manager.invoke_props_dialog(self)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        give_defaults(settings)  # a new scene has no yarns yet, and takes two
        put_weave(context, library_weave(self.pattern, len(settings.yarns)))
        return {"FINISHED"}


class FABRIC_OT_weave_import(_OnFabric, Operator, ImportHelper):
    bl_idname = "fabric.weave_import"
    bl_label = "Import Weave"
    bl_description = (
        "Read a weave file (.wif, .dtx or .wpo). Each colour becomes a copy of the yarn with the nearest colour"
    )

    filename_ext = ".wif"
    filepath: StringProperty(name="File", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    filter_glob: StringProperty(default="*.wif;*.wifw;*.dtx;*.wpo", options={"HIDDEN"})

    def invoke(self, context, event):
        # a file that was dropped into the viewport is known already
        return self.execute(context) if self.filepath else ImportHelper.invoke(self, context, event)

    @reported
    def execute(self, context):
        path = bpy.path.abspath(self.filepath)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                draft = read_draft(path)
            except ModuleNotFoundError as error:
                fix = "install the add-on again from its zip, which holds what reads weave files"
                raise WeaveFileError(f"{error.name} is not installed", where=path, fix=fix) from error
        settings = active_settings(context)
        give_defaults(settings)
        ends, picks = assigned(settings, draft.end_colors, 0), assigned(settings, draft.pick_colors, 1)
        put_weave(context, Weave.of(draft, ends, picks))
        for warning in caught:
            self.report({"WARNING"}, str(warning.message))
        return {"FINISHED"}


class FABRIC_OT_weave_export(Operator, ExportHelper):
    bl_idname = "fabric.weave_export"
    bl_label = "Export Weave"
    bl_description = "Write the weave as a WIF file (or .dtx), with the colours of its yarns"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="File", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    filter_glob: StringProperty(default="*.wif;*.dtx", options={"HIDDEN"})
    ending: EnumProperty(
        name="Format",
        items=((".wif", "WIF", "Read by all weaving software"), (".dtx", "DTX", "Fiberworks PCW")),
    )

    @classmethod
    def poll(cls, context):
        return _has_weave(cls, context)

    @property
    def filename_ext(self):
        return self.ending

    @reported
    def execute(self, context):
        weave = current_weave(context)
        palette = colors(active_settings(context)) or ("#808080",)
        ends, picks = (
            tuple(palette[min(k, len(palette) - 1)] for k in yarns) for yarns in (weave.end_yarns, weave.pick_yarns)
        )
        write_draft(replace(weave.draft, end_colors=ends, pick_colors=picks), bpy.path.abspath(self.filepath))
        self.report({"INFO"}, f"Wrote {self.filepath}")
        return {"FINISHED"}


class FABRIC_OT_weave_transform(_OnWeave, Operator):
    bl_idname = "fabric.weave_transform"
    bl_label = "Turn Weave"
    bl_description = "Invert, flip or rotate the weave, or convert between treadling and lift plan"

    kind: EnumProperty(
        name="Kind",
        items=(
            ("INVERT", "Invert", "Ends on top where picks were, and the other way round"),
            ("FLIP_ACROSS", "Flip Across", "Exchange left and right"),
            ("FLIP_ALONG", "Flip Along", "Exchange up and down"),
            ("ROTATE", "Rotate", "Turn the cloth clockwise by a quarter: ends become picks"),
            ("LIFT_PLAN", "Lift Plan", "Write down the shafts of each pick in place of tie-up and treadling"),
            ("TREADLING", "Treadling", "Write down tie-up and treadling in place of a lift plan"),
        ),
    )

    @classmethod
    def description(cls, context, properties):
        return properties.bl_rna.properties["kind"].enum_items[properties.kind].description

    @reported
    def execute(self, context):
        put_weave(context, edits.TRANSFORMS[self.kind](current_weave(context)))
        return {"FINISHED"}


class FABRIC_OT_weave_shift(_OnWeave, Operator):
    bl_idname = "fabric.weave_shift"
    bl_label = "Shift Weave"
    bl_description = "Shift the repeat; what leaves it on one side enters on the other"

    ends: IntProperty(name="Ends", description="To the right", default=0)
    picks: IntProperty(name="Picks", description="Downwards", default=0)

    @reported
    def execute(self, context):
        put_weave(context, edits.shift(current_weave(context), self.ends, self.picks))
        return {"FINISHED"}


class FABRIC_OT_weave_repeat(_OnWeave, Operator):
    bl_idname = "fabric.weave_repeat"
    bl_label = "Repeat Weave"
    bl_description = "Join several repeats into one, so that they can be edited separately"

    across: IntProperty(name="Across", description="Repeats side by side", default=2, min=1, max=edits.MOST["ends"])
    along: IntProperty(
        name="Along", description="Repeats one after the other", default=2, min=1, max=edits.MOST["picks"]
    )

    def invoke(self, context, event):
        return context.window_manager.invoke_props_dialog(self)

    @reported
    def execute(self, context):
        put_weave(context, edits.repeat(current_weave(context), self.across, self.along))
        return {"FINISHED"}


class FABRIC_OT_weave_resize(_OnWeave, Operator):
    bl_idname = "fabric.weave_resize"
    bl_label = "Resize Weave"
    bl_description = "Add or remove ends, picks, shafts and treadles; new ends and picks continue the repeat"

    ends: IntProperty(name="Ends", description="0: keep the present number", min=0)
    picks: IntProperty(name="Picks", description="0: keep the present number", min=0)
    shafts: IntProperty(name="Shafts", description="0: keep the present number", min=0)
    treadles: IntProperty(name="Treadles", description="0: keep the present number", min=0)

    def invoke(self, context, event):
        draft = current_weave(context).draft
        self.ends, self.picks = draft.end_count, draft.pick_count
        self.shafts, self.treadles = draft.shaft_count, draft.treadle_count
        return context.window_manager.invoke_props_dialog(self)

    @reported
    def execute(self, context):
        sizes = (self.ends, self.picks, self.shafts, self.treadles)
        put_weave(context, edits.resize(current_weave(context), *(size or None for size in sizes)))
        return {"FINISHED"}


class FABRIC_FH_weave(bpy.types.FileHandler):
    """Weave files can be dropped into the viewport."""

    bl_idname = "FABRIC_FH_weave"
    bl_label = "Weave"
    bl_import_operator = "fabric.weave_import"
    bl_file_extensions = ".wif;.wifw;.dtx;.wpo"

    @classmethod
    def poll_drop(cls, context):
        return context.area is not None and context.area.type == "VIEW_3D"


CLASSES = (
    FABRIC_OT_weave_set,
    FABRIC_OT_weave_import,
    FABRIC_OT_weave_export,
    FABRIC_OT_weave_transform,
    FABRIC_OT_weave_shift,
    FABRIC_OT_weave_repeat,
    FABRIC_OT_weave_resize,
    FABRIC_FH_weave,
)
