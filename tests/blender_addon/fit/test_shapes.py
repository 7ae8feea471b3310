"""Points, curves and faces of objects of all kinds that have a shape."""

import bpy
import numpy as np
import pytest

from blender_addon.fit.shapes import points_of, shape_of, together
from warp_fabric import TargetError


def shown(data, name="seen"):
    obj = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(obj)
    obj.location.x = 2.0
    return obj.evaluated_get(bpy.context.evaluated_depsgraph_get())


def mesh(points, edges=(), faces=()):
    data = bpy.data.meshes.new("seen")
    data.from_pydata(points, edges, faces)
    return data


def drawn(bevel=0.0):
    data = bpy.data.curves.new("seen", "CURVE")
    data.dimensions, data.bevel_depth = "3D", bevel
    for count in (3, 2):
        line = data.splines.new("POLY")
        line.points.add(count - 1)
        for k, point in enumerate(line.points):
            point.co = (k, count, 0.0, 1.0)
    return data


def test_a_mesh(addon):
    found = shape_of(shown(mesh([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], (), [(0, 1, 2, 3)])))
    np.testing.assert_array_equal(found.points, [(2, 0, 0), (3, 0, 0), (3, 1, 0), (2, 1, 0)])
    assert found.faces.shape == (2, 3)
    assert not found.lines


def test_a_mesh_of_edges_is_curves(addon):
    found = shape_of(shown(mesh([(k, 0, 0) for k in range(5)], [(0, 1), (2, 1), (3, 4)])))
    assert [each.tolist() for each in found.lines] == [[0, 1, 2], [3, 4]]
    assert not len(found.faces)
    assert not shape_of(shown(mesh([(0, 0, 0)]))).lines


def test_hair_curves(addon):
    data = bpy.data.hair_curves.new("seen")
    data.add_curves([2, 3])
    data.attributes["position"].data.foreach_set("vector", np.arange(15, dtype=np.float32))
    found = shape_of(shown(data))
    np.testing.assert_array_equal(found.points, np.arange(15).reshape(5, 3) + np.array([2.0, 0.0, 0.0]))
    assert [each.tolist() for each in found.lines] == [[0, 1], [2, 3, 4]]
    assert found.yarns == []
    data.attributes.new("yarnId", "INT", "CURVE").data.foreach_set("value", [4, 7])
    assert shape_of(shown(data)).yarns == [4, 7]


def test_curves_of_the_old_kind(addon):
    found = shape_of(shown(drawn()))
    assert [each.tolist() for each in found.lines] == [[0, 1, 2], [3, 4]]
    np.testing.assert_array_equal(found.points[3:], [(2, 2, 0), (3, 2, 0)])
    thick = shape_of(shown(drawn(bevel=0.1)))
    assert len(thick.faces)
    assert not thick.lines


def test_several_as_one(addon):
    first = shape_of(shown(drawn()))
    whole = together([first, first])
    assert [each.tolist() for each in whole.lines] == [[0, 1, 2], [3, 4], [5, 6, 7], [8, 9]]
    assert len(whole.points) == 10
    square = shape_of(shown(mesh([(0, 0, 0), (1, 0, 0), (1, 1, 0)], (), [(0, 1, 2)])))
    assert together([square, square]).faces.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_points(addon):
    np.testing.assert_array_equal(points_of(shown(None)), [(2, 0, 0)])
    assert len(points_of(shown(drawn()))) == 5
    for data in (mesh([]), bpy.data.hair_curves.new("none"), bpy.data.curves.new("none", "CURVE")):
        with pytest.raises(TargetError, match="no points") as caught:
            points_of(shown(data, "Nothing"))
        assert caught.value.where.startswith("Nothing")
