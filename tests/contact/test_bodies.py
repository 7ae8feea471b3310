"""Obstacles as the check of passages sees them."""

import numpy as np
import pytest
from touched_bodies import BOX_FACES, Body, is_inside, segment_distance, surface_distance

from warp_fabric.scene.obstacle import Obstacle

QUARTER = 0.5 * np.pi


def test_depth_in_a_turning_plane():
    """It turns about x by a quarter, so that what was above is behind."""
    path = [[0.0, 0, 0, 0, 0, 0, 0], [1.0, 0, 0, 0, QUARTER, 0, 0]]
    body = Body(Obstacle("plane", point=[0, 0, 0], normal=[0, 0, 2], path=path))
    p, q = np.array([[0.0, 1.0, 0.5]]), np.array([[0.0, 2.0, 0.25]])
    assert body.depth(p, q, 0.0)[0] == pytest.approx(-0.25)
    assert body.depth(p, q, 1.0)[0] == pytest.approx(2.0)


def test_depth_in_a_moving_sphere_and_capsule():
    path = [[0.0, 0, 0, 0, 0, 0, 0], [2.0, 0, 0, 1, 0, 0, 0]]
    sphere = Body(Obstacle("sphere", center=[0, 0, 0], radius=0.5, path=path))
    p, q = np.array([[-1.0, 0.0, 0.8]]), np.array([[1.0, 0.0, 0.8]])
    assert sphere.depth(p, q, 0.0)[0] == pytest.approx(-0.3)
    assert sphere.depth(p, q, 1.0)[0] == pytest.approx(0.2)
    capsule = Body(Obstacle("capsule", start=[0, -1, 0], end=[0, 1, 0], radius=0.5, path=path))
    assert capsule.depth(p, q, 5.0)[0] == pytest.approx(0.3)


def test_distances_of_segments():
    random = np.random.default_rng(1)
    p, q = random.standard_normal((2, 50, 3))
    a, b = random.standard_normal((2, 3))
    share = np.linspace(0.0, 1.0, 201)
    on_first = p[:, None] + share[:, None] * (q - p)[:, None]
    on_second = a + share[:, None] * (b - a)
    brute = np.linalg.norm(on_first[:, :, None] - on_second, axis=-1).min(axis=(1, 2))
    found = segment_distance(p, q, a, b)
    assert (found <= brute + 1e-12).all()
    assert found == pytest.approx(brute, abs=1e-2)


def test_inside_a_box():
    body = Body(Obstacle("box", center=[1, 0, 0], size=[2, 1, 1], path=[[0.0, 0, 0, 3]]))
    points = np.array([[0.01, 0.49, 3.49], [1.99, -0.49, 2.51], [-0.01, 0, 3], [1, 0, 3.51], [1, 0, 0]])
    assert is_inside(points, body.vertices(0.0), body.faces).tolist() == [True, True, False, False, False]


def test_distances_from_a_surface():
    """Of a unit cube: across faces, edges and corners, from inside and outside."""
    corner = np.array([[x, y, z] for z in (0.0, 1.0) for y in (0.0, 1.0) for x in (0.0, 1.0)])
    points = np.array([[0.5, 0.4, 0.2], [0.3, 0.6, 1.5], [-3.0, 0.5, -4.0], [2.0, 3.0, 3.0], [0.5, 0.5, 0.5]])
    found = surface_distance(points, *corner[BOX_FACES].swapaxes(0, 1))
    assert found == pytest.approx([0.2, 0.5, 5.0, 3.0, 0.5], abs=1e-12)


def test_speed_bounds_the_way_of_points():
    path = [[0.0, 0, 0, 0, 0, 0, 0], [0.5, 1, 0, 0, 0, 0, 1], [1.0, 0, 0, 0, 0, 0, 0]]
    body = Body(Obstacle("sphere", center=[2, 0, 0], radius=0.5, path=path))
    assert body.speed(0.0, 1.0, 3.0) == pytest.approx(8.0)
    assert body.speed(2.0, 3.0, 3.0) == 0.0
