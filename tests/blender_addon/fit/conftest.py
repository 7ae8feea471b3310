"""A built fabric for tests of targets."""

import bpy
import pytest
from mathutils import Euler
from woven_objects import built


@pytest.fixture
def fabric(addon):
    """A fabric that stands askew, in a scene of four frames from frame 11."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 11, 14, 25
    obj = built()
    obj.location, obj.rotation_euler = (1.0, -2.0, 0.5), Euler((0.3, 0.2, 1.0))
    bpy.context.view_layer.update()
    scene.frame_set(12)
    return obj
