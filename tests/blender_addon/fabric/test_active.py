"""The fabric that is meant: the active one, or those that are touched."""

import bpy
from woven_objects import built

from blender_addon.fabric.active import active_settings, fabric_object, touched


def test_the_fabric_of_a_yarn_is_the_one_it_belongs_to(addon):
    obj = built()
    bpy.context.view_layer.objects.active = obj.children[0]
    assert fabric_object(bpy.context) == obj
    assert active_settings(bpy.context) == obj.fabric
    bpy.context.view_layer.objects.active = None
    assert fabric_object(bpy.context) is None
    assert active_settings(bpy.context) == bpy.context.scene.fabric


def test_what_else_is_parented_to_a_fabric_is_not_it(addon):
    obj = built()
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    bpy.context.collection.objects.link(lamp)
    lamp.parent = obj
    bpy.context.view_layer.objects.active = lamp
    assert fabric_object(bpy.context) is None
    lost = obj.children[0]
    lost.parent = lamp
    bpy.context.view_layer.objects.active = lost
    assert fabric_object(bpy.context) is None


def test_touched_fabrics_end_with_the_active_one(addon):
    first, second, third = built(), built(), built()
    for each in bpy.context.selected_objects:
        each.select_set(False)
    assert touched(bpy.context) == [third]
    second.children[0].select_set(True)
    third.children[0].select_set(True)
    bpy.context.view_layer.objects.active = first.children[1]
    assert {*touched(bpy.context)} == {first, second, third}
    assert touched(bpy.context)[-1] == first
