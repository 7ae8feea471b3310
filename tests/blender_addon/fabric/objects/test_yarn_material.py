"""What yarns look like."""

import bpy
import pytest
from woven_objects import built


@pytest.fixture
def obj(addon):
    return built()


def node(obj, name, child=0):
    return obj.children[child].data.materials[0].node_tree.nodes[name]


def color(obj, child):
    return tuple(node(obj, "Yarn Color", child).outputs[0].default_value)


def test_colour_roughness_and_fuzz_follow_the_settings(obj):
    yarn = obj.fabric.yarns[0]
    yarn.color, yarn.roughness, yarn.fuzz = (0.5, 0.25, 0.125), 0.375, 0.75
    inputs = node(obj, "Yarn").inputs
    assert color(obj, 0) == (0.5, 0.25, 0.125, 1.0)
    assert (inputs["Roughness"].default_value, inputs["Sheen Weight"].default_value) == (0.375, 0.75)
    assert color(obj, 1) != color(obj, 0)


def test_links_are_sound(obj):
    tree = obj.children[0].data.materials[0].node_tree
    assert all(each.is_valid for each in tree.links)
    assert tree.nodes["Yarn"].inputs["Base Color"].is_linked
    assert any(each.to_node.type == "OUTPUT_MATERIAL" for each in tree.links)


def test_an_artists_own_material_is_left_alone(obj):
    from blender_addon.fabric.objects.yarn_material import give_materials

    own = bpy.data.materials.new("Own")
    obj.children[0].data.materials[0] = own
    give_materials(obj)
    assert obj.children[0].data.materials[0] is own
    obj.children[1].data.materials.clear()
    give_materials(obj)
    assert node(obj, "Yarn", 1)


def test_the_next_fabric_has_no_materials(addon):
    from blender_addon.fabric.objects.yarn_material import refresh_materials

    refresh_materials(bpy.context.scene.fabric)
    assert not bpy.data.materials


def test_turns_of_twist_are_told_to_the_material(obj):
    from blender_addon.fabric.objects.yarn_objects import TURNS

    assert all(each[TURNS] > 1.0 for each in obj.children)


@pytest.mark.parametrize("linked", [False, True])
def test_a_duplicates_yarns_are_coloured_apart(addon, linked):
    obj = built()
    for each in obj.children:
        each.select_set(True)
    bpy.ops.object.duplicate(linked=linked)
    copy = bpy.context.object
    copy.fabric.yarns[0].color = (1.0, 0.0, 0.0)
    ours, theirs = ({each["fabric_yarn"]: each.active_material for each in one.children} for one in (obj, copy))
    assert tuple(theirs[0].diffuse_color) == (1.0, 0.0, 0.0, 1.0)
    assert tuple(ours[0].diffuse_color)[:3] == pytest.approx(tuple(obj.fabric.yarns[0].color))
    tubes = next(each for each in copy.children if each["fabric_yarn"] == 0).modifiers["Round Yarns"]
    assert theirs[0] in tubes.values()
