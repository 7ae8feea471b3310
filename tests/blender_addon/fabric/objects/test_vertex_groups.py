"""Pins follow their vertex groups' names."""

import bpy
from drawn_panel import drawn
from woven_objects import built

from blender_addon.fabric.objects.vertex_groups import follow_names


def pinned():
    obj = built()
    obj.vertex_groups.new(name="Hem").add([7], 1.0, "REPLACE")
    obj.fabric.cloth.pins.add().group = "Hem"
    follow_names(obj)
    return obj, obj.fabric.cloth.pins


def test_a_group_that_is_called_otherwise(addon):
    obj, pins = pinned()
    obj.vertex_groups["Pins"].name = "Top"
    follow_names(obj)
    assert [each.group for each in pins] == ["Top", "Hem"]
    obj.vertex_groups.new(name="Other")
    obj.vertex_groups["Hem"].name = "Bottom"
    follow_names(obj)
    assert [each.group for each in pins] == ["Top", "Bottom"]


def test_blender_tells_of_new_names(addon):
    from blender_addon.fabric.objects.vertex_groups import _renamed

    obj, pins = pinned()
    obj.vertex_groups["Pins"].name = "Top"
    _renamed()
    assert pins[0].group == "Top"


def test_groups_that_are_deleted_or_sorted_are_not_renamed(addon):
    obj, pins = pinned()
    obj.vertex_groups.remove(obj.vertex_groups["Pins"])
    follow_names(obj)
    assert [each.group for each in pins] == ["Pins", "Hem"]
    assert "There is no group Pins" in " ".join(drawn("FABRIC_PT_pins").said)
    obj, pins = pinned()
    bpy.ops.object.vertex_group_sort(sort_type="NAME")
    assert [each.name for each in obj.vertex_groups] == ["Hem", "Pins"]
    follow_names(obj)
    assert [each.group for each in pins] == ["Pins", "Hem"]
