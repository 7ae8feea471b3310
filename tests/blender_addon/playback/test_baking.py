"""Simulated cloth as data of Blender's own."""

import bpy
import numpy as np
import pytest
from woven_objects import built, cached, seen

START = 5


@pytest.fixture
def played(addon, tmp_path):
    from blender_addon.fabric.files.cache import attach_cache

    bpy.context.scene.frame_start, bpy.context.scene.frame_end = START, START + 3
    obj = built(ends=6, picks=5)
    obj.location = (1.0, 2.0, 3.0)
    run = cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", START, 4)
    return obj, run


def test_shape_keys_play_the_run(played):
    obj, run = played
    bpy.context.scene.frame_set(START + 1)
    assert bpy.ops.fabric.bake() == {"FINISHED"}
    assert bpy.context.scene.frame_current == START + 1
    (baked,) = [each for each in bpy.data.objects if "baked" in each.name]
    for frame in (0, 3, 1, 2):
        bpy.context.scene.frame_set(START + frame)
        np.testing.assert_allclose(seen(baked), run.position[frame].reshape(-1, 3), atol=1e-8)
    bpy.context.scene.frame_set(START + 1, subframe=0.25)
    between = 0.75 * run.position[1] + 0.25 * run.position[2]
    np.testing.assert_allclose(seen(baked), between.reshape(-1, 3), atol=1e-8)
    assert baked.matrix_world == obj.matrix_world
    assert not baked.fabric.built
    assert obj.fabric.simulation.frames == 4


def test_yarns_as_tubes(played):
    obj, _ = played
    assert bpy.ops.fabric.bake(yarns=True) == {"FINISHED"}
    tubes = [bpy.data.objects[f"{each.name} (baked)"] for each in obj.children]
    for frame in (0, 2):
        bpy.context.scene.frame_set(START + frame)
        for child, tube in zip(obj.children, tubes):
            around = seen(tube).reshape(-1, 6, 3)
            lines = seen(child)
            np.testing.assert_allclose(around.mean(axis=1), lines, atol=1e-7)
            np.testing.assert_allclose(np.linalg.norm(around - lines[:, None], axis=-1), 5e-4, rtol=1e-3)
            assert tube.data.materials[0] == child.data.materials[0]
    surface = bpy.data.objects[f"{obj.name} (baked)"]
    assert [each.hide_render for each in (surface, *tubes)] == [True, False, False]  # a sheet would hide the yarns


def test_keep_this_shape(played):
    from blender_addon.fabric.files.cache import cache_state

    obj, run = played
    bpy.context.scene.frame_set(START + 2)
    yarns = [seen(each) for each in obj.children]
    assert bpy.ops.fabric.detach() == {"FINISHED"}
    bpy.context.scene.frame_set(START)
    assert cache_state(obj) == "none"
    assert not obj.modifiers
    np.testing.assert_allclose(seen(obj), run.position[2].reshape(-1, 3), atol=1e-8)
    for each, shape in zip(obj.children, yarns):
        np.testing.assert_array_equal(seen(each), shape)
