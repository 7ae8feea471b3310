"""Settings of the cloth that act as they are changed."""

import bpy
from woven_objects import built


def test_round_yarns_are_shown_and_hidden(addon):
    obj = built(ends=4, picks=4)
    modifiers = [child.modifiers["Round Yarns"] for child in obj.children]
    assert all(each.show_viewport for each in modifiers)
    obj.fabric.cloth.tubes_viewport = False
    assert not any(each.show_viewport for each in modifiers)
    assert len(bpy.data.node_groups) == 1


def test_they_can_be_had_later(addon):
    bpy.context.scene.fabric.cloth.tubes_viewport = False  # of the next fabric: there is nothing to show yet
    obj = built(ends=4, picks=4)
    assert not any(child.modifiers["Round Yarns"].show_viewport for child in obj.children)
    obj.fabric.cloth.tubes_viewport = True
    assert all(child.modifiers["Round Yarns"].show_viewport for child in obj.children)


def test_one_slider_damps_yarns_and_shear(addon):
    settings = bpy.context.scene.fabric
    cloth = settings.cloth
    assert cloth.damping == 0.0
    cloth.damping = 3.0
    assert [yarn.damping for yarn in settings.yarns] == [3.0, 3.0]
    assert cloth.shear_damping == 3.0
    settings.yarns[1].damping = 5.0
    assert cloth.damping == 5.0, "the strongest is shown"
    cloth.damping = 0.0
    assert cloth.shear_damping == settings.yarns[1].damping == 0.0


def test_a_built_fabric_keeps_dampings_that_differ(addon):
    settings = bpy.context.scene.fabric
    settings.cloth.shear_damping, settings.yarns[0].damping, settings.yarns[1].damping = 1.0, 2.0, 4.0
    copy = built(ends=4, picks=4).fabric
    assert (copy.cloth.shear_damping, *(yarn.damping for yarn in copy.yarns)) == (1.0, 2.0, 4.0)
    assert copy.cloth.damping == 4.0
