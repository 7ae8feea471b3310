"""A wind field of the kind that simulations take into account."""

import math

import bpy
from bpy.types import Operator

from ..operator import in_object_mode, reported

STRENGTH = 3.0
"""[m/s], a gentle breeze."""


class FABRIC_OT_wind_add(Operator):
    """Add a wind."""

    bl_idname = "fabric.wind_add"
    bl_label = "Add Wind"
    bl_description = (
        "Add a force field of the type Wind, which blows along its arrow (its z axis). Its strength is the wind's "
        "speed in m/s; several add up. It blows everywhere alike; key strength or rotation for gusts"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return in_object_mode(cls, context)

    @reported
    def execute(self, context):
        active = context.view_layer.objects.active
        wind = bpy.data.objects.new("Wind", None)
        context.collection.objects.link(wind)
        wind.location = context.scene.cursor.location
        wind.rotation_euler.x = -0.5 * math.pi  # onto the face of a hanging cloth
        wind.empty_display_type, wind.empty_display_size = "SINGLE_ARROW", 0.05
        with context.temp_override(object=wind, active_object=wind, selected_objects=[wind]):
            bpy.ops.object.forcefield_toggle()
        wind.field.type, wind.field.strength = "WIND", STRENGTH
        context.view_layer.objects.active = active
        return {"FINISHED"}


CLASSES = (FABRIC_OT_wind_add,)
