"""Loops of flat shapes."""

import bmesh
import bpy
import numpy as np
import pytest

from warp_fabric import SceneError

SHIFTED = np.array([[2.0, 0, 0, 1], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1.0]])


def evaluated(data, world=None):
    obj = bpy.data.objects.new("Shape", data)
    bpy.context.collection.objects.link(obj)
    if world is not None:
        obj.matrix_world = world.T.tolist()
    bpy.context.view_layer.update()
    return obj.evaluated_get(bpy.context.evaluated_depsgraph_get())


def grid(n=4):
    made, mesh = bmesh.new(), bpy.data.meshes.new("Grid")
    bmesh.ops.create_grid(made, x_segments=n, y_segments=n, size=1.0)
    made.to_mesh(mesh)
    made.free()
    return mesh


def area(loop):
    return 0.5 * np.sum(loop[:, 0] * np.roll(loop[:, 1], -1) - loop[:, 1] * np.roll(loop[:, 0], -1))


def test_a_mesh_is_cut_along_its_boundary(addon):
    from blender_addon.fabric.scene.cutter import loops_of

    (loop,) = loops_of(evaluated(grid(), SHIFTED))
    assert len(loop) == 16
    np.testing.assert_allclose([loop.min(axis=0), loop.max(axis=0)], [(-1, -2, 0), (3, 2, 0)], atol=1e-6)
    assert abs(area(loop)) == pytest.approx(16.0)


def test_loops_that_touch_in_a_point(addon):
    from blender_addon.fabric.scene.cutter import loops_of

    mesh = bpy.data.meshes.new("Bow tie")
    mesh.from_pydata([(0, 0, 0), (1, 1, 0), (1, -1, 0), (-1, 1, 0), (-1, -1, 0)], [], [(0, 2, 1), (0, 3, 4)])
    assert sum(abs(area(loop)) for loop in loops_of(evaluated(mesh))) == pytest.approx(2.0)


def test_edges_without_faces_and_bezier_curves(addon):
    from blender_addon.fabric.scene.cutter import loops_of

    mesh = bpy.data.meshes.new("Wire")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1), (2, 1), (2, 0)], [])
    (loop,) = loops_of(evaluated(mesh))
    assert abs(area(loop)) == pytest.approx(0.5)
    bpy.ops.curve.primitive_bezier_circle_add(radius=1.0)
    bpy.context.object.data.resolution_u = 32
    bpy.context.view_layer.update()
    (loop,) = loops_of(bpy.context.object.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    assert abs(area(loop)) == pytest.approx(np.pi, rel=2e-3)
    bpy.context.object.data.dimensions = "2D"  # filled
    bpy.context.view_layer.update()
    (loop,) = loops_of(bpy.context.object.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    assert abs(area(loop)) == pytest.approx(np.pi, rel=2e-3)


def test_what_is_in_the_plane(addon):
    from blender_addon.fabric.scene.cutter import flat_loops

    loop = np.array([(0.0, 0, 5), (1, 0, 5), (0, 1, 5.001)])
    np.testing.assert_allclose(flat_loops([loop], np.eye(4), "it")[0], loop[:, :2])
    upright = np.array([(0.0, 0, 0), (1, 0, 0), (0, 0, 1)])
    with pytest.raises(SceneError, match="along the cloth"):
        flat_loops([upright], np.eye(4), "it")
    bent = np.array([(0.0, 0, 0), (1, 0, 0), (1, 1, 0.2), (0, 1, 0)])
    with pytest.raises(SceneError, match="not flat"):
        flat_loops([bent], np.eye(4), "it")
