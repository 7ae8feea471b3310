import numpy as np
import pytest

from warp_fabric.viewer.pieces import ball_shape, piece_shape, pieces
from warp_fabric.viewer.subject import Strands


def strands(points, radius=0.1) -> Strands:
    points = np.asarray(points, float)[None]
    return Strands(points, np.array([radius]), np.random.default_rng(0).random((1, points.shape[1] - 1, 3)))


def turned(wxyz, vector):
    w, xyz = wxyz[:, :1].astype(float), wxyz[:, 1:].astype(float)
    return vector + 2 * np.cross(xyz, np.cross(xyz, vector) + w * vector)


def test_pieces_lie_along_the_yarn():
    line = np.array([[0, 0, 0], [1, 0, 0], [1, 2, 0], [1, 2, -3], [1, 2, -1], [0, 0, 0]])
    made = pieces(strands(line), np.zeros(3), 1.0)
    ends = made.position + made.scale[:, 2:] * turned(made.wxyz, np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(ends, line[1:], atol=1e-6)
    np.testing.assert_allclose(made.scale[:, :2], 0.1, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(made.wxyz, axis=1), 1.0, rtol=1e-6)


def test_they_are_moved_and_scaled():
    line = [[5.0, 0, 1], [5.001, 0, 1]]
    made = pieces(strands(line, 1e-4), np.array([5.0, 0, 1]), 1000.0)
    np.testing.assert_allclose(made.position, [[0.5, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(made.scale, [[0.1, 0.1, 0.5]], rtol=1e-6)


def test_a_yarn_without_length_is_still_finite():
    made = pieces(strands([[0, 0, 0], [0, 0, 0]]), np.zeros(3), 1.0)
    assert np.isfinite(made.wxyz).all()


def test_colours_are_the_yarn_s_or_one_for_all():
    some = strands([[0, 0, 0], [1, 0, 0], [2, 0, 0]])
    np.testing.assert_allclose(pieces(some, np.zeros(3), 1.0).color, some.color[0], rtol=1e-6)
    np.testing.assert_allclose(pieces(some, np.zeros(3), 1.0, (0.1, 0.2, 0.3)).color, [[0.1, 0.2, 0.3]] * 2, rtol=1e-6)


@pytest.mark.parametrize(
    "shape", [piece_shape(8, 2.0), piece_shape(6, 0.1, False), ball_shape()], ids=["round", "flat", "ball"]
)
def test_shapes_are_seen_from_outside(shape):
    vertices, faces = shape
    a, b, c = (vertices[faces[:, k]].astype(float) for k in range(3))
    outwards = np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c)
    assert (outwards > 0).all()
    assert vertices.dtype == np.float32
    assert faces.dtype == np.uint32


def test_a_piece_has_radius_1_and_round_ends():
    vertices, _ = piece_shape(8, 0.5)
    assert np.hypot(vertices[:, 0], vertices[:, 1]).max() == pytest.approx(1.0)
    assert vertices[:, 2].max() == pytest.approx(1.5)
    np.testing.assert_allclose(np.linalg.norm(ball_shape()[0], axis=1), 1.0, rtol=1e-6)
