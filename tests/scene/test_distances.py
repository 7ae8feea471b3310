"""Distances of points from obstacles: inside, outside, turned and moved."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import warp_fabric as wf
from warp_fabric.obstacle_mesh import mesh_tables
from warp_fabric.scene.distances import obstacle_distance

SHAPES = {
    "plane": ({"point": [0.0, 0.0, 0.1], "normal": [0.0, 0.0, 3.0]}, lambda x: x[:, 2] - 0.1),
    "sphere": ({"center": [0.1, 0.0, 0.0], "radius": 0.6}, lambda x: np.linalg.norm(x - [0.1, 0, 0], axis=1) - 0.6),
    "box": ({"center": [0.0, 0.0, 0.1], "size": [1.0, 1.5, 0.8]}, lambda x: box(x, [0, 0, 0.1], [1.0, 1.5, 0.8])),
    "capsule": (
        {"start": [0.0, 0.0, -0.5], "end": [0.0, 0.0, 0.3], "radius": 0.4},
        lambda x: np.hypot(np.hypot(x[:, 0], x[:, 1]), x[:, 2] - np.clip(x[:, 2], -0.5, 0.3)) - 0.4,
    ),
}
POINTS = np.random.default_rng(2).uniform(-1, 1, (500, 3))


def box(x, center, size):
    """By its faces inside, and by its nearest point outside."""
    nearest = np.clip(x, np.subtract(center, np.multiply(0.5, size)), np.add(center, np.multiply(0.5, size)))
    outside = np.linalg.norm(x - nearest, axis=1)
    return np.where(outside > 0.0, outside, (np.abs(np.subtract(x, center)) - np.multiply(0.5, size)).max(axis=1))


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_in_their_pose_at_time_0(shape):
    keys, expected = SHAPES[shape]
    w, p = np.array([0.3, -1.2, 0.8]), np.array([0.2, -0.1, 0.4])
    obstacle = wf.Obstacle(shape, **keys, path=[[-1.0, *(2 * p), *w], [1.0, 0, 0, 0, *w]])
    found = obstacle_distance(obstacle, None, Rotation.from_rotvec(w).apply(POINTS) + p, 9.0)
    np.testing.assert_allclose(found, expected(POINTS), rtol=0, atol=1e-12)


def prism(outline):
    """A closed mesh over an outline [n, 2], counter-clockwise, all seen from its first point."""
    n = len(outline)
    vertices = np.array([[*point, z] for z in (-0.5, 0.5) for point in outline], float)
    caps = [f for k in range(1, n - 1) for f in ((0, k + 1, k), (n, n + k, n + k + 1))]
    sides = [f for k in range(n) for f in ((k, (k + 1) % n, n + k), ((k + 1) % n, n + (k + 1) % n, n + k))]
    return mesh_tables(np.zeros(1), vertices[None], np.array(caps + sides), "prism")


MESH = wf.Obstacle("mesh", file="none.obj")
STEP = [(0, 0), (-0.6, 0), (-0.6, -0.6), (0.6, -0.6), (0.6, 0.6), (0, 0.6)]
"""An L: two boxes, with a concave edge between them."""


def test_a_closed_mesh_with_a_concave_edge():
    found = obstacle_distance(MESH, prism(STEP), POINTS, 9.0)
    boxes = [box(POINTS, [0, -0.3, 0], [1.2, 0.6, 1]), box(POINTS, [0.3, 0, 0], [0.6, 1.2, 1])]
    expected = np.min(boxes, axis=0)
    assert (expected < 0).sum() > 40
    np.testing.assert_array_equal(found < 0, expected < 0)
    np.testing.assert_allclose(found[expected > 0], expected[expected > 0], rtol=0, atol=1e-12)


def test_a_sharp_blade_has_its_inside_within():
    """The nearest face alone would take points beyond the sharp edge for inside."""
    blade = prism([(0.9, 0), (-0.5, 0.05), (-0.5, -0.05)])
    found = obstacle_distance(MESH, blade, POINTS, 9.0)
    half_width = 0.05 * (0.9 - POINTS[:, 0]) / 1.4
    inside = (POINTS[:, 0] > -0.5) & (np.abs(POINTS[:, 1]) < half_width) & (np.abs(POINTS[:, 2]) < 0.5)
    assert inside.any()
    np.testing.assert_array_equal(found < 0, inside)


def test_an_open_mesh_has_no_inside():
    square = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]], float)
    mesh = mesh_tables(np.zeros(1), square[None], np.array([[0, 1, 2], [0, 2, 3]]), "square")
    nearest = np.clip(POINTS, -0.5, 0.5) * [1, 1, 0]
    found = obstacle_distance(MESH, mesh, POINTS, 9.0)
    np.testing.assert_allclose(found, np.linalg.norm(POINTS - nearest, axis=1), rtol=0, atol=1e-12)
    some = obstacle_distance(MESH, mesh, POINTS, 0.2)
    assert np.isinf(some).any()
    np.testing.assert_array_equal(some[found < 0.2], found[found < 0.2])


def test_a_mesh_that_changes_is_taken_at_time_0():
    still = prism(STEP)
    shapes = np.stack([still.vertices[0] + [0, 0, 3.0], still.vertices[0] - [0, 0, 1.0]])
    moving = mesh_tables(np.array([-3.0, 1.0]), shapes, still.faces, "moving")
    np.testing.assert_allclose(
        obstacle_distance(MESH, moving, POINTS, 9.0), obstacle_distance(MESH, still, POINTS, 9.0), rtol=0, atol=1e-12
    )
