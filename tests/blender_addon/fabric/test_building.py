"""Building a fabric as objects, and building it again."""

import bpy
import numpy as np
import pytest
from counted import calls_of
from woven_objects import built, seen

from warp_fabric.geometry import centre_lines


def children(obj):
    return {each.name: each for each in obj.children}


def members(obj, name):
    index = obj.vertex_groups[name].index
    return [each.index for each in obj.data.vertices if any(group.group == index for group in each.groups)]


def test_a_built_fabric_is_active_and_has_the_settings(addon):
    bpy.context.scene.fabric.cloth.friction = 0.25
    obj = built(ends=7, picks=5)
    assert bpy.context.object is obj
    assert bpy.context.selected_objects == [obj]
    assert obj.fabric.built
    assert obj.fabric.identity
    assert obj.fabric.cloth.friction == 0.25
    assert [each.name for each in obj.fabric.yarns] == ["ends", "picks"]


def test_a_copy_has_been_neither_simulated_nor_fitted(addon):
    first = built()
    simulation, fit = first.fabric.simulation, first.fabric.fit
    simulation.cache, simulation.frames, fit.folder, fit.result = "//there.usdc", 4, "//fit", "{}"
    bpy.context.view_layer.objects.active = first
    assert bpy.ops.fabric.build() == {"FINISHED"}
    simulation, fit = bpy.context.object.fabric.simulation, bpy.context.object.fabric.fit
    assert (simulation.cache, simulation.frames, fit.folder, fit.result) == ("", 0, "", "")


def test_twenty_by_twenty_by_default(addon):
    assert bpy.ops.fabric.build() == {"FINISHED"}
    assert len(bpy.context.object.data.vertices) == 400


def test_vertices_are_crossings(addon):
    obj = built(ends=7, picks=5)
    from blender_addon.fabric.design.fabric_description import rest_scene

    fabric = rest_scene(obj.fabric).build()
    np.testing.assert_allclose(seen(obj), fabric.position.reshape(-1, 3), atol=1e-9)
    for name, expected in zip(("pick", "end"), np.indices((5, 7))):
        assert [each.value for each in obj.data.attributes[name].data] == expected.ravel().tolist()
    assert len(obj.data.polygons) == 4 * 6
    obj.data.validate()


def test_yarns_are_curves(addon):
    obj = built(ends=7, picks=5)
    from blender_addon.fabric.design.fabric_description import rest_scene

    fabric = rest_scene(obj.fabric).build()
    lines = centre_lines(fabric, fabric.position)
    assert sorted(children(obj)) == ["Ends: ends", "Picks: picks"]
    for child, expected in zip((children(obj)["Ends: ends"], children(obj)["Picks: picks"]), lines):
        assert child.type == "CURVES"
        np.testing.assert_allclose(seen(child), expected.reshape(-1, 3), atol=1e-9)
        assert [len(each.points) for each in child.data.curves] == [expected.shape[1]] * len(expected)
        radii = [each.value for each in child.data.attributes["radius"].data]
        assert radii == pytest.approx([5e-4] * len(radii))


def test_a_hanging_fabric_stands_on_the_cursor(addon):
    bpy.context.scene.cursor.location = (1.0, 2.0, 3.0)
    obj = built(ends=6, picks=5)
    bpy.context.view_layer.update()
    corners = np.array([obj.matrix_world @ each.co for each in obj.data.vertices])
    np.testing.assert_allclose(corners.min(axis=0), (1.0 - 0.005, 2.0, 3.0), atol=1e-6)
    assert members(obj, "Pins") == [0, 5]


def test_a_flat_fabric_lies_around_the_cursor(addon):
    obj = built(pose="FLAT")
    bpy.context.view_layer.update()
    np.testing.assert_allclose(seen(obj).mean(axis=0), 0.0, atol=1e-9)
    assert members(obj, "Pins") == [24, 29]


def test_yarns_of_one_material_each(addon):
    obj = built()
    obj.fabric.yarns[1].color = (1.0, 0.0, 0.0)
    colors = [tuple(each.data.materials[0].diffuse_color)[:3] for each in obj.children]
    assert len(set(colors)) == 2
    assert (1.0, 0.0, 0.0) in colors


def test_rebuilding_keeps_object_pins_and_materials(addon):
    obj = built(ends=6, picks=5)
    obj.vertex_groups.new(name="Middle").add([2 * 6 + 3], 1.0, "REPLACE")
    materials = [each.data.materials[0] for each in obj.children]
    identity, before = obj.fabric.identity, {*obj.children}
    obj.fabric.cloth.ends, obj.fabric.cloth.picks = 11, 9
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    assert bpy.context.object is obj
    assert obj.fabric.identity == identity
    assert members(obj, "Pins") == [0, 10]
    assert members(obj, "Middle") == [4 * 11 + 6]
    assert {*obj.children} == before
    assert [each.data.materials[0] for each in obj.children] == materials
    assert len(obj.data.vertices) == 99
    assert [len(each.data.curves) for each in obj.children] == [11, 9]


def test_rebuilding_with_other_yarns(addon):
    obj = built()
    from blender_addon.fabric.design.weave_text import Weave
    from warp_fabric.weave import pattern

    obj.fabric.weave.text = Weave.of(pattern("plain"), (1,), (1,)).to_text()
    bpy.ops.fabric.rebuild()
    assert sorted(children(obj)) == ["Ends: picks", "Picks: picks"]
    assert len({each.data.materials[0] for each in obj.children}) == 1


def test_an_impossible_fabric_is_reported(addon):
    bpy.context.scene.fabric.cloth.end_sett = 50.0
    bpy.context.scene.fabric.cloth.pick_sett = 50.0
    with pytest.raises(RuntimeError, match="too thick"):
        bpy.ops.fabric.build()
    assert not bpy.data.objects


def test_a_single_pick(addon):
    obj = built(ends=6, picks=1)
    assert not obj.data.polygons
    assert [*children(obj)] == ["Picks: picks"]


def test_building_can_be_undone(addon):
    bpy.ops.ed.undo_push(message="before")
    built()
    bpy.ops.ed.undo_push(message="built")
    bpy.ops.ed.undo()
    assert not bpy.data.objects


def test_a_large_fabric_is_built_soon(addon):
    calls, obj = calls_of(lambda: built(ends=200, picks=200))
    assert len(obj.data.vertices) == 40_000
    assert calls < 20_000  # about 4000: nothing is done for each crossing


def test_yarns_render_as_tubes(addon):
    built()
    assert bpy.context.scene.render.hair_type == "STRIP"


def test_a_surface_duplicated_alone_is_completed_by_rebuild(addon):
    from blender_addon.fabric.design.fabric_description import is_stale

    obj = built()
    bpy.ops.object.duplicate()  # Shift-D, without its children
    copy = bpy.context.object
    assert is_stale(copy)
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    assert len(copy.children) == len(obj.children) == 2
    assert not is_stale(copy)


def test_rebuilding_a_linked_duplicate_leaves_the_original(addon):
    obj = built(ends=6, picks=5)
    for each in obj.children:
        each.select_set(True)
    bpy.ops.object.duplicate(linked=True)  # Alt-D
    copy = bpy.context.object
    before = seen(obj), [seen(each) for each in obj.children]
    copy.fabric.cloth.ends = 7
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    assert len(copy.data.vertices) == 35
    np.testing.assert_array_equal(seen(obj), before[0])
    for each, shape in zip(obj.children, before[1], strict=True):
        np.testing.assert_array_equal(seen(each), shape)


def test_a_copy_is_pinned_as_its_original(addon):
    from blender_addon.fabric.scene.scene_builder import build_scene

    obj = built(ends=6, picks=5)
    obj.vertex_groups.new(name="Pins.001").add([4 * 6 + 2], 1.0, "REPLACE")
    obj.fabric.cloth.pins.add().group = "Pins.001"
    assert bpy.ops.fabric.build() == {"FINISHED"}
    copy = bpy.context.object
    assert copy != obj
    for name in ("Pins", "Pins.001"):
        assert members(copy, name) == members(obj, name)
    scenes = [build_scene(each.fabric, bpy.context, each) for each in (obj, copy)]
    assert scenes[0].pins == scenes[1].pins
    copy.fabric.cloth.ends = 11
    assert bpy.ops.fabric.build() == {"FINISHED"}  # of another size than the objects of its settings
    assert members(bpy.context.object, "Pins") == [0, 10]
    assert members(bpy.context.object, "Pins.001") == [4 * 11 + 4]


def test_pins_without_a_fabric_are_its_corners(addon):
    settings = bpy.context.scene.fabric.cloth
    for name in ("a", "b"):
        settings.pins.add().group = name
    obj = built(ends=6, picks=5)
    assert [each.group for each in obj.fabric.cloth.pins] == ["Pins"]
    assert members(obj, "Pins") == [0, 5]


def shown(obj):
    bpy.context.view_layer.update()
    return np.array([obj.matrix_world @ each.co for each in obj.data.vertices])


@pytest.mark.parametrize("how", ["rotation", "location", "origin"])
def test_what_was_applied_stays_where_it_is_seen(addon, how):
    obj = built()
    obj.location, obj.rotation_euler = (0.1, 0.2, 0.3), (0.4, 0.5, 0.6)
    if how == "origin":
        bpy.ops.object.origin_set(type="ORIGIN_GEOMETRY")
    else:
        bpy.ops.object.transform_apply(location=how == "location", rotation=how == "rotation", scale=False)
    before = shown(obj)
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    np.testing.assert_allclose(shown(obj), before, atol=1e-6)
    for child in obj.children:
        np.testing.assert_allclose(np.array(child.matrix_world), np.array(obj.matrix_world), atol=1e-6)


def test_moved_vertices_are_put_back(addon):
    obj = built()
    before = shown(obj)
    obj.data.vertices[7].co.x += 0.01
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    np.testing.assert_allclose(shown(obj), before, atol=1e-9)


@pytest.mark.parametrize("how", ["deleted", "reordered"])
def test_pins_stay_on_their_crossings(addon, how):
    obj = built()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    if how == "reordered":
        bpy.ops.mesh.sort_elements(type="REVERSE", elements={"VERT"})
    bpy.ops.object.mode_set(mode="OBJECT")
    for each in (*obj.data.vertices, *obj.data.edges, *obj.data.polygons):
        each.select = False
    if how == "deleted":
        obj.data.vertices[3].select = True
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.delete(type="VERT")
        bpy.ops.object.mode_set(mode="OBJECT")
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    assert members(obj, "Pins") == [0, 5]
    assert len(obj.data.vertices) == 30
