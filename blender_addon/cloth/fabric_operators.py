"""Operators on whole fabrics: build, build again, select, delete."""

import bpy
from bpy.types import Context, Menu, Operator

from ..fabric.active import active_settings, fabric_object, touched
from ..fabric.building import build, delete, parts, rebuild
from ..fabric.settings.fabric_settings import give_defaults
from ..operator import in_object_mode, is_local, reported


class FABRIC_OT_build(Operator):
    """Make the fabric as objects."""

    bl_idname = "fabric.build"
    bl_label = "Build Fabric"
    bl_description = (
        "Make the fabric at true scale: its yarns, and a surface whose vertices are the crossings. It stands on the 3D "
        "cursor, held by its top corners (a flat one lies around it, held by its far corners), and the view moves to "
        "it, as cloth may be small. Yarns are set to render as round tubes"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return in_object_mode(cls, context)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        give_defaults(settings)  # a scene that a script has made has no yarns yet
        build(context, settings)
        return {"FINISHED"}

    def invoke(self, context, event):
        done = self.execute(context)
        if "FINISHED" in done and context.area and context.area.type == "VIEW_3D":
            region = next(each for each in context.area.regions if each.type == "WINDOW")
            with context.temp_override(region=region):
                bpy.ops.view3d.view_selected()
        return done


class FABRIC_OT_rebuild(Operator):
    """Make the fabric again."""

    bl_idname = "fabric.rebuild"
    bl_label = "Rebuild Fabric"
    bl_description = (
        "Make the fabric again from its settings. Its object, pins and materials are kept, its simulation is not"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None:
            cls.poll_message_set("Select a fabric")
            return False
        return in_object_mode(cls, context) and is_local(cls, obj)

    @reported
    def execute(self, context):
        rebuild(fabric_object(context))
        return {"FINISHED"}


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


CLASSES = (FABRIC_OT_build, FABRIC_OT_rebuild, FABRIC_OT_select_whole, FABRIC_OT_delete_whole)
