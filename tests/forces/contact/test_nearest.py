"""The nearest point of triangles, and what it is on."""

import numpy as np
import pytest
import warp as wp
from differences import Pointwise, assert_gradients
from triangle_sample import sample

from warp_fabric.forces.contact.nearest import (
    triangle_arm,
    triangle_feature,
    triangle_weights,
)
from warp_fabric.types import f64, vec3

TOUCH = (2.0e-4, 1.7e-3)
"""m, of cotton and of the paper's yarn."""


@wp.kernel
def _weights(
    x: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    weights: wp.array(dtype=vec3),
    arm: wp.array(dtype=vec3),
):
    i = wp.tid()
    feature = triangle_feature(x[i], a[i], b[i], c[i])
    weights[i] = triangle_weights(x[i], a[i], b[i], c[i], feature)
    arm[i] = triangle_arm(x[i], a[i], b[i], c[i], feature)


@wp.kernel(enable_backward=False)
def _feature(
    x: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    feature: wp.array(dtype=f64),
):
    i = wp.tid()
    feature[i] = f64(triangle_feature(x[i], a[i], b[i], c[i]))


@pytest.mark.parametrize("r", TOUCH)
def test_the_nearest_point(device, r):
    points, feature = sample(r)
    np.testing.assert_array_equal(Pointwise(_feature, [()], device)(*points)[0], feature)
    weights, arm = Pointwise(_weights, [(3,), (3,)], device)(*points)
    assert (weights >= 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_array_equal((weights > 0.0).sum(axis=1), np.repeat([3, 2, 2, 2, 1, 1, 1], len(feature) // 7))
    x, *corners = points
    nearest = sum(weights[:, k, None] * corner for k, corner in enumerate(corners))
    np.testing.assert_allclose(x - nearest, arm, atol=1e-13 * r)
    for corner in corners:  # no point of the triangle is on the bead's side of the plane through the nearest
        assert (((corner - nearest) * arm).sum(axis=1) <= 1e-12 * r**2).all()


def test_gradients_of_the_nearest_point(device):
    points, _ = sample(TOUCH[0])
    assert_gradients(Pointwise(_weights, [(3,), (3,)], device), points, [1e-5 * TOUCH[0]] * 4)
