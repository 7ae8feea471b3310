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
