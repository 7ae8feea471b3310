"""The simulated cloth as data of Blender's own: one frame of it, or all frames as shape keys."""

from __future__ import annotations

import bpy
import numpy as np

from ..fabric.files.cache import stop
from ..fabric.files.follower import players
from ..fabric.objects.yarn_objects import DIRECTION
from .tube_meshes import Tubes


def detach(obj: bpy.types.Object) -> None:
    """Let a fabric keep the shape that it has at the present frame, without its cache. The files stay."""
    shapes = {each: points(each) for each in players(obj)}
    stop(obj)
    for each, shape in shapes.items():
        each.data.attributes["position"].data.foreach_set("vector", shape.ravel())
        each.data.update_tag()


def bake(context: bpy.types.Context, obj: bpy.types.Object, with_yarns: bool) -> list[bpy.types.Object]:
    """Make mesh objects that play a fabric's cached frames by shape keys, without files. The fabric stays.

    Hair curves have no shape keys: yarns become tubes.

    Args:
        context: Whose scene the frames are.
        obj: A fabric with a cache.
        with_yarns: Bake the yarns too; a frame of them is large.

    Returns:
        The new objects, at the fabric's place; empty where the cache holds no frame.
    """
    scene, simulation = context.scene, obj.fabric.simulation
    sources = [each for each in players(obj) if with_yarns or DIRECTION not in each]
    frames = range(simulation.start, simulation.start + simulation.frames)
    tubes = {each: Tubes(each.data) for each in sources if each.type == "CURVES"}
    made: list[bpy.types.Object] = []
    here, part = scene.frame_current, scene.frame_subframe
    try:
        for frame in frames:
            scene.frame_set(frame)
            shapes = [tubes[each].points(points(each)) if each in tubes else points(each) for each in sources]
            if not made:
                made = [_copy(each, tubes.get(each), shape) for each, shape in zip(sources, shapes)]
            for each, shape in zip(made, shapes):
                _add_key(each, shape, frame, frames)
    finally:
        scene.frame_set(here, subframe=part)
    for each in made:
        _make_linear(each.data.shape_keys.animation_data.action)
    return made


def points(obj: bpy.types.Object) -> np.ndarray:
    """[n, 3] float32, points of a mesh or curves object as it is evaluated now."""
    data = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = data.attributes["position"].data
    flat = np.empty(3 * len(values), np.float32)
    values.foreach_get("vector", flat)
    return flat.reshape(-1, 3)


def _copy(source: bpy.types.Object, tubes: Tubes | None, shape: np.ndarray) -> bpy.types.Object:
    if tubes is None:
        mesh = source.data.copy()  # the surface, with its groups
    else:
        mesh = tubes.mesh(shape)
        for material in source.data.materials:
            mesh.materials.append(material)
    made = bpy.data.objects.new(f"{source.name} (baked)", mesh)
    for each in source.users_collection:
        each.objects.link(made)
    made.matrix_world = source.matrix_world
    made.hide_render, made.display_type = source.hide_render, source.display_type  # yarns are rendered, no sheet
    made.shape_key_add(name="Basis", from_mix=False)
    return made


def _add_key(obj: bpy.types.Object, shape: np.ndarray, frame: int, frames: range) -> None:
    """A shape key that is all there is at its frame, and fades from and to its neighbours'."""
    key = obj.shape_key_add(name=f"Frame {frame}", from_mix=False)
    key.data.foreach_set("co", np.ascontiguousarray(shape, np.float32).ravel())
    for at in (frame - 1, frame, frame + 1):
        if at in frames:
            key.value = float(at == frame)
            key.keyframe_insert("value", frame=at)


def _make_linear(action: bpy.types.Action) -> None:
    """Go straight from key to key, as a cache does."""
    if hasattr(action, "fcurves"):
        curves = [*action.fcurves]
    else:  # from Blender 5.0 on
        bags = (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags)
        curves = [curve for bag in bags for curve in bag.fcurves]
    for curve in curves:
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
