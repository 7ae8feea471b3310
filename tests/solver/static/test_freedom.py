"""How a cloth can move, in words."""

import numpy as np
import pytest
from textile_cloth import textile_model

from warp_fabric.solver.static.freedom import freedom, rigid_freedom

DOWN, NONE = np.array([0.0, 0.0, -9.8]), np.zeros(3)
GRID = textile_model(((4, 3),), "cpu")
POSITION = np.stack(np.meshgrid(np.arange(4.0), np.arange(3.0), [0.0], indexing="ij"), axis=-1).reshape(-1, 3)


@pytest.mark.parametrize(
    ("pinned", "gravity", "how"),
    [
        ([[1, 0, 0]], NONE, "free to turn about its pin"),
        ([[1, 0, 0]], DOWN, "swing about the vertical line through its pin"),
        ([[0, 0, 0], [3, 0, 0]], NONE, "swing about the line through its pins"),
        ([[0, 0, 0], [1, 0, 0], [3, 0, 0]], NONE, "swing about the line through its pins"),
        ([[0, 0, 0], [0, 0, 3]], DOWN, "swing about the line through its pins"),
        ([[0, 0, 0], [3, 0, 0]], DOWN, None),
        ([[0, 0, 0], [3, 0, 0], [0, 1, 0]], NONE, None),
        ([[0, 0, 0], [3, 0, 0], [1, 1e-3, 0]], NONE, None),
    ],
)
def test_rigid_motions(pinned, gravity, how):
    for scale in (1.0, 1e-3):
        found = rigid_freedom(scale * np.array(pinned, float), gravity)
        if how is None:
            assert found is None
        else:
            assert found is not None
            assert how in found.what
            assert found.where == "pins"
            assert ("add gravity" in found.fix) == (gravity is NONE and len(pinned) > 1)


def test_a_straight_yarn_does_not_swing():
    pinned = np.array([[0.0, 0, 0], [3.0, 0, 0]])
    yarn = np.linspace([0.0, 0.0, 0.0], [3.0, 0.0, 0.0], 7)
    assert rigid_freedom(pinned, NONE, yarn) is None
    yarn[3, 1] = 0.1
    assert rigid_freedom(pinned, NONE, yarn) is not None


def test_modes():
    pinned = np.array([[0.0, 0, 0], [3.0, 0, 0]])
    mode = np.zeros((len(POSITION), 5))
    mode[:, 2] = POSITION[:, 1]
    assert "swing about the line through its pins" in freedom(mode, POSITION, pinned, NONE, GRID).what
    mode[5, 2] += 1.0
    found = freedom(mode, POSITION, pinned, NONE, GRID)
    assert "free to move, most of all at crossing [1, 2]" in found.what
    assert found.fix
    slide = np.zeros_like(mode)
    slide[4, 4] = 1.0
    found = freedom(slide, POSITION, pinned, DOWN, GRID)
    assert "free to slide, most of all the end at crossing [1, 1]" in found.what
    assert "friction" in found.fix
