"""Rigid motions are found from what they do to points."""

import numpy as np
import pytest

from blender_addon.fabric.objects.rigid_motion import STILL, RigidMotion, rigid_motion_between

TURN = np.array([[0.0, -0.6, -0.8], [1.0, 0.0, 0.0], [0.0, -0.8, 0.6]])


@pytest.mark.parametrize("flat", [True, False])
def test_a_motion_is_found(flat):
    points = np.random.default_rng(3).random((9, 3)) * (1.0, 1.0, float(not flat))
    found = rigid_motion_between(points @ TURN.T + (1.0, 2.0, 3.0), points)
    np.testing.assert_allclose(found.turn, TURN, atol=1e-12)
    np.testing.assert_allclose(found.shift, (1.0, 2.0, 3.0), atol=1e-12)
    np.testing.assert_allclose(found.back(points @ TURN.T + (1.0, 2.0, 3.0)), points, atol=1e-12)


def test_there_are_no_mirrors():
    points = np.random.default_rng(3).random((9, 3))
    assert np.linalg.det(rigid_motion_between(points * (-1.0, 1.0, 1.0), points).turn) == pytest.approx(1.0)


def test_as_a_matrix():
    place = RigidMotion(TURN, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(place.back((place.matrix() @ [4.0, 5.0, 6.0, 1.0])[:3]), [4.0, 5.0, 6.0])
    np.testing.assert_array_equal(STILL.matrix(), np.eye(4))
