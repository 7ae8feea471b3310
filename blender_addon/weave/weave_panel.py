"""The Weave panel: what the cloth's face looks like, the library, files, turning, sizes, warnings."""

from bpy.types import Panel

from warp_fabric import DraftError
from warp_fabric.weave import pattern_names

from ..fabric.active import active_settings
from ..fabric.design.weave_text import Weave
from ..fabric.settings.fabric_settings import want_defaults
from . import editor, pictures
from .notices import notices


class _InSidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"


class FABRIC_PT_weave(_InSidebar, Panel):
    bl_label = "Weave"
    bl_idname = "FABRIC_PT_weave"
    bl_order = 0

    def draw(self, context):
        layout, settings = self.layout, active_settings(context)
        want_defaults(settings)
        row = layout.row(align=True)
        row.popover("FABRIC_PT_weave_library", text="Library", icon="ASSET_MANAGER")
        row.operator("fabric.weave_import", text="", icon="IMPORT")
        row.operator("fabric.weave_export", text="", icon="EXPORT")
        try:
            weave, icon = Weave.from_text(settings.weave.text), pictures.current_icon(settings)
            warnings = notices(settings.weave.text, len(settings.yarns))
        except DraftError:
            layout.label(text="The weave is damaged", icon="ERROR")
            layout.label(text="Choose one from the library")
            return
        layout.row().prop(settings.weave, "view", expand=True)
        layout.template_icon(icon, scale=9.0)
        is_open = editor.is_open(context)
        layout.operator(
            "fabric.weave_edit", text="Close Editor" if is_open else "Edit Draft", icon="GRID", depress=is_open
        )
        column = layout.column(align=True)
        for warning in warnings:
            column.label(text=warning, icon="ERROR")
        draft = weave.draft
        beside = f"{draft.treadle_count} treadles" if draft.treadle_count else "lift plan"
        column = layout.column(align=True)
        if draft.name:
            column.label(text=draft.name)
        column.label(text=f"{draft.end_count} ends × {draft.pick_count} picks")
        column.label(text=f"{draft.shaft_count} shafts, {beside}")


class FABRIC_PT_weave_change(_InSidebar, Panel):
    bl_label = "Change"
    bl_parent_id = "FABRIC_PT_weave"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout = self.layout
        grid = layout.grid_flow(columns=2, even_columns=True, align=True, row_major=True)
        for kind, text in (
            ("INVERT", "Invert"),
            ("ROTATE", "Rotate"),
            ("FLIP_ACROSS", "Flip ↔"),
            ("FLIP_ALONG", "Flip ↕"),
        ):
            grid.operator("fabric.weave_transform", text=text).kind = kind
        row = layout.row(align=True)
        row.label(text="Shift")
        for ends, picks, icon in ((-1, 0, "TRIA_LEFT"), (1, 0, "TRIA_RIGHT"), (0, -1, "TRIA_UP"), (0, 1, "TRIA_DOWN")):
            shift = row.operator("fabric.weave_shift", text="", icon=icon)
            shift.ends, shift.picks = ends, picks
        row = layout.row(align=True)
        row.operator("fabric.weave_repeat", text="Repeat ...")
        row.operator("fabric.weave_resize", text="Resize ...")
        row = layout.row(align=True)
        row.operator("fabric.weave_transform", text="Treadling").kind = "TREADLING"
        row.operator("fabric.weave_transform", text="Lift Plan").kind = "LIFT_PLAN"


COMPOUNDS = {"pointtwill": "Point Twill", "warprib": "Warp Rib", "weftrib": "Weft Rib"}


def title(name: str) -> str:
    """A weave's name as weavers write it: "twill31" is Twill 3/1, "satin5" Satin 5."""
    word = name.rstrip("0123456789")
    numbers = "/".join(name.removeprefix(word))
    return f"{COMPOUNDS.get(word, word.capitalize())} {numbers}".strip()


class FABRIC_PT_weave_library(Panel):
    bl_label = "Weave Library"
    bl_idname = "FABRIC_PT_weave_library"
    bl_description = "Weaves to start from"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 18

    def draw(self, context):
        layout = self.layout
        layout.operator_context = "EXEC_DEFAULT"
        grid = layout.grid_flow(columns=4, even_columns=True, even_rows=True, row_major=True)
        for name in pattern_names():
            cell = grid.column(align=True)
            cell.template_icon(pictures.pattern_icon(name), scale=3.2)
            cell.operator("fabric.weave_set", text=title(name)).pattern = name
        below = layout.row()
        below.operator_context = "INVOKE_DEFAULT"
        below.operator("fabric.weave_set", text="Another, by its name ...")


CLASSES = (FABRIC_PT_weave, FABRIC_PT_weave_change, FABRIC_PT_weave_library)


def attach() -> None:
    pictures.attach()


def detach() -> None:
    editor.detach()
    pictures.detach()
