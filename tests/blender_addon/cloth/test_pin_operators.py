"""Editing the list of pins."""

import bmesh
import bpy
import pytest
from woven_objects import built


def select(obj, *indices):
    """In whatever mode the object is."""
    if obj.mode == "EDIT":
        mesh = bmesh.from_edit_mesh(obj.data)
        for each in mesh.verts:
            each.select = each.index in indices
        mesh.select_flush(False)
    else:
        for each in obj.data.vertices:
            each.select = each.index in indices


def members(obj, name):
    index = obj.vertex_groups[name].index
    return [each.index for each in obj.data.vertices if any(group.group == index for group in each.groups)]


def test_without_a_fabric(addon):
    assert not bpy.ops.fabric.pin_add.poll()
    assert not bpy.ops.fabric.pin_remove.poll()
    assert not bpy.ops.fabric.pin_selected.poll()


def test_add_from_the_active_group(addon):
    obj = built()
    obj.vertex_groups.new(name="Left")
    assert bpy.ops.fabric.pin_add() == {"FINISHED"}
    assert [each.group for each in obj.fabric.cloth.pins] == ["Pins", "Left"]
    assert obj.fabric.cloth.active_pin == 1


@pytest.mark.parametrize("editing", [False, True])
def test_pin_what_is_selected(addon, editing):
    obj = built()
    if editing:
        bpy.ops.object.mode_set(mode="EDIT")
    select(obj, 7, 8)
    assert bpy.ops.fabric.pin_selected() == {"FINISHED"}
    assert (obj.mode == "EDIT") == editing
    bpy.ops.object.mode_set(mode="OBJECT")
    name = obj.fabric.cloth.pins[1].group
    assert name == "Pins.001"
    assert members(obj, name) == [7, 8]
    assert members(obj, "Pins") == [0, 5]


def test_nothing_selected(addon):
    built()
    with pytest.raises(RuntimeError, match="no crossings are selected"):
        bpy.ops.fabric.pin_selected()


def test_remove(addon):
    cloth = built().fabric.cloth
    bpy.ops.fabric.pin_add()
    assert bpy.ops.fabric.pin_remove() == {"FINISHED"}
    assert (len(cloth.pins), cloth.active_pin) == (1, 0)
    bpy.ops.fabric.pin_remove()
    assert not cloth.pins
    assert not bpy.ops.fabric.pin_remove.poll()


def test_pins_of_a_yarns_fabric(addon):
    obj = built()
    bpy.context.view_layer.objects.active = obj.children[0]
    bpy.ops.fabric.pin_add()
    assert len(obj.fabric.cloth.pins) == 2
