"""Objects that cloth collides with, for tests."""

from __future__ import annotations

import bmesh
import bpy


def body(kind: str = "cube", collides: bool = True, scale=(1.0, 1.0, 1.0), **words) -> bpy.types.Object:
    """A mesh primitive; with Blender's own Collision, as thin as it can be. What was active still is."""
    active = bpy.context.view_layer.objects.active
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(**words)
    obj = bpy.context.object
    obj.scale = scale  # Blender's operator would scale the mesh
    if collides:
        obj.modifiers.new("Collision", "COLLISION")
        obj.collision.thickness_outer = 0.001
    bpy.context.view_layer.objects.active = active or obj
    return obj


def keyed(obj: bpy.types.Object, path: str, values: dict[int, object]) -> None:
    """Key a property, linear between the keys."""
    for frame, value in values.items():
        setattr(obj, path, value)
        obj.keyframe_insert(path, frame=frame)
    for curve in obj.animation_data.action.fcurves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"


def rigged(collides: bool = True) -> bpy.types.Object:
    """A cylinder along x whose farther half is bent up by a bone."""
    arm = body("cylinder", collides, radius=0.05, depth=1.0, rotation=(0, 1.5707963267948966, 0), vertices=12)
    active = bpy.context.view_layer.objects.active
    bpy.context.view_layer.objects.active = arm
    bpy.ops.object.transform_apply(location=False)
    rings = bmesh.new()
    rings.from_mesh(arm.data)
    bmesh.ops.subdivide_edges(rings, edges=[each for each in rings.edges if each.calc_length() > 0.5], cuts=9)
    rings.to_mesh(arm.data)
    rings.free()
    bpy.ops.object.armature_add()
    bones = bpy.context.object
    bpy.ops.object.mode_set(mode="EDIT")
    first = bones.data.edit_bones[0]
    first.head, first.tail = (-0.5, 0, 0), (0, 0, 0)
    second = bones.data.edit_bones.new("Fore")
    second.head, second.tail, second.parent = (0, 0, 0), (0.5, 0, 0), first
    bpy.ops.object.mode_set(mode="OBJECT")
    for name, side in (("Bone", -1), ("Fore", 1)):
        group = arm.vertex_groups.new(name=name)
        group.add([v.index for v in arm.data.vertices if side * v.co.x > 0], 1.0, "REPLACE")
    modifier = arm.modifiers.new("Armature", "ARMATURE")
    modifier.object = bones
    fore = bones.pose.bones["Fore"]
    fore.rotation_mode = "XYZ"
    for frame, angle in ((3, 0.0), (7, 1.2)):
        fore.rotation_euler.x = angle
        fore.keyframe_insert("rotation_euler", frame=frame)
    bpy.context.view_layer.objects.active = active
    return arm
