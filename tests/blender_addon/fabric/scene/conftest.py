"""Blender's scene, of five frames."""

import bpy
import pytest


@pytest.fixture
def scene(addon):
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 3, 7
    return scene
