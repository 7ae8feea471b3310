"""The distance to a sphere, from outside, from inside and at its centre."""

import numpy as np
import warp as wp
from differences import Pointwise, assert_gradients, slopes

from warp_fabric.forces.contact.sphere import sphere_curvature, sphere_distance, sphere_normal
from warp_fabric.types import f64, mat33, vec3

RADIUS = 5.0e-3


@wp.kernel
def _sphere(
    x: wp.array(dtype=vec3),
    center: wp.array(dtype=vec3),
    radius: wp.array(dtype=f64),
    distance: wp.array(dtype=f64),
    normal: wp.array(dtype=vec3),
):
    i = wp.tid()
    distance[i] = sphere_distance(x[i], center[i], radius[i])
    normal[i] = sphere_normal(x[i], center[i], radius[i])


@wp.kernel(enable_backward=False)
def _curvature(
    x: wp.array(dtype=vec3), center: wp.array(dtype=vec3), radius: wp.array(dtype=f64), curvature: wp.array(dtype=mat33)
):
    i = wp.tid()
    curvature[i] = sphere_curvature(x[i], center[i], radius[i])


def sample(count=20):
    """From half a radius to two away from the centre."""
    random = np.random.default_rng(1)
    center, arm = random.normal(size=(2, count, 3))
    arm *= RADIUS * np.linspace(0.5, 2.0, count)[:, None] / np.linalg.norm(arm, axis=1, keepdims=True)
    return [1e-2 * center + arm, 1e-2 * center, np.full(count, RADIUS)]


def test_distance(device):
    distance, normal = Pointwise(_sphere, [(), (3,)], device)(*sample())
    np.testing.assert_allclose(distance, RADIUS * (np.linspace(0.5, 2.0, 20) - 1.0), rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1.0, rtol=1e-14)


def test_derivatives(device):
    sphere = Pointwise(_sphere, [(), (3,)], device)
    _, normal = sphere(*sample())
    (curvature,) = Pointwise(_curvature, [(3, 3)], device)(*sample())
    by_distance, by_normal = slopes(sphere, sample(), 0, 1e-6)
    np.testing.assert_allclose(by_distance, normal, atol=1e-7)
    np.testing.assert_allclose(by_normal, curvature, atol=1e-6 * np.abs(curvature).max())
    assert_gradients(sphere, sample(), [1e-6, 1e-6, 1e-6])


def test_at_its_centre_up_is_out(device):
    center = np.array([[1e-2, 2e-2, 3e-2]])
    inputs = [center, center, np.array([RADIUS])]
    sphere = Pointwise(_sphere, [(), (3,)], device)
    distance, normal = sphere(*inputs)
    assert distance[0] == -RADIUS
    np.testing.assert_array_equal(normal, [[0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(Pointwise(_curvature, [(3, 3)], device)(*inputs)[0], np.zeros((1, 3, 3)))
    for gradient in sphere.gradients(inputs, [np.ones(1), np.ones((1, 3))]):
        assert np.isfinite(gradient).all()
