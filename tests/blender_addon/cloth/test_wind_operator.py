"""A wind field for simulations."""

import bpy
import numpy as np
from woven_objects import built


def test_it_blows_onto_a_hanging_cloth(addon):
    from blender_addon.fabric.scene.scene_builder import build_scene

    obj = built()
    bpy.context.scene.frame_end = 5
    assert bpy.ops.fabric.wind_add() == {"FINISHED"}
    assert bpy.context.object is obj
    np.testing.assert_allclose(build_scene(obj.fabric, bpy.context, obj).environment.wind, (0, 3, 0), atol=1e-5)
