"""Derivatives of the cosine between two vectors."""

import numpy as np
import pytest
import warp as wp

from warp_fabric.forces.angle import cosine_hessian_mixed, cosine_hessian_same
from warp_fabric.types import f64, mat33, vec3


@wp.kernel
def _hessians(d1: vec3, d2: vec3, out: wp.array(dtype=mat33)):
    l1, l2 = wp.length(d1), wp.length(d2)
    t1, t2 = d1 / l1, d2 / l2
    c = wp.dot(t1, t2)
    out[0] = cosine_hessian_same(t1, t2 - c * t1, c, l1)
    out[1] = cosine_hessian_mixed(t1, t2, t1 - c * t2, l1, l2)
    out[2] = cosine_hessian_same(t2, t1 - c * t2, c, l2)


def cosine_gradient(d: np.ndarray) -> np.ndarray:
    """dc / d(d1, d2), [6]."""
    (d1, d2), (l1, l2) = d.reshape(2, 3), np.linalg.norm(d.reshape(2, 3), axis=1)
    c = d1 @ d2 / (l1 * l2)
    return np.concatenate([(d2 / l2 - c * d1 / l1) / l1, (d1 / l1 - c * d2 / l2) / l2])


@pytest.mark.parametrize("seed", range(4))
def test_hessians_are_the_slopes_of_the_gradient(device, seed):
    d, step = np.random.default_rng(seed).standard_normal(6), 1e-5
    expected = np.stack(
        [(cosine_gradient(d + step * e) - cosine_gradient(d - step * e)) / (2 * step) for e in np.eye(6)], axis=1
    )
    out = wp.zeros(3, dtype=mat33, device=device)
    wp.launch(_hessians, 1, [vec3(*d[:3]), vec3(*d[3:])], [out], device=device)
    same1, mixed, same2 = out.numpy()
    actual = np.block([[same1, mixed], [mixed.T, same2]])
    np.testing.assert_allclose(actual, expected, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize("turn", [1.0, -1.0])
def test_parallel_vectors_have_a_finite_hessian(device, turn):
    out = wp.zeros(3, dtype=mat33, device=device)
    wp.launch(_hessians, 1, [vec3(2.0, 0.0, 0.0), vec3(turn, 0.0, 0.0)], [out], device=device)
    across = np.diag([0.0, 1.0, 1.0])
    np.testing.assert_allclose(out.numpy(), [-turn * across / 4, across / 2, -turn * across], atol=1e-15)


def test_f64_throughout():
    assert mat33._wp_scalar_type_ is f64
