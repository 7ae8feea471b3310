"""Rotations as vectors, and paths of bodies that turn and turn."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from blender_addon.fabric.objects.turning import path_rows, rotation_vectors


def test_rotation_vectors():
    vectors = np.random.default_rng(1).normal(size=(50, 3))
    vectors *= (np.linspace(0.0, np.pi - 1e-6, 50) / np.linalg.norm(vectors, axis=1))[:, None]
    np.testing.assert_allclose(rotation_vectors(Rotation.from_rotvec(vectors).as_matrix()), vectors, atol=1e-9)


def test_half_a_turn():
    turn = np.diag([-1.0, 1.0, -1.0])[None]
    assert np.abs(rotation_vectors(turn)) == pytest.approx(np.array([[0, np.pi, 0]]))


def pose(rows, time):
    rows = np.array(rows)
    return Rotation.from_rotvec([np.interp(time, rows[:, 0], rows[:, k]) for k in (4, 5, 6)])


def test_a_body_that_turns_twice_about_one_axis_and_then_about_another():
    """Between frames it goes the short way."""
    turns = [Rotation.from_rotvec([0, 0, 0.3 * k]) for k in range(42)]
    turns += [Rotation.from_rotvec([0.2 * k, 0, 0]) * turns[-1] for k in range(1, 20)]
    times = np.arange(len(turns)) / 24
    rows = path_rows(times, np.array([each.as_matrix() for each in turns]), np.zeros((len(turns), 3)))
    assert all(after[0] > before[0] for before, after in pairwise(rows))
    for k, (a, b) in enumerate(pairwise(turns)):
        assert (pose(rows, times[k]) * a.inv()).magnitude() < 1e-9
        step = (b * a.inv()).magnitude()
        middle = pose(rows, 0.5 * (times[k] + times[k + 1]))
        assert (middle * a.inv()).magnitude() < 0.62 * step
