"""How deep points are inside obstacles that have moved, against rays and sampled surfaces."""

from pathlib import Path

import numpy as np
import pytest

import warp_fabric as wf
from warp_fabric.obstacle_shapes import obstacle_shapes
from warp_fabric.scene.distances import obstacle_distance
from warp_fabric.scene.meshes import obstacle_meshes

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
SCENE = wf.load_scene(GOLDEN / "contact_elements.toml")
SHAPES, MESHES = obstacle_shapes(SCENE), obstacle_meshes(SCENE)
TIME = 0.0013


def depth_inside(k, points):
    """0 outside."""
    return np.maximum(-obstacle_distance(SCENE.obstacles[k], MESHES[k], points, 0.0, TIME), 0.0)


def sampled(shape, time, rng, count=200_000):
    """Points spread evenly over the surface, [n, 3]."""
    a, b, c = (shape.at(time)[shape.faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    face = rng.choice(len(a), count, p=area / area.sum())
    share = np.sort(rng.uniform(size=(2, count, 1)), axis=0)
    return share[0] * a[face] + (share[1] - share[0]) * b[face] + (1.0 - share[1]) * c[face]


def crossings_above(shape, time, points):
    """How many triangles lie straight above each point."""
    a, b, c = (shape.at(time)[shape.faces[:, k]] for k in range(3))
    found = np.zeros(len(points), int)
    for k, point in enumerate(points):
        sides = [np.cross((r - q)[:, :2], (point - q)[:, :2]) for q, r in ((a, b), (b, c), (c, a))]
        within = (np.array(sides) > 0).all(axis=0) | (np.array(sides) < 0).all(axis=0)
        normal = np.cross(b - a, c - a)
        with np.errstate(divide="ignore", invalid="ignore"):
            height = np.einsum("fi,fi->f", normal, a - point) / normal[:, 2]
        found[k] = np.count_nonzero(within & (height > 0))
    return found


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors")
@pytest.mark.parametrize("k", [1, 2, 3, 4], ids=["sphere", "capsule", "box", "mesh"])
def test_solids(k):
    shape, rng = SHAPES[k], np.random.default_rng(k)
    low, high = shape.at(TIME).min(axis=0), shape.at(TIME).max(axis=0)
    points = low + (high - low) * rng.uniform(-0.1, 1.1, (300, 3))
    depth = depth_inside(k, points)
    inside = crossings_above(shape, TIME, points) % 2 == 1
    # triangles of a round solid lie a little inside of it
    size = float(np.linalg.norm(high - low))
    assert 0.1 * len(points) < inside.sum() < 0.9 * len(points)
    assert (inside == (depth > 0.0))[(depth == 0.0) | (depth > 2e-3 * size)].all()
    surface = sampled(shape, TIME, rng)
    for point, deep in zip(points[inside][:40], depth[inside]):
        nearest = np.linalg.norm(surface - point, axis=1).min()
        assert deep == pytest.approx(nearest, rel=0.05, abs=3e-3 * size)


def test_below_a_plane_it_is_deep():
    plane, quad = SCENE.obstacles[0], SHAPES[0]
    turn, shift = quad.pose(TIME)
    normal = turn @ np.array(plane.normal) / np.linalg.norm(np.array(plane.normal))
    at = turn @ np.array(plane.point) + shift
    points = at + np.array([[-2e-3], [3e-3], [-5.0]]) * normal
    np.testing.assert_allclose(depth_inside(0, points), [2e-3, 0.0, 5.0], rtol=1e-9)


def test_an_open_mesh_has_no_inside():
    points = SHAPES[5].at(TIME).mean(axis=0) + np.linspace(-1e-3, 1e-3, 9)[:, None] * [0.0, 0.0, 1.0]
    assert not depth_inside(5, points).any()


def test_meshes_are_looked_at_in_parts(monkeypatch):
    shape = SHAPES[4]
    points = np.random.default_rng(5).uniform(shape.at(TIME).min(axis=0), shape.at(TIME).max(axis=0), (50, 3))
    whole = depth_inside(4, points)
    monkeypatch.setattr("warp_fabric.scene.distances.BATCH", 7)
    np.testing.assert_array_equal(depth_inside(4, points), whole)
