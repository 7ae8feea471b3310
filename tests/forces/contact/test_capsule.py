"""The distance to a capsule: beside its axis, beyond both ends, inside, and on the axis itself."""

import numpy as np
import warp as wp
from differences import Pointwise, assert_gradients, slopes

from warp_fabric.forces.contact.capsule import capsule_curvature, capsule_distance, capsule_normal, capsule_share
from warp_fabric.types import f64, mat33, vec3

RADIUS = 1.5e-3
COUNT = 30


@wp.kernel
def _capsule(
    x: wp.array(dtype=vec3),
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    radius: wp.array(dtype=f64),
    distance: wp.array(dtype=f64),
    normal: wp.array(dtype=vec3),
):
    i = wp.tid()
    distance[i] = capsule_distance(x[i], start[i], end[i], radius[i])
    normal[i] = capsule_normal(x[i], start[i], end[i], radius[i])


@wp.kernel(enable_backward=False)
def _curvature(
    x: wp.array(dtype=vec3),
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    radius: wp.array(dtype=f64),
    share: wp.array(dtype=f64),
    curvature: wp.array(dtype=mat33),
):
    i = wp.tid()
    share[i] = capsule_share(x[i], start[i], end[i])
    curvature[i] = capsule_curvature(x[i], start[i], end[i], radius[i])


def sample():
    """A third each before the start, beside the axis and beyond the end, half of them inside."""
    random = np.random.default_rng(1)
    start = 1e-2 * random.normal(size=(COUNT, 3))
    end = start + 1e-2 * random.normal(size=(COUNT, 3))
    axis = end - start
    across = np.cross(axis, random.normal(size=(COUNT, 3)))
    across *= RADIUS / np.linalg.norm(across, axis=1, keepdims=True)
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    along = np.resize([-0.3, -0.6, 0.2, 0.8, 0.3, 0.6], (COUNT, 1))
    along = np.where(along < 0.0, along * RADIUS, along * length)
    beyond = np.resize([False, False, False, False, True, True], (COUNT, 1))
    along = np.where(beyond, length + along / length * RADIUS, along)
    size = np.resize([0.5, 1.3, 0.4, 1.2, 0.6, 1.1, 0.9], (COUNT, 1))
    return [start + along * axis / length + size * across, start, end, np.full(COUNT, RADIUS)]


def nearest(x, start, end):
    """m, to the nearest of many points on each axis."""
    share = np.linspace(0.0, 1.0, 20001)[:, None]
    return np.array([np.linalg.norm(p - a - share * (b - a), axis=1).min() for p, a, b in zip(x, start, end)])


def test_distance(device):
    x, start, end, radius = sample()
    distance, normal = Pointwise(_capsule, [(), (3,)], device)(x, start, end, radius)
    np.testing.assert_allclose(distance, nearest(x, start, end) - RADIUS, atol=1e-8)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1.0, rtol=1e-14)
    share, _ = Pointwise(_curvature, [(), (3, 3)], device)(x, start, end, radius)
    assert (share == 0.0).sum() == (share == 1.0).sum() == COUNT // 3
    assert 0 < (distance < 0.0).sum() < COUNT


def test_derivatives(device):
    capsule = Pointwise(_capsule, [(), (3,)], device)
    _, normal = capsule(*sample())
    _, curvature = Pointwise(_curvature, [(), (3, 3)], device)(*sample())
    by_distance, by_normal = slopes(capsule, sample(), 0, 1e-7)
    np.testing.assert_allclose(by_distance, normal, atol=1e-6)
    np.testing.assert_allclose(by_normal, curvature, atol=1e-6 * np.abs(curvature).max())
    assert_gradients(capsule, sample(), [1e-7, 1e-7, 1e-7, 1e-7])


def test_on_its_axis_nothing_is_infinite(device):
    start, end = np.array([[0.0, 0.0, 0.0]] * 3), np.array([[1e-2, 0.0, 0.0]] * 3)
    x = np.array([[0.0, 0.0, 0.0], [5e-3, 0.0, 0.0], [1e-2, 0.0, 0.0]])
    inputs = [x, start, end, np.full(3, RADIUS)]
    capsule = Pointwise(_capsule, [(), (3,)], device)
    distance, normal = capsule(*inputs)
    np.testing.assert_allclose(distance, -RADIUS)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1.0)
    np.testing.assert_allclose(normal[:, 0], 0.0)
    assert np.isfinite(Pointwise(_curvature, [(), (3, 3)], device)(*inputs)[1]).all()
    for gradient in capsule.gradients(inputs, [np.ones(3), np.ones((3, 3))]):
        assert np.isfinite(gradient).all()
