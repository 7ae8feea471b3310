"""Making objects obstacles, and looking whether the cloth starts inside one."""

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from warp_fabric import SceneError

from ..fabric.active import fabric_object
from ..fabric.group import group_of
from ..fabric.scene.colliders import LEAST_THICKNESS
from ..fabric.scene.scene_builder import build_scene
from ..operator import in_object_mode, reported
from . import start_marks


class FABRIC_OT_obstacle_add(Operator):
    """Make objects obstacles."""

    bl_idname = "fabric.obstacle_add"
    bl_label = "Make Selected Obstacles"
    bl_description = "Give the selected meshes Blender's own Collision (Physics properties), as thin as it can be"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Object", description="The object; empty: all that are selected", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context, properties):
        return f"Give {properties.name} Blender's own Collision" if properties.name else cls.bl_description

    @classmethod
    def poll(cls, context):
        return in_object_mode(cls, context)

    @reported
    def execute(self, context):
        chosen = [bpy.data.objects[self.name]] if self.name else context.selected_objects
        add_obstacles(chosen)
        return {"FINISHED"}


def add_obstacles(objects: list[bpy.types.Object]) -> None:
    """Give meshes Collision; what of fabrics is among them stays as it is.

    Raises:
        SceneError: where there is none, or one is linked from another file.
    """
    meshes = [each for each in objects if each.type == "MESH" and not each.fabric.built]
    if not meshes:
        fix = "select mesh objects besides the fabric; convert others to meshes first (Object > Convert)"
        raise SceneError("no mesh is selected that could be an obstacle", where="Collisions", fix=fix)
    for each in meshes:
        if each.library is not None:
            fix = "give it Collision in its own file, or make it local first (Object > Relations)"
            raise SceneError("it is linked from another file", where=each.name, fix=fix)
    for each in meshes:
        old = [modifier for modifier in each.modifiers if modifier.type == "COLLISION"]
        if not old:
            each.modifiers.new("Collision", "COLLISION")
            each.collision.thickness_outer = LEAST_THICKNESS
        for modifier in old:
            modifier.show_viewport = True


class FABRIC_OT_check_start(Operator):
    """Look whether the cloth starts inside an obstacle."""

    bl_idname = "fabric.check_start"
    bl_label = "Check Start"
    bl_description = "Mark the crossings that are inside an obstacle at the start frame, and say how to move it"

    @classmethod
    def poll(cls, context):
        if fabric_object(context) is None:
            cls.poll_message_set("Build a fabric first, or select one")
            return False
        return True

    @reported
    def execute(self, context):
        obj = fabric_object(context)
        assert obj is not None  # see poll
        obj, *others = group_of(obj, context.scene)
        context.scene.frame_set(context.scene.frame_start)
        scene = build_scene(obj.fabric, context, obj, start_only=True, beside=others)
        lines = start_marks.mark(obj, context, scene, others)
        for each in lines:
            self.report({"WARNING"}, each)
        if not lines:
            self.report({"INFO"}, "Nothing starts inside an obstacle")
        return {"FINISHED"}


CLASSES = (FABRIC_OT_obstacle_add, FABRIC_OT_check_start)
