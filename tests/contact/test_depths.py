"""How deep moving segments get into obstacles, against closed forms."""

import numpy as np
import pytest
from depths import deepest, deepest_in_mesh
from touched_bodies import Body

from warp_fabric.scene.obstacle import Obstacle

TIMES = np.array([0.0, 0.5])


def test_in_a_sphere():
    """One passes 0.1 below the top, one 0.2 above it."""
    body = Body(Obstacle("sphere", center=[0, 0, 0], radius=1.0))
    start = np.array([[[-2.0, -1.0, 0.9], [-2.0, 1.0, 0.9]], [[-2.0, -1.0, 1.2], [-2.0, 1.0, 1.2]]])
    found = deepest(np.stack([start, start + np.array([4.0, 0.0, 0.0])]), body, TIMES)
    assert found[0] == pytest.approx(0.1, abs=1e-3)
    assert found[1] <= 0.0


def test_in_a_plane_that_rises():
    body = Body(Obstacle("plane", point=[0, 0, 0], normal=[0, 0, 1], path=[[0.0, 0, 0, 0], [1.0, 0, 0, 1]]))
    still = np.array([[[0.0, 0.0, 0.3], [1.0, 0.0, 0.4]]])
    assert deepest(np.stack([still, still]), body, TIMES) == pytest.approx([0.2])


def test_in_a_box():
    """Straight down through the middle of a cube, and past its edge."""
    body = Body(Obstacle("box", center=[0, 0, 0], size=[2, 2, 2]))
    vertex = body.vertices(0.0)
    segment = np.array([[-0.2, 0.0, 1.5], [0.2, 0.0, 1.5]])
    through = np.stack([segment, segment - [0.0, 0.0, 3.0]])
    assert deepest_in_mesh(through, vertex, vertex, body.faces) == pytest.approx(1.0, abs=0.02)
    assert deepest_in_mesh(through + np.array([1.25, 0.0, 0.0]), vertex, vertex, body.faces) == 0.0
    assert deepest_in_mesh(through + np.array([1.1, 0.0, 0.0]), vertex, vertex, body.faces) == pytest.approx(
        0.1, abs=0.02
    )
