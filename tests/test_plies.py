"""Plies: round strands in their yarn's outline, helices around straight yarns, and no jumps from frame to frame."""

import numpy as np
import pytest

from warp_fabric.plies import minimal_rotation, ply_lines, ply_radius, samples_needed, typical_twist


def straight(samples=41, length=1.0):
    lines = np.zeros((1, samples, 3))
    lines[0, :, 0] = np.linspace(0.0, length, samples)
    return lines


def around(samples=2001, turns=1.0):
    """A circle of radius 1 in the xy plane, its tangents, and z as what its frame starts from."""
    angle = np.linspace(0.0, 2 * np.pi * turns, samples)
    points = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)[None]
    return points, np.stack([-np.sin(angle), np.cos(angle), 0 * angle], axis=-1)[None]


@pytest.mark.parametrize("plies", [2, 3, 4, 7])
def test_plies_touch_each_other_and_the_outline(plies):
    radius = ply_radius(1.0, plies)
    lines = straight()
    made = ply_lines(lines, np.array([[0.0, 0, 1]]), lines[..., 0], np.ones(1), np.array([2.0]), plies)
    offset = made - lines[:, None]
    np.testing.assert_allclose(np.linalg.norm(offset, axis=-1) + radius, 1.0)
    apart = np.linalg.norm(made[:, 0] - made[:, 1], axis=-1)
    np.testing.assert_allclose(apart, 2 * radius)


def test_two_plies_are_half_as_thick():
    assert ply_radius(1.0, 2) == pytest.approx(0.5)
    assert ply_radius(1.0, 1) == 1.0


def test_a_positive_twist_is_a_right_handed_helix():
    lines = straight(81)
    made = ply_lines(lines, np.array([[0.0, 0, 1]]), lines[..., 0], np.ones(1), np.array([3.0]), 2)[0, 0]
    angle = np.unwrap(np.arctan2(made[:, 2], made[:, 1]))  # around x, from y to z
    np.testing.assert_allclose(np.diff(angle), 2 * np.pi * 3.0 / 80, rtol=1e-9)
    np.testing.assert_allclose(made[0], [0, 0, 0.5], atol=1e-12)


def test_frames_do_not_turn_around_a_plane_curve():
    points, tangent = around()
    normal = minimal_rotation(points, tangent, np.array([[0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(normal, np.broadcast_to([0, 0, 1], normal.shape), atol=1e-9)
    inward = minimal_rotation(points, tangent, np.array([[-1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(inward, -points, atol=1e-6)


def test_frames_turn_with_a_space_curve_by_its_total_torsion():
    """Minimal rotation turns against the Frenet frame by the integral of the torsion."""
    angle = np.linspace(0.0, 4 * np.pi, 4001)
    pitch = 0.5
    points = np.stack([np.cos(angle), np.sin(angle), pitch * angle], axis=-1)[None]
    size = np.hypot(1.0, pitch)
    tangent = np.stack([-np.sin(angle), np.cos(angle), pitch + 0 * angle], axis=-1)[None] / size
    frenet = -np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
    normal = minimal_rotation(points, tangent, frenet[None, 0])[0]
    beside = np.cross(tangent[0], frenet)
    turned = np.unwrap(np.arctan2(np.sum(normal * beside, -1), np.sum(normal * frenet, -1)))
    torsion = pitch / (1 + pitch**2)
    np.testing.assert_allclose(turned, -torsion * size * angle, atol=1e-4)


def test_frames_stay_unit_and_across_where_lines_stand_still():
    rng = np.random.default_rng(0)
    lines = np.cumsum(rng.normal(size=(3, 30, 3)), axis=1)
    lines[:, 10:13] = lines[:, 10:11]
    tangent = np.gradient(lines, axis=1)
    tangent[:, 11] = tangent[:, 10]
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True)
    normal = minimal_rotation(lines, tangent, tangent[:, 0])  # a start along the line has to be replaced
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(np.sum(normal * tangent, axis=-1), 0.0, atol=1e-9)


def test_a_small_motion_moves_plies_a_little():
    rng = np.random.default_rng(1)
    lines = straight(60).repeat(2, axis=0) + 0.002 * rng.normal(size=(2, 60, 3))
    shift = 1e-7 * rng.normal(size=lines.shape)
    start, twist = np.array([[0.0, 0.1, 1.0]] * 2), np.array([4.0, -3.0])
    one, other = (ply_lines(at, start, lines[..., 0], np.full(2, 0.01), twist, 3) for at in (lines, lines + shift))
    assert np.abs(one - other).max() < 1e-5


def test_typical_twist_turns_fine_yarns_more():
    assert typical_twist(100e-6) == pytest.approx(-350.0)
    assert typical_twist(25e-6) == pytest.approx(-700.0)


def test_samples_follow_the_twist():
    assert [samples_needed(twist, 1e-3) for twist in (0.0, 100.0, -1000.0)] == [1, 1, 8]
