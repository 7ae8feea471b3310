"""Pins of the scene that a fabric describes: vertices of groups, and objects that they follow."""

import bpy
import numpy as np
import pytest
from bodies import keyed, rigged
from described_scene import build_scene, empty, refused
from woven_objects import built


def test_pins_are_the_vertices_of_a_group(scene):
    obj = built(ends=7, picks=5)
    assert [pin.crossing for pin in build_scene(obj).pins] == [(0, 0), (0, 6)]
    group = obj.vertex_groups.new(name="Middle")
    group.add([2 * 7 + 3], 0.5, "REPLACE")
    pin = obj.fabric.cloth.pins.add()
    pin.group, pin.stiffness = "Middle", 12.5
    assert [(pin.crossing, pin.stiffness) for pin in build_scene(obj).pins][-1] == ((2, 3), 12.5)


def test_where_pins_overlap_the_upper_one_holds(scene):
    obj = built()
    pin = obj.fabric.cloth.pins.add()
    pin.group, pin.stiffness = "Pins", 1.0
    assert [pin.stiffness for pin in build_scene(obj).pins] == [1e4, 1e4]


def test_groups_that_hold_nothing(scene):
    obj = built()
    obj.vertex_groups["Pins"].remove([0, 5])
    assert "is empty" in refused(obj).what
    obj.vertex_groups.remove(obj.vertex_groups["Pins"])
    assert "no vertex group 'Pins'" in refused(obj).what


def in_the_world(obj, path):
    return [np.array(obj.matrix_world) @ [*row[1:], 1.0] for row in path]


@pytest.mark.parametrize("how", ["keys", "parent", "constraint"])
@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_pins_follow_an_object(scene, how, unit):
    scene.unit_settings.scale_length = unit
    hand, arm = empty(), empty("Arm")
    hand.location = (0.3, 0.1, 0.2)
    if how == "parent":
        hand.parent = arm
    elif how == "constraint":
        hand.constraints.new("CHILD_OF").target = arm
    mover = hand if how == "keys" else arm
    for frame in (3, 7):
        mover.location = np.array([0.01, 0.02, 0.03]) * frame
        mover.rotation_euler.z = 0.2 * frame
        mover.keyframe_insert("location", frame=frame)
        mover.keyframe_insert("rotation_euler", frame=frame)
    obj = built()
    obj.location, obj.rotation_euler.y = (1.0, 2.0, 3.0), 0.4
    obj.fabric.cloth.pins[0].target = hand
    scene.frame_set(5, subframe=0.25)
    woven = build_scene(obj)
    assert (scene.frame_current, scene.frame_subframe) == (5, 0.25)
    for pin in woven.pins:
        assert [row[0] for row in pin.path] == pytest.approx(np.arange(5) / 24)
        rest = woven.build().position[pin.crossing]
        np.testing.assert_array_equal(pin.path[0][1:], rest)
        seen = []
        for frame in range(3, 8):
            scene.frame_set(frame)
            seen.append(np.array(hand.matrix_world))
        start = np.array(obj.matrix_world) @ [*rest, 1.0]
        expected = [at @ np.linalg.inv(seen[0]) @ start for at in seen]
        np.testing.assert_allclose(in_the_world(obj, pin.path), expected, atol=2e-6 / unit)


def test_pins_follow_what_is_hidden(scene):
    obj, hand = built(), empty()
    for frame in (3, 7):
        hand.location.x = frame
        hand.keyframe_insert("location", frame=frame)
    obj.fabric.cloth.pins[0].target = hand
    expected = build_scene(obj).pins
    assert len({row[1] for row in expected[0].path}) == 5
    hand.hide_viewport = True
    assert build_scene(obj).pins == expected


def follows(obj, pin, where):
    """Whether a pinned crossing keeps its place in a frame of coordinates [4, 4] that `where` finds."""
    woven, own = build_scene(obj), []
    path = in_the_world(obj, woven.pins[pin].path)
    for frame, point in zip(range(3, 8), path):
        bpy.context.scene.frame_set(frame)
        own.append(np.linalg.inv(where()) @ point)
    np.testing.assert_allclose(own, [own[0]] * 5, atol=3e-6)
    assert max(np.linalg.norm(point - path[0]) for point in path) > 0.1


def test_pins_follow_a_bone(scene):
    obj, arm = built(), rigged(collides=False)
    bones = arm.modifiers["Armature"].object
    bones.location = (0.1, 0.2, 0.3)
    pin = obj.fabric.cloth.pins[0]
    pin.target, pin.bone = bones, "Fore"
    follows(obj, 0, lambda: np.array(bones.matrix_world @ bones.pose.bones["Fore"].matrix))
    pin.bone = "Lost"
    assert "no bone 'Lost'" in refused(obj).what


def test_pins_follow_a_surface_that_bends(scene):
    obj, arm = built(), rigged(collides=False)
    obj.location = (0.3, 0.0, 0.05)
    pin = obj.fabric.cloth.pins[0]
    pin.target, pin.by_surface = arm, True
    fore = arm.modifiers["Armature"].object
    follows(obj, 0, lambda: np.array(fore.matrix_world @ fore.pose.bones["Fore"].matrix))
    pin.surface_group = "Bone"  # which does not bend
    path = np.array(build_scene(obj).pins[0].path)
    np.testing.assert_allclose(path[:, 1:], path[:1, 1:].repeat(5, axis=0), atol=1e-6)
    arm.vertex_groups.new(name="Nobody")
    pin.surface_group = "Nobody"
    assert "no face is in" in refused(obj).what
    pin.surface_group = "Lost"
    assert "no vertex group 'Lost'" in refused(obj).what
    assert [each.name for each in bpy.data.meshes if not each.users] == []


def test_a_mesh_that_is_followed_as_a_whole_need_not_have_faces(scene):
    obj = built()
    points = bpy.data.objects.new("Points", bpy.data.meshes.new("Points"))
    bpy.context.collection.objects.link(points)
    keyed(points, "location", {3: (0, 0, 0), 7: (1, 0, 0)})
    obj.fabric.cloth.pins[0].target = points
    follows(obj, 0, lambda: np.array(points.matrix_world))
