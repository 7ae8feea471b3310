"""What is around the cloth in Blender's scene, in the fabric's own frame and in metres: axes, gravity, wind, motion."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np

from warp_fabric import SceneError

from .sampling import sampled, switched_on


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
    """Objects that blow: force fields of the type Wind, where neither they nor their collections are disabled."""
    return [each for each in _fields(context) if each.field.type == "WIND"]


def without_effect(context: bpy.types.Context) -> list[str]:
    """What of the scene's force fields no cloth feels here, as Blender's panels call it: a line for each object."""
    found: list[str] = []
    for each in _fields(context):
        kind = each.field.bl_rna.properties["type"].enum_items[each.field.type].name
        if each.field.type != "WIND":
            found.append(f"{each.name} (type {kind})")
            continue
        options = [label for label, is_set in _OPTIONS if is_set(each.field)]
        if options:
            found.append(f"{', '.join(options)} of {each.name}")
    return found


_OPTIONS: tuple[tuple[str, Callable[[bpy.types.FieldSettings], bool]], ...] = (
    ("Shape", lambda field: field.shape in ("LINE", "SURFACE", "POINTS")),
    ("Noise", lambda field: field.noise > 0.0),
    ("Absorption", lambda field: field.use_absorption),
    ("Direction", lambda field: field.z_direction != "BOTH"),
    ("Falloff", lambda field: field.falloff_power > 0.0),
    ("Min Distance", lambda field: field.use_min_distance),
    ("Max Distance", lambda field: field.use_max_distance),
)
"""Of a wind field: what Blender calls an option, and whether it is used."""


def _fields(context: bpy.types.Context) -> list[bpy.types.Object]:
    return [each for each in switched_on(context.view_layer) if each.field and each.field.type != "NONE"]


def wind(context: bpy.types.Context, frames: range) -> np.ndarray:
    """[frames, 3] m/s in the world: each field blows along its z axis, its strength in m/s; several add up.

    One row alone where none of them can change, for which the scene need not be played.
    """
    fields = wind_fields(context)
    changes = any(each.animation_data or each.parent or each.constraints for each in fields)
    frames = frames if changes else frames[:1]
    return sum(
        (np.array(each) for each in sampled(context, fields, frames, _blows).values()), np.zeros((len(frames), 3))
    )


def gusts(winds: np.ndarray, rate: float) -> list[list[float]] | None:
    """What blows besides the first of some winds, as rows of time [s] and velocity [m/s]; None where nothing does.

    Args:
        winds: [frames, 3] m/s. rate: Frames per second.
    """
    changes = winds - winds[0]
    if np.abs(changes).max() <= 1e-6 * np.abs(winds).max():
        return None
    # of frames between which it changes evenly, none is needed but the first and the last
    bends = np.abs(np.diff(changes, 2, axis=0)).max(axis=1) > 1e-6 * np.abs(changes).max()
    kept = np.flatnonzero(np.concatenate([[True], bends, [True]]))
    return np.column_stack([kept / rate, changes[kept]]).tolist()


def _blows(field: bpy.types.Object) -> np.ndarray:
    axis = np.array(field.matrix_world)[:3, 2]
    return field.field.strength * axis / max(np.linalg.norm(axis), 1e-30)


def moves(matrices: list[np.ndarray]) -> bool:
    """Whether world matrices [4, 4] differ by more than rounding."""
    return bool(np.abs(np.array(matrices) - matrices[0]).max() > 1e-6 * max(1.0, np.abs(matrices[0]).max()))
