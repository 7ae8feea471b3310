"""Motion, wind and axes of what is around the cloth."""

import bpy
import numpy as np
import pytest

from warp_fabric import SceneError


def test_what_moves(addon):
    from blender_addon.fabric.scene.environment import moves

    there = np.eye(4)
    assert not moves([there, there + 1e-7])
    assert moves([there, there + 1e-5])


def test_a_fabrics_axes(addon):
    from blender_addon.fabric.scene.environment import checked_frame

    obj = bpy.data.objects.new("Cloth", None)
    turned = np.array([[0.0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]])
    np.testing.assert_array_equal(checked_frame(obj, turned, 1.0), turned[:3, :3])
    small = np.diag([100.0, 100.0, 100.0, 1.0])
    np.testing.assert_allclose(checked_frame(obj, small, 0.01), np.eye(3))
    for wrong in (small, np.diag([1.0, 1.0, -1.0, 1.0]), np.diag([1.0, 1.01, 1.0, 1.0])):
        with pytest.raises(SceneError, match="set its scale to 1"):
            checked_frame(obj, wrong, 1.0)


def test_wind_is_that_of_each_frame(addon):
    from blender_addon.fabric.scene.environment import wind

    assert wind(bpy.context, range(1, 4)).tolist() == [[0.0, 0.0, 0.0]]
    bpy.ops.object.effector_add(type="WIND")
    still = bpy.context.object
    still.rotation_euler.x, still.field.strength = np.pi, 1.0
    assert wind(bpy.context, range(1, 4)) == pytest.approx(np.array([[0.0, 0.0, -1.0]]), abs=1e-6)
    bpy.ops.object.effector_add(type="WIND")
    field = bpy.context.object.field
    for frame, strength in ((1, 2.0), (11, 4.0)):
        field.strength = strength
        field.keyframe_insert("strength", frame=frame)
    bpy.context.scene.frame_set(11)
    expected = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 3.0], [0.0, 0.0, 3.0]])
    assert wind(bpy.context, range(1, 31, 10))[:3] == pytest.approx(expected, abs=1e-6)
    assert bpy.context.scene.frame_current == 11


def test_gusts_are_what_differs_from_the_first_wind(addon):
    from blender_addon.fabric.scene.environment import gusts

    frames = np.arange(20)[:, None]
    steady = np.array([0.0, 3.0, 0.0])
    assert gusts(steady[None], 24.0) is None
    assert gusts(np.repeat(steady[None], 20, axis=0), 24.0) is None
    rising = steady + np.clip(frames - 4, 0, 10) * np.array([[0.5, 0.0, 0.0]])
    rows = np.array(gusts(rising, 25.0))
    assert rows[:, 0] == pytest.approx(np.array([0, 4, 14, 19]) / 25.0)
    assert rows[:, 1] == pytest.approx([0.0, 0.0, 5.0, 5.0])
    wavering = steady + np.random.default_rng(1).normal(size=(20, 3))
    rows = np.array(gusts(wavering, 25.0))
    assert wavering[0] + rows[:, 1:] == pytest.approx(wavering)


def blower(kind="WIND"):
    bpy.ops.object.effector_add(type=kind)
    collection = bpy.data.collections.new("Air")
    bpy.context.scene.collection.children.link(collection)
    obj = bpy.context.object
    for each in obj.users_collection:
        each.objects.unlink(obj)
    collection.objects.link(obj)
    obj.field.strength = 2.0
    return obj


def test_what_is_disabled_does_not_blow(addon):
    from blender_addon.fabric.scene.environment import wind, wind_fields

    field, air = blower(), bpy.context.view_layer.layer_collection.children["Air"]
    assert wind_fields(bpy.context) == [field]
    for thing, name in ((field, "hide_viewport"), (air.collection, "hide_viewport"), (air, "exclude")):
        setattr(thing, name, True)
        assert wind_fields(bpy.context) == []
        assert not wind(bpy.context, range(1, 3)).any()
        setattr(thing, name, False)
    field.hide_set(True)  # it blows on Blender's own cloth, too
    assert wind(bpy.context, range(1, 3)).tolist() == [[0.0, 0.0, 2.0]]


def test_fields_and_options_without_effect_are_named(addon):
    from blender_addon.fabric.scene.environment import without_effect

    field = blower().field
    assert without_effect(bpy.context) == []
    field.noise, field.falloff_power, field.use_max_distance = 1.0, 2.0, True
    assert without_effect(bpy.context) == ["Noise, Falloff, Max Distance of Wind"]
    field.type = "TURBULENCE"
    assert without_effect(bpy.context) == ["Wind (type Turbulence)"]
    bpy.context.object.hide_viewport = True
    assert without_effect(bpy.context) == []
