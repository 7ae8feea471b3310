"""Closest points on triangle meshes."""

import numpy as np
import pytest
from scipy.optimize import nnls

from warp_fabric.fitting.targets.closest import closest_points

TRIANGLE = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
FACE = np.array([[0, 1, 2]])


def wavy(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [count^2, 3] and triangles of a bent sheet."""
    u = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, count)] * 2), axis=-1).reshape(-1, 2)
    vertices = np.c_[u, 0.2 * np.sin(5.0 * u[:, 0]) * np.cos(4.0 * u[:, 1])]
    i = np.arange(count * count).reshape(count, count)
    a, b, c, d = (part.ravel() for part in (i[:-1, :-1], i[:-1, 1:], i[1:, :-1], i[1:, 1:]))
    return vertices, np.concatenate([np.stack([a, b, d], -1), np.stack([a, d, c], -1)])


def distance_by_least_squares(point: np.ndarray, corners: np.ndarray) -> float:
    """To one triangle: over weights of at least 0 whose sum, through a heavy last row, is 1."""
    heavy = 1.0e5
    share, _ = nnls(np.vstack([corners.T, np.full(3, heavy)]), np.append(point, heavy))
    return float(np.linalg.norm(share @ corners / share.sum() - point))


@pytest.mark.parametrize(
    ("point", "share", "rank"),
    [
        ([0.25, 0.25, 0.5], [0.5, 0.25, 0.25], 1),
        ([0.25, 0.25, 0.0], [0.5, 0.25, 0.25], 1),
        ([0.5, -2.0, 1.0], [0.5, 0.5, 0.0], 2),
        ([1.0, 1.0, -1.0], [0.0, 0.5, 0.5], 2),
        ([-3.0, 0.3, 0.0], [0.7, 0.0, 0.3], 2),
        ([-1.0, -1.0, 0.2], [1.0, 0.0, 0.0], 3),
        ([5.0, -1.0, 0.0], [0.0, 1.0, 0.0], 3),
    ],
)
def test_faces_edges_and_corners(point, share, rank):
    found = closest_points(np.array([point]), TRIANGLE, FACE)
    assert found.share[0] == pytest.approx(share, abs=1e-15)
    assert found.point[0] == pytest.approx(share @ TRIANGLE, abs=1e-15)
    assert found.projector[0] @ found.projector[0] == pytest.approx(found.projector[0], abs=1e-14)
    assert np.trace(found.projector[0]) == pytest.approx(rank)


def test_no_point_of_the_mesh_is_closer():
    vertices, faces = wavy(6)
    points = np.random.default_rng(0).uniform(-0.5, 1.5, size=(60, 3))
    found = closest_points(points, vertices, faces)
    distance = np.linalg.norm(points - found.point, axis=1)
    for point, mine in zip(points, distance):
        least = min(distance_by_least_squares(point, vertices[face]) for face in faces)
        assert mine == pytest.approx(least, rel=1e-6)
    assert found.share.min() >= 0.0
    assert found.share.sum(axis=1) == pytest.approx(np.ones(60))
    on_face = np.einsum("nk,nkd->nd", found.share, vertices[faces[found.face]])
    assert found.point == pytest.approx(on_face, abs=1e-15)


def test_the_projector_is_the_derivative():
    vertices, faces = wavy(6)
    points = np.random.default_rng(1).uniform(-0.5, 1.5, size=(200, 3))
    found = closest_points(points, vertices, faces)
    assert {round(float(each)) for each in np.trace(found.projector, axis1=1, axis2=2)} == {1, 2, 3}
    step = 1e-6
    for axis in range(3):
        shift = step * np.eye(3)[axis]
        ahead, behind = (closest_points(points + sign * shift, vertices, faces).point for sign in (1.0, -1.0))
        derivative = np.eye(3)[axis] - (ahead - behind) / (2.0 * step)
        assert derivative == pytest.approx(found.projector[:, :, axis], abs=1e-6)


def test_far_from_the_origin_and_tiny():
    """The triangle is found in single precision, whose size is then that of the cloth."""
    vertices, faces = wavy(8)
    points = np.random.default_rng(2).uniform(0.0, 1.0, size=(200, 3))
    near = closest_points(points, vertices, faces)
    shift, size = np.array([1e3, -2e3, 5e2]), 1e-3
    far = closest_points(size * points + shift, size * vertices + shift, faces)
    distance = [np.linalg.norm(a, axis=1) for a in (points - near.point, (size * points + shift - far.point) / size)]
    assert distance[0] == pytest.approx(distance[1], abs=1e-8)


def test_triangles_without_area():
    line = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    found = closest_points(np.array([[2.0, 1.0, 0.0]]), line, FACE)
    assert found.point[0] == pytest.approx([2.0, 0.0, 0.0])
    assert np.trace(found.projector[0]) == pytest.approx(2.0)
    dot = np.ones((3, 3))
    found = closest_points(np.array([[2.0, 1.0, 0.0]]), dot, FACE)
    assert found.point[0] == pytest.approx([1.0, 1.0, 1.0])
    assert found.projector[0] == pytest.approx(np.eye(3))
