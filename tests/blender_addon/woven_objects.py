"""Fabrics in Blender, and runs of them that are made up rather than simulated: for the add-on's tests."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from usd_cloth import motion

from warp_fabric import Scene, Trajectory


def built(**cloth) -> bpy.types.Object:
    """A fabric of 6 x 5 crossings, or with other values of its cloth settings."""
    settings = bpy.context.scene.fabric
    for name, value in {"ends": 6, "picks": 5, **cloth}.items():
        setattr(settings.cloth, name, value)
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.fabric.build() == {"FINISHED"}
    return bpy.context.object


def duplicated(obj: bpy.types.Object) -> bpy.types.Object:
    """A copy of a fabric with its yarns, as Shift-D makes it."""
    for each in bpy.context.selected_objects:
        each.select_set(False)
    for each in (obj, *obj.children):
        each.select_set(True)
    bpy.context.view_layer.objects.active = obj
    assert bpy.ops.object.duplicate() == {"FINISHED"}
    return bpy.context.object


def made_run(scene: Scene, frames: int = 4) -> Trajectory:
    """Waves that run over the cloth of a scene."""
    time = np.arange(frames) / scene.time.frames_per_second
    kept = [motion(scene, at) for at in time]
    arrays = {name: np.stack([frame[name] for frame in kept]) for name in kept[0]}
    rest = np.repeat(scene.build().sliding[None], frames, axis=0)
    compression = np.zeros(rest.shape[:3])
    return Trajectory(time, **arrays, anchor=rest, compression=compression, scene=scene, version="1.2.3", device="cpu")


def cached(obj: bpy.types.Object, folder: Path, frames: int = 4) -> Trajectory:
    """A made-up run of a fabric, saved and exported to where a simulation leaves them."""
    import usd_export
    from blender_addon.fabric.scene.scene_builder import build_scene

    run = made_run(build_scene(obj.fabric, bpy.context, obj), frames)
    folder.mkdir(parents=True, exist_ok=True)
    run.save(folder / "run.h5")
    usd_export.export(run, folder / "cloth.usdc")
    return run


def seen(obj: bpy.types.Object, name: str = "position") -> np.ndarray:
    """A vector attribute [n, 3] of a mesh or curves object as it is evaluated."""
    data = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = data.attributes[name].data
    flat = np.empty(3 * len(values), np.float32)
    values.foreach_get("vector", flat)
    return flat.reshape(-1, 3)
