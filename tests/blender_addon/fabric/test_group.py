"""Which fabrics are simulated together, and whose settings count."""

import bpy
import pytest
from woven_objects import built, duplicated

from blender_addon.fabric.group import beside, bring_together, group_of, lead_of, take_apart, without_effect


@pytest.fixture
def four(addon):
    return [built() for _ in range(4)]


def test_alone(four):
    one, scene = four[0], bpy.context.scene
    assert lead_of(one, scene) == one
    assert beside(one, scene) == []
    assert group_of(one, scene) == [one]


def test_those_that_another_led_come_along(four):
    (one, two, three, four_), scene = four, bpy.context.scene
    bring_together(two, [two, three], scene)
    bring_together(one, [one, two], scene)
    for each in (one, two, three):
        assert group_of(each, scene) == [one, two, three]
    assert group_of(four_, scene) == [four_]
    bring_together(three, [one], scene)  # one that is led may lead, too
    assert group_of(one, scene) == [three, one, two]
    take_apart(two, scene)
    assert group_of(three, scene) == [three, one]
    take_apart(three, scene)
    assert all(group_of(each, scene) == [each] for each in four)


def test_rounds_do_no_harm(four):
    one, two, scene = *four[:2], bpy.context.scene
    one.fabric.simulation.lead, two.fabric.simulation.lead = two, one
    assert {len(group_of(one, scene)), len(group_of(two, scene))} == {1}
    one.fabric.simulation.lead = one
    assert group_of(one, scene) == [one, two]


def test_a_lead_that_is_gone_or_elsewhere(four):
    one, two, three = four[:3]
    bring_together(one, [two, three], bpy.context.scene)
    other = bpy.data.scenes.new("Other")
    other.collection.objects.link(two)
    assert group_of(two, other) == [two]
    for each in one.users_collection:
        each.objects.unlink(one)  # as deleting does where others name it
    assert group_of(two, bpy.context.scene) == [two]


def test_copies(four):
    one, two, scene = *four[:2], bpy.context.scene
    bring_together(one, [two], scene)
    copy = duplicated(two)
    assert group_of(one, scene) == [one, two, copy]
    alone = duplicated(one)
    assert group_of(alone, scene) == [alone]
    bpy.context.view_layer.objects.active = two
    bpy.ops.fabric.build()  # with the settings of one that is led
    assert group_of(bpy.context.object, scene) == [bpy.context.object]


def test_what_does_not_count_is_named(four):
    one, two = four[:2]
    assert without_effect(two, one) == []
    two.fabric.cloth.friction, two.fabric.collision.friction, two.fabric.cloth.wind_drag = 0.9, 0.1, 0.9
    two.fabric.collision.collide_with = "NONE"
    assert without_effect(two, one) == ["Friction", "Drag", "Collide With"]
