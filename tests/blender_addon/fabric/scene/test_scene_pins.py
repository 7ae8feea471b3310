"""Pins of the scene that a fabric describes: vertices of groups, and objects that they follow."""

import numpy as np
import pytest
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
