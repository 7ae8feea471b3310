"""What is around the cloth in Blender's scene, in the fabric's own frame and in metres: axes, gravity, wind, motion."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import bpy
import numpy as np

from warp_fabric import SceneError

Matrices = dict[bpy.types.Object, np.ndarray]
"""[frames, 4, 4] world matrices of objects."""


def sampled(
    context: bpy.types.Context,
    objects: Iterable[bpy.types.Object],
    frames: Iterable[int],
    read: Callable[[bpy.types.Object], object] = lambda each: each.matrix_world,
) -> Matrices:
    """World matrices of objects, or what `read` finds, at frames of the scene. The user's frame stays.

    Raises:
        SceneError: where an object is not in the scene's active view layer.
    """
    scene, kept = context.scene, []
    objects, frames = [*objects], [*frames]
    here, part = scene.frame_current, scene.frame_subframe
    stays = not objects or (frames == [here] and not part)
    for each in objects:
        if each.name not in context.view_layer.objects:
            fix = "link it to this scene, or switch its collection on"
            raise SceneError("the object is not part of the view layer", where=each.name, fix=fix)
    try:
        for frame in frames:
            if not stays:  # also to the frame that it is: an animated object may have been moved there without a key
                scene.frame_set(frame)
            graph = context.evaluated_depsgraph_get()
            kept.append([np.array(read(each.evaluated_get(graph))) for each in objects])
    finally:
        if not stays:
            scene.frame_set(here, subframe=part)
    return {each: np.array([row[k] for row in kept]) for k, each in enumerate(objects)}


def metres(context: bpy.types.Context) -> float:
    """Metres of one Blender unit."""
    return context.scene.unit_settings.scale_length


def checked_frame(obj: bpy.types.Object, world: np.ndarray, unit: float) -> np.ndarray:
    """The rotation [3, 3] of a fabric's frame, whose coordinates are metres.

    Args:
        obj: The fabric, for messages.
        world: [4, 4] its world matrix.
        unit: Metres of one Blender unit.

    Raises:
        SceneError: where the fabric is scaled or sheared.
    """
    axes = world[:3, :3] * unit
    if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-4) or np.linalg.det(axes) < 0.0:
        scale = np.linalg.norm(world[:3, :3], axis=0)
        what = f"the fabric is scaled by {scale[0]:.4g} x {scale[1]:.4g} x {scale[2]:.4g}"
        fix = f"set its scale to {1.0 / unit:.6g} (and its parents' to 1); its size is set by ends, picks and sett"
        raise SceneError(what, where=obj.name, fix=fix)
    return axes


def gravity(scene: bpy.types.Scene) -> np.ndarray:
    """[3] m/s2, as Blender shows it in the scene's properties; 0 where it is switched off there."""
    if not scene.use_gravity:
        return np.zeros(3)
    return np.array(scene.gravity, float) * scene.unit_settings.scale_length


def wind_fields(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Objects that blow: force fields of the type Wind that are not disabled in viewports."""
    objects = context.view_layer.objects
    return [each for each in objects if each.field and each.field.type == "WIND" and not each.hide_viewport]


def wind(context: bpy.types.Context, frame: int) -> np.ndarray:
    """[3] m/s in the world at a frame: each field blows along its z axis, its strength in m/s; several add up."""
    fields = wind_fields(context)
    return sum((each[0] for each in sampled(context, fields, [frame], _blows).values()), np.zeros(3))


def _blows(field: bpy.types.Object) -> np.ndarray:
    axis = np.array(field.matrix_world)[:3, 2]
    return field.field.strength * axis / max(np.linalg.norm(axis), 1e-30)


def moves(matrices: np.ndarray) -> bool:
    """Whether world matrices [frames, 4, 4] differ by more than rounding."""
    return bool(np.abs(matrices - matrices[0]).max() > 1e-6 * max(1.0, np.abs(matrices[0]).max()))
