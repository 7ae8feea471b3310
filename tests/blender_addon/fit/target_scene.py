"""A fabric in Blender's scene, and what moves beside it."""

import bpy
import numpy as np

from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fit.target_files import write_target
from warp_fabric.cli.targets import read_target


def written(obj, folder):
    """The target as the command line reads it."""
    scene = build_scene(obj.fabric, bpy.context, obj)
    target = write_target(obj, scene, bpy.context, folder)
    return read_target(str(folder / target)), scene


def moved(obj, velocity=(0.0, 0.0, 0.1)):
    """Keyframes that move an object, in m for each frame."""
    start = np.array(obj.location)
    for frame in range(11, 15):
        obj.location = start + (frame - 11) * np.array(velocity)
        obj.keyframe_insert("location", frame=frame)
