"""Operators that make simulated cloth independent of its files."""

from bpy.props import BoolProperty
from bpy.types import Operator

from .. import settings as addon
from ..job import tasks
from ..operator import in_object_mode, reported
from .baking import bake, detach
from .cache import cache_state, detach_cache


class CacheOperator:
    """Base of operators on a fabric that is played from its cache."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        obj = addon.fabric_object(context)
        if obj is None or cache_state(obj) == "none":
            cls.poll_message_set("Simulate a fabric first")
            return False
        if obj.library is not None:
            cls.poll_message_set("The fabric is linked from another file: make it local first")
            return False
        if not in_object_mode(cls, context):
            return False
        if tasks.running(obj, "simulate"):
            cls.poll_message_set("Wait for the end of the simulation, or cancel it")
            return False
        return True


class PlayedOperator(CacheOperator):
    """Base of those that need the file, too."""

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if cache_state(addon.fabric_object(context)) == "missing":
            cls.poll_message_set("The file of the simulated frames is missing")
            return False
        return True


class FABRIC_OT_bake(PlayedOperator, Operator):
    """Bake to shape keys."""

    bl_idname = "fabric.bake"
    bl_label = "Bake to Shape Keys"
    bl_description = (
        "Make a mesh of the surface that plays the simulated frames by shape keys, without files. The fabric stays"
    )

    yarns: BoolProperty(
        name="Yarns as Tubes",
        description="Bake the yarns too, as meshes, since hair curves have no shape keys. Takes much memory",
    )

    @reported
    def execute(self, context):
        made = bake(context, addon.fabric_object(context), self.yarns)
        self.report({"INFO"}, f"Baked {', '.join(each.name for each in made)}")
        return {"FINISHED"}


class FABRIC_OT_detach(PlayedOperator, Operator):
    """Keep the present shape."""

    bl_idname = "fabric.detach"
    bl_label = "Keep This Shape"
    bl_description = "Let the fabric keep the shape that it has at this frame, without its simulated frames"

    @reported
    def execute(self, context):
        detach(addon.fabric_object(context))
        return {"FINISHED"}


class FABRIC_OT_clear_cache(CacheOperator, Operator):
    """Show the fabric at rest."""

    bl_idname = "fabric.clear_cache"
    bl_label = "Back to Rest"
    bl_description = "Show the fabric at rest again, without its simulated frames. Their files stay"

    @reported
    def execute(self, context):
        detach_cache(addon.fabric_object(context))
        return {"FINISHED"}


CLASSES = (FABRIC_OT_bake, FABRIC_OT_detach, FABRIC_OT_clear_cache)
