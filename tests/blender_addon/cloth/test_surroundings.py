"""Motion, wind and axes of what is around the cloth."""

import bpy
import numpy as np
import pytest

from warp_fabric import SceneError


@pytest.fixture
def runner(addon):
    """An object that is at x = frame."""
    obj = bpy.data.objects.new("Runner", None)
    bpy.context.collection.objects.link(obj)
    obj.driver_add("location", 0).driver.expression = "frame"
    return obj


def test_sampling_leaves_the_frame_as_it_is(runner):
    from blender_addon.cloth.surroundings import moves, sampled

    bpy.context.scene.frame_set(4, subframe=0.5)
    found = sampled(bpy.context, [runner], range(2, 9, 3))[runner]
    assert found[:, 0, 3].tolist() == [2.0, 5.0, 8.0]
    assert (bpy.context.scene.frame_current, bpy.context.scene.frame_subframe) == (4, 0.5)
    assert moves(found)
    assert not moves(found[:1])


def test_the_frame_is_restored_after_an_error(runner):
    from blender_addon.cloth.surroundings import sampled

    bpy.context.scene.frame_set(4)
    with pytest.raises(TypeError):
        sampled(bpy.context, [runner], [7, "no frame"])
    assert bpy.context.scene.frame_current == 4


def test_where_an_object_was_moved_without_a_key_is_no_part_of_its_motion(addon):
    from blender_addon.cloth.surroundings import sampled

    obj = bpy.data.objects.new("Keyed", None)
    bpy.context.collection.objects.link(obj)
    obj.keyframe_insert("location", frame=1)
    bpy.context.scene.frame_set(1)
    obj.location.x = 5.0
    assert sampled(bpy.context, [obj], range(1, 4))[obj][:, 0, 3].tolist() == [0.0, 0.0, 0.0]


def test_a_fabrics_axes(runner):
    from blender_addon.cloth.surroundings import checked_frame

    turned = np.array([[0.0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]])
    np.testing.assert_array_equal(checked_frame(runner, turned, 1.0), turned[:3, :3])
    small = np.diag([100.0, 100.0, 100.0, 1.0])
    np.testing.assert_allclose(checked_frame(runner, small, 0.01), np.eye(3))
    for wrong in (small, np.diag([1.0, 1.0, -1.0, 1.0]), np.diag([1.0, 1.01, 1.0, 1.0])):
        with pytest.raises(SceneError, match="set its scale to 1"):
            checked_frame(runner, wrong, 1.0)


def test_wind_is_that_of_the_frame_asked_for(addon):
    from blender_addon.cloth.surroundings import wind

    assert not wind(bpy.context, 1).any()
    bpy.ops.object.effector_add(type="WIND")
    field = bpy.context.object.field
    for frame, strength in ((1, 2.0), (11, 4.0)):
        field.strength = strength
        field.keyframe_insert("strength", frame=frame)
    bpy.context.scene.frame_set(11)
    assert wind(bpy.context, 1).tolist() == [0.0, 0.0, 2.0]
    assert wind(bpy.context, 11).tolist() == [0.0, 0.0, 4.0]
    assert bpy.context.scene.frame_current == 11
