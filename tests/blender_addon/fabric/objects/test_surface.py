"""The cloth's surface as a mesh."""

import bpy
import numpy as np
import pytest
from woven_cloth import woven
from woven_objects import built


@pytest.fixture
def mesh(addon):
    return bpy.data.meshes.new("Cloth")


def test_filling_again_leaves_nothing_of_before(mesh):
    from blender_addon.fabric.objects.surface import fill_surface

    fill_surface(mesh, woven("plain", 2, 2))
    fill_surface(mesh, woven("plain", 4, 3))
    assert (len(mesh.vertices), len(mesh.edges), len(mesh.polygons)) == (12, 17, 6)
    assert not mesh.validate()
    assert all(each.normal.z == 1.0 and each.use_smooth for each in mesh.polygons)
    assert [each.value for each in mesh.attributes["pick"].data] == np.repeat(range(4), 3).tolist()


def test_corners(addon):
    from blender_addon.fabric.objects.surface import corners

    assert corners(3, 5, "HANGING") == [0, 4]
    assert corners(3, 5, "FLAT") == [10, 14]
    assert corners(3, 1, "HANGING") == [0]


def test_corners_and_middle_are_carried_over(addon):
    from blender_addon.fabric.objects.surface import carried_over

    indices = np.array([0, 4, 7, 10, 14])
    assert carried_over(indices, (3, 5), (5, 9)) == [0, 8, 22, 36, 44]
    assert carried_over(indices, (3, 5), (3, 5)) == indices.tolist()
    assert carried_over(np.array([0]), (1, 1), (5, 9)) == [0]


def test_coordinates_and_what_is_off_rest(addon):
    from blender_addon.fabric.design.fabric_description import rest_scene
    from blender_addon.fabric.objects.surface import coordinates, off_rest

    obj = built(ends=6, picks=5)
    fabric = rest_scene(obj.fabric).build()
    points = coordinates(obj.data)
    np.testing.assert_allclose(points, fabric.position.reshape(-1, 3), atol=1e-9)
    assert not off_rest(points, fabric)
    assert off_rest(points[1:], fabric)
    assert off_rest(points[::-1], fabric)
    points[7] += 1e-4
    assert off_rest(points, fabric)


def test_crossings_of_reordered_and_deleted_vertices(addon):
    from blender_addon.fabric.objects.surface import crossings

    obj = built(ends=6, picks=5)
    assert crossings(obj.data, 6).tolist() == [*range(30)]
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.sort_elements(type="REVERSE", elements={"VERT"})
    bpy.ops.object.mode_set(mode="OBJECT")
    assert crossings(obj.data, 6).tolist() == [*reversed(range(30))]
    obj.data.attributes.remove(obj.data.attributes["end"])
    assert crossings(obj.data, 6).tolist() == [*range(30)]
