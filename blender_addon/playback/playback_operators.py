"""Operators that make simulated cloth independent of its files."""

from bpy.props import BoolProperty
from bpy.types import Operator

from warp_fabric import SceneError, TrajectoryError

from ..fabric.active import fabric_object
from ..fabric.files.cache import cache_state, detach_cache, reload_cache
from ..fabric.files.found_frames import found_frames, show_found
from ..fabric.files.paths import cache_path
from ..job import tasks
from ..operator import in_object_mode, is_local, reported
from .baking import bake, detach


class SimulatedOperator:
    """Base of operators on a fabric that is played from its cache."""

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None or cache_state(obj) == "none":
            cls.poll_message_set("Simulate a fabric first")
            return False
        return True


class CacheOperator(SimulatedOperator):
    """Base of those that change what it plays."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        obj = fabric_object(context)
        if not is_local(cls, obj) or not in_object_mode(cls, context):
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
        if cache_state(fabric_object(context)) == "missing":
            cls.poll_message_set("The file of the simulated frames is missing")
            return False
        return True


class FABRIC_OT_bake(PlayedOperator, Operator):
    """Bake to shape keys."""

    bl_idname = "fabric.bake"
    bl_label = "Bake to Shape Keys"
    bl_description = (
        "Make a mesh of the surface that plays the simulated frames with shape keys, without files. The fabric is kept"
    )

    yarns: BoolProperty(
        name="Yarns as Tubes",
        description="Bake the yarns too, as meshes, since hair curves have no shape keys. Takes much memory",
    )

    @reported
    def execute(self, context):
        made = bake(context, fabric_object(context), self.yarns)
        if not made:
            fix = "tick Yarns as Tubes" if not self.yarns else "simulate a larger one"
            raise SceneError("a cloth of a single end or pick has no surface to bake", where="Bake", fix=fix)
        self.report({"INFO"}, f"Baked {', '.join(each.name for each in made)}")
        return {"FINISHED"}


class FABRIC_OT_detach(PlayedOperator, Operator):
    """Keep the present shape."""

    bl_idname = "fabric.detach"
    bl_label = "Keep This Shape"
    bl_description = "Keep the shape of this frame, and drop the simulated frames"

    @reported
    def execute(self, context):
        detach(fabric_object(context))
        return {"FINISHED"}


class FABRIC_OT_clear_cache(CacheOperator, Operator):
    """Show the fabric at rest."""

    bl_idname = "fabric.clear_cache"
    bl_label = "Back to Rest"
    bl_description = "Show the fabric at rest again, without its simulated frames. Their files are kept"

    @reported
    def execute(self, context):
        detach_cache(fabric_object(context))
        return {"FINISHED"}


class FABRIC_OT_reload(SimulatedOperator, Operator):
    """Read the file again."""

    bl_idname = "fabric.reload"
    bl_label = "Reload"
    bl_description = "Read the file of the simulated frames again, for example after it was moved back"
    bl_options = {"REGISTER"}  # nothing in the blend file changes

    @reported
    def execute(self, context):
        obj = fabric_object(context)
        assert obj is not None  # see poll
        reload_cache(obj)
        if cache_state(obj) == "missing":
            where, fix = str(cache_path(obj)), "put it back there, or simulate again"
            raise TrajectoryError("the file of the simulated frames is missing", where=where, fix=fix)
        return {"FINISHED"}


class FABRIC_OT_show_found(Operator):
    """Show frames that were found."""

    bl_idname = "fabric.show_found"
    bl_label = "Show Found Frames"
    bl_description = (
        "Play the frames of this fabric's last simulation, which are not shown because the file was not saved "
        "afterwards or the fabric was put back to rest"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None or cache_state(obj) != "none" or found_frames(obj) is None:
            cls.poll_message_set("All frames of this fabric are shown already")
            return False
        return is_local(cls, obj) and in_object_mode(cls, context)

    @reported
    def execute(self, context):
        obj = fabric_object(context)
        found = found_frames(obj) if obj is not None else None
        assert obj is not None  # see poll
        assert found is not None
        show_found(obj, found)
        return {"FINISHED"}


CLASSES = (FABRIC_OT_bake, FABRIC_OT_detach, FABRIC_OT_clear_cache, FABRIC_OT_reload, FABRIC_OT_show_found)
