"""Editing the list of pins."""

import bpy
from bpy.types import Context, Object, Operator

from warp_fabric import SceneError

from ..fabric.active import fabric_object
from ..fabric.objects.vertex_groups import follow_names
from ..fabric.settings.cloth_settings import PinSettings
from ..operator import can_edit, is_local, reported


class FABRIC_OT_pin_add(Operator):
    """Add a pin."""

    bl_idname = "fabric.pin_add"
    bl_label = "Add Pin"
    bl_description = "Hold the crossings of the active vertex group"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return _has_fabric(cls, context) and can_edit(cls, context)

    @reported
    def execute(self, context):
        obj = _fabric(context)
        group = obj.vertex_groups.active
        add_pin(obj, group.name if group else "")
        return {"FINISHED"}


class FABRIC_OT_pin_selected(Operator):
    """Pin the selected crossings."""

    bl_idname = "fabric.pin_selected"
    bl_label = "Pin Selected"
    bl_description = "Hold the crossings that are selected in the surface's edit mode, as a vertex group of their own"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if not _has_fabric(cls, context):
            return False
        if context.mode not in ("OBJECT", "EDIT_MESH"):
            cls.poll_message_set("Use the surface's edit mode")
            return False
        return is_local(cls, _fabric(context))

    @reported
    def execute(self, context):
        pin_selected(_fabric(context))
        if context.mode == "OBJECT":
            bpy.ops.ed.undo_push(message=self.bl_label)
        return {"FINISHED"}


class FABRIC_OT_pin_remove(Operator):
    """Remove a pin."""

    bl_idname = "fabric.pin_remove"
    bl_label = "Remove Pin"
    bl_description = "Release the crossings of the chosen pin. Its vertex group is kept"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not _has_fabric(cls, context):
            return False
        if not _fabric(context).fabric.cloth.pins:
            cls.poll_message_set("There are no pins")
            return False
        return can_edit(cls, context)

    @reported
    def execute(self, context):
        cloth = _fabric(context).fabric.cloth
        cloth.pins.remove(min(cloth.active_pin, len(cloth.pins) - 1))
        cloth.active_pin = max(0, min(cloth.active_pin, len(cloth.pins) - 1))
        return {"FINISHED"}


def add_pin(obj: Object, group: str) -> PinSettings:
    """A new pin at the end of a fabric's list, chosen there."""
    cloth = obj.fabric.cloth
    pin = cloth.pins.add()
    pin.group, cloth.active_pin = group, len(cloth.pins) - 1
    follow_names(obj)
    return pin


def pin_selected(obj: Object) -> PinSettings:
    """A pin for the vertices of a fabric's surface that are selected, in a new vertex group.

    Raises:
        SceneError: where none is selected.
    """
    editing = obj.mode == "EDIT"
    if editing:
        obj.update_from_editmode()
    chosen = [each.index for each in obj.data.vertices if each.select]
    if not chosen:
        fix = "select vertices in the surface's edit mode (Tab)"
        raise SceneError("no crossings are selected", where=obj.name, fix=fix)
    if editing:  # vertices cannot be put into groups there
        bpy.ops.object.mode_set(mode="OBJECT")
    group = obj.vertex_groups.new(name="Pins")
    group.add(chosen, 1.0, "REPLACE")
    pin = add_pin(obj, group.name)
    if editing:
        bpy.ops.ed.undo_push(message="Pin Selected")  # a step that is made in edit mode has no pins
        bpy.ops.object.mode_set(mode="EDIT")
    return pin


def _fabric(context: Context) -> Object:
    obj = fabric_object(context)
    assert obj is not None  # see poll
    return obj


def _has_fabric(operator: type[Operator], context: Context) -> bool:
    if fabric_object(context) is None:
        operator.poll_message_set("Build a fabric first, or select one")
        return False
    return True


CLASSES = (FABRIC_OT_pin_add, FABRIC_OT_pin_selected, FABRIC_OT_pin_remove)
