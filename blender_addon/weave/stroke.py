"""Painting on the editor's sheet: one stroke is one step to undo."""

import bpy
from bpy.props import IntProperty
from bpy.types import Operator

from ..fabric.active import active_settings
from ..fabric.design.weave_text import Weave
from ..operator import can_edit, reported
from . import editor, edits


def cells_between(first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]]:
    """The cells on a straight line, without the first: a quick drag leaves no gaps."""
    rows, columns = last[0] - first[0], last[1] - first[1]
    steps = max(abs(rows), abs(columns))
    return [(first[0] + round(rows * k / steps), first[1] + round(columns * k / steps)) for k in range(1, steps + 1)]


class _InEditor:
    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Open the draft editor first")
        return editor.is_open(context)


class FABRIC_OT_weave_edit(Operator):
    bl_idname = "fabric.weave_edit"
    bl_label = "Edit Draft"
    bl_description = "Open the draft editor over the 3D view, or close it: click or drag its cells to change the weave"

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("The draft editor opens in a 3D view")
        return context.area is not None and context.area.type == "VIEW_3D"

    @reported
    def execute(self, context):
        editor.toggle(context)
        return {"FINISHED"}


class FABRIC_OT_weave_stroke(_InEditor, Operator):
    bl_idname = "fabric.weave_stroke"
    bl_label = "Paint Weave"
    bl_description = "Paint cells of the draft: all are set to the opposite of the first one, or to the chosen yarn"
    bl_options = {"UNDO", "INTERNAL"}

    @reported
    def invoke(self, context, event):
        settings, under = active_settings(context), editor.under_mouse(context, event)
        if under is None or under[1] == "drawdown":
            return {"CANCELLED"}
        weave, area, row, column = under
        if area == "close":
            editor.toggle(context)
            return {"CANCELLED"}  # nothing to undo
        if area == "palette":
            settings.active_yarn = column
            editor.redraw(context)
            return {"FINISHED"}
        if not can_edit(FABRIC_OT_weave_stroke, context):
            self.report({"WARNING"}, "A linked weave cannot be edited, nor one in edit mode (press Tab to leave it)")
            return {"CANCELLED"}
        self.area, self.cells = area, [(row, column)]
        self.text, self.before = settings.weave.text, weave
        self.value = edits.stroke_value(weave, area, (row, column), settings.active_yarn)
        self.paint(context)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    @reported
    def modal(self, context, event):
        if event.type in ("ESC", "RIGHTMOUSE"):
            active_settings(context).weave.text = self.text
            editor.redraw(context)
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            under = editor.under_mouse(context, event)
            if under is not None and under[1] == self.area and under[2:] != self.cells[-1]:
                self.cells += cells_between(self.cells[-1], under[2:])
                self.paint(context)
        return {"FINISHED"} if (event.type, event.value) == ("LEFTMOUSE", "RELEASE") else {"RUNNING_MODAL"}

    def paint(self, context: bpy.types.Context) -> None:
        painted = edits.paint(self.before, self.area, self.cells, self.value)
        active_settings(context).weave.text = painted.to_text()
        editor.redraw(context)


class FABRIC_OT_weave_brush(_InEditor, Operator):
    bl_idname = "fabric.weave_brush"
    bl_label = "Choose Yarn"
    bl_description = "Choose the yarn to paint with, by its number in the list"
    bl_options = {"INTERNAL"}

    yarn: IntProperty(name="Yarn", description="Its place in the list, from 0", min=0)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        if self.yarn >= len(settings.yarns):
            return {"CANCELLED"}
        settings.active_yarn = self.yarn
        editor.redraw(context)
        return {"FINISHED"}


class FABRIC_OT_weave_pick_yarn(_InEditor, Operator):
    bl_idname = "fabric.weave_pick_yarn"
    bl_label = "Pick Up Yarn"
    bl_description = "Paint with the yarn under the mouse"
    bl_options = {"INTERNAL"}

    @reported
    def invoke(self, context, event):
        settings, under = active_settings(context), editor.under_mouse(context, event)
        if under is None:
            return {"CANCELLED"}
        yarn = yarn_at(*under)
        if yarn is not None and yarn < len(settings.yarns):
            settings.active_yarn = yarn
            editor.redraw(context)
        return {"FINISHED"}


def yarn_at(weave: Weave, area: str, row: int, column: int) -> int | None:
    """The yarn one sees in a cell of the sheet; None where it shows none."""
    if area == "drawdown":
        return weave.end_yarns[column] if weave.draft.drawdown[row, column] else weave.pick_yarns[row]
    if area in ("end_yarns", "pick_yarns"):
        return edits.value_at(weave, area, (row, column))
    return column if area == "palette" else None


CLASSES = (
    FABRIC_OT_weave_edit,
    FABRIC_OT_weave_stroke,
    FABRIC_OT_weave_brush,
    FABRIC_OT_weave_pick_yarn,
)
