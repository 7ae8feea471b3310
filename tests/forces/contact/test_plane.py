"""The distance to a plane."""

import numpy as np
import warp as wp
from differences import Pointwise, assert_gradients, slopes

from warp_fabric.forces.contact.plane import plane_distance, plane_normal
from warp_fabric.types import f64, vec3


@wp.kernel
def _plane(
    x: wp.array(dtype=vec3),
    point: wp.array(dtype=vec3),
    normal: wp.array(dtype=vec3),
    distance: wp.array(dtype=f64),
    gradient: wp.array(dtype=vec3),
):
    i = wp.tid()
    distance[i] = plane_distance(x[i], point[i], normal[i])
    gradient[i] = plane_normal(x[i], point[i], normal[i])


def sample(count=20):
    x, point, normal = np.random.default_rng(1).normal(size=(3, count, 3))
    return [1e-3 * x, 1e-3 * point, normal / np.linalg.norm(normal, axis=1, keepdims=True)]


def test_distance(device):
    x, point, normal = sample()
    distance, gradient = Pointwise(_plane, [(), (3,)], device)(x, point, normal)
    np.testing.assert_allclose(distance, ((x - point) * normal).sum(axis=1), rtol=1e-12, atol=1e-18)
    np.testing.assert_array_equal(gradient, normal)
    outside, _ = Pointwise(_plane, [(), (3,)], device)(point + 1e-4 * normal, point, normal)
    np.testing.assert_allclose(outside, 1e-4, rtol=1e-10)


def test_derivatives(device):
    plane = Pointwise(_plane, [(), (3,)], device)
    by_distance, by_normal = slopes(plane, sample(), 0, 1e-6)
    np.testing.assert_allclose(by_distance, sample()[2], atol=1e-8)
    assert not by_normal.any()
    assert_gradients(plane, sample(), [1e-6, 1e-6, 1e-4])
