"""The cloth's surface as a mesh."""

import bpy
import numpy as np
import pytest


@pytest.fixture
def mesh(addon):
    return bpy.data.meshes.new("Cloth")


def test_filling_again_leaves_nothing_of_before(mesh):
    from blender_addon.cloth.surface import fill_surface

    grid = np.zeros((4, 3, 3))
    grid[..., 0], grid[..., 1] = np.indices((4, 3))[::-1]
    fill_surface(mesh, np.zeros((2, 2, 3)))
    fill_surface(mesh, grid)
    assert (len(mesh.vertices), len(mesh.edges), len(mesh.polygons)) == (12, 17, 6)
    assert not mesh.validate()
    assert all(each.normal.z == 1.0 and each.use_smooth for each in mesh.polygons)
    assert [each.value for each in mesh.attributes["pick"].data] == np.repeat(range(4), 3).tolist()


def test_corners(addon):
    from blender_addon.cloth.surface import corners

    assert corners(3, 5, "HANGING") == [0, 4]
    assert corners(3, 5, "FLAT") == [10, 14]
    assert corners(3, 1, "HANGING") == [0]


def test_corners_and_middle_are_carried_over(addon):
    from blender_addon.cloth.surface import carried_over

    indices = np.array([0, 4, 7, 10, 14])
    assert carried_over(indices, (3, 5), (5, 9)) == [0, 8, 22, 36, 44]
    assert carried_over(indices, (3, 5), (3, 5)) == indices.tolist()
    assert carried_over(np.array([0]), (1, 1), (5, 9)) == [0]
