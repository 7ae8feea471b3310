"""A fabric as one thing: selecting or deleting its surface takes its yarns along."""

import bpy
from bpy.types import Context, Menu, Object, Operator

from .. import settings as addon
from ..operator import in_object_mode, reported
from ..playback.cache import stop
from .yarn_objects import yarn_objects


class _OnFabrics:
    """Operators on the fabrics of which anything is selected or active."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not touched(context):
            cls.poll_message_set("Select a fabric, or one of its yarns")
            return False
        return in_object_mode(cls, context)


class FABRIC_OT_select_whole(_OnFabrics, Operator):
    """Select whole fabrics."""

    bl_idname = "fabric.select_whole"
    bl_label = "Select Whole Fabric"
    bl_description = "Select the surface and all yarns, to duplicate, move to a collection or delete them together"

    @reported
    def execute(self, context):
        for obj in touched(context):
            for each in parts(obj):
                if each.name in context.view_layer.objects:
                    each.select_set(True)
            context.view_layer.objects.active = obj
        return {"FINISHED"}


class FABRIC_OT_delete_whole(_OnFabrics, Operator):
    """Delete whole fabrics."""

    bl_idname = "fabric.delete_whole"
    bl_label = "Delete Fabric"
    bl_description = "Delete the surface and all yarns. The files of simulated frames are kept"

    def invoke(self, context, event):
        names = ", ".join(each.name for each in touched(context))
        return context.window_manager.invoke_confirm(self, event, title=self.bl_label, message=names)

    @reported
    def execute(self, context):
        found = [each for each in touched(context) if each.library is None]
        for obj in found:
            delete(obj)
        self.report({"INFO"}, f"Deleted {len(found)} fabric{'s' if len(found) > 1 else ''}")
        return {"FINISHED"}


def touched(context: Context) -> list[Object]:
    """Fabrics of which anything is selected or active, the active one last."""
    chosen = [*context.selected_objects, context.view_layer.objects.active]
    found = {addon.fabric_of(each): None for each in chosen}
    return [each for each in found if each is not None]


def parts(obj: Object) -> list[Object]:
    """The surface of a fabric, and its yarns."""
    return [obj, *yarn_objects(obj).values()]


def delete(obj: Object) -> None:
    """Delete a fabric with its yarns and their data; what else is parented to it stays where it is."""
    stop(obj)
    own = parts(obj)
    for each in obj.children:
        if each not in own:
            where = each.matrix_world.copy()
            each.parent = None
            each.matrix_world = where
    data = [each.data for each in own]
    bpy.data.batch_remove(own)
    bpy.data.batch_remove([each for each in data if not each.users])


def draw_entries(self: Menu, context: Context) -> None:
    """In the menu of the right mouse button."""
    if touched(context):
        self.layout.separator()
        self.layout.operator(FABRIC_OT_select_whole.bl_idname, icon="RESTRICT_SELECT_OFF")
        self.layout.operator(FABRIC_OT_delete_whole.bl_idname, icon="X")


def attach() -> None:
    bpy.types.VIEW3D_MT_object_context_menu.append(draw_entries)


def detach() -> None:
    bpy.types.VIEW3D_MT_object_context_menu.remove(draw_entries)


CLASSES = (FABRIC_OT_select_whole, FABRIC_OT_delete_whole)
