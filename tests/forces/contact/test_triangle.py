"""Triangles: the nearest point, the terms they own, and what those add up to over meshes."""

import numpy as np
import pytest
import warp as wp
from differences import Pointwise, assert_gradients, slopes

from warp_fabric.forces.contact.law import contact_energy
from warp_fabric.forces.contact.triangle import (
    triangle_arm,
    triangle_derivative,
    triangle_energy,
    triangle_feature,
    triangle_force,
    triangle_weights,
)
from warp_fabric.types import f64, mat33, vec3

K = 100.0
TOUCH = (2.0e-4, 1.7e-3)
"""m, of cotton and of the paper's yarn."""
FEATURES = np.arange(7)


@wp.kernel
def _weights(
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    weights: wp.array(dtype=vec3),
    arm: wp.array(dtype=vec3),
):
    i = wp.tid()
    feature = triangle_feature(r[i], x[i], a[i], b[i], c[i])
    weights[i] = triangle_weights(x[i], a[i], b[i], c[i], feature)
    arm[i] = triangle_arm(x[i], a[i], b[i], c[i], feature)


@wp.kernel(enable_backward=False)
def _feature(
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    feature: wp.array(dtype=f64),
):
    i = wp.tid()
    feature[i] = f64(triangle_feature(r[i], x[i], a[i], b[i], c[i]))


@wp.kernel
def _force(
    k: wp.array(dtype=f64),
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    owns: wp.array(dtype=wp.int32),
    force: wp.array(dtype=vec3),
):
    i = wp.tid()
    force[i] = triangle_force(k[i], r[i], x[i], a[i], b[i], c[i], owns[i])


@wp.kernel(enable_backward=False)
def _others(
    k: wp.array(dtype=f64),
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    owns: wp.array(dtype=wp.int32),
    energy: wp.array(dtype=f64),
    exact: wp.array(dtype=mat33),
    straight: wp.array(dtype=mat33),
):
    i = wp.tid()
    energy[i] = triangle_energy(k[i], r[i], x[i], a[i], b[i], c[i], owns[i])
    exact[i] = triangle_derivative(k[i], r[i], x[i], a[i], b[i], c[i], owns[i], True)
    straight[i] = triangle_derivative(k[i], r[i], x[i], a[i], b[i], c[i], owns[i], False)


@wp.kernel(enable_backward=False)
def _law(k: wp.array(dtype=f64), r: wp.array(dtype=f64), d: wp.array(dtype=f64), energy: wp.array(dtype=f64)):
    i = wp.tid()
    energy[i] = contact_energy(k[i], r[i], d[i])


def phi(d, r, device) -> np.ndarray:
    d = np.atleast_1d(d)
    return Pointwise(_law, [()], device)(np.full(len(d), K), np.full(len(d), r), d)[0]


def sample(r: float, count: int = 20):
    """Triangles a few touch distances wide, each with a bead near each of its parts: r, x, a, b, c, and which part."""
    random = np.random.default_rng(3)
    a, b, c = (r * random.uniform(-4.0, 4.0, (count, 3)) for _ in range(3))
    n = np.cross(b - a, c - a)
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    corners = [a, b, c]

    def out(k):
        """Away from the triangle in its plane, across the edge from corner k on."""
        edge = corners[(k + 1) % 3] - corners[k]
        return np.cross(edge, n) / np.linalg.norm(edge, axis=1, keepdims=True)

    share = random.uniform(0.2, 0.8, (count, 1))
    places = [(a + b + c) / 3.0]
    places += [(1.0 - share) * corners[k] + share * corners[(k + 1) % 3] + 0.4 * r * out(k) for k in range(3)]
    places += [corners[k] + 0.2 * r * (out(k) + out((k + 2) % 3)) for k in range(3)]
    up = r * random.uniform(0.3, 0.7, (count, 1)) * random.choice([-1.0, 1.0], (count, 1))
    x = np.concatenate([place + up * n for place in places])
    return [np.full(len(x), r), x, *(np.tile(corner, (7, 1)) for corner in corners)], np.repeat(FEATURES, count)


def arguments(r: float, owns=None):
    """Of the kernels of terms: at `sample`, with all terms and with others at random."""
    points, _ = sample(r)
    count = len(points[0])
    owns = np.resize([0, 63, 1, 2, 4, 8, 16, 32, 21, 42], count) if owns is None else np.full(count, owns)
    return [np.full(count, K), *points, owns.astype(np.int32)]


@pytest.mark.parametrize("r", TOUCH)
def test_the_nearest_point(device, r):
    points, feature = sample(r)
    np.testing.assert_array_equal(Pointwise(_feature, [()], device)(*points)[0], feature)
    weights, arm = Pointwise(_weights, [(3,), (3,)], device)(*points)
    assert (weights >= 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_array_equal((weights > 0.0).sum(axis=1), np.repeat([3, 2, 2, 2, 1, 1, 1], len(feature) // 7))
    _, x, *corners = points
    nearest = sum(weights[:, k, None] * corner for k, corner in enumerate(corners))
    np.testing.assert_allclose(x - nearest, arm, atol=1e-13 * r)
    for corner in corners:  # no point of the triangle is on the bead's side of the plane through the nearest
        assert (((corner - nearest) * arm).sum(axis=1) <= 1e-12 * r**2).all()


def test_gradients_of_the_nearest_point(device):
    points, _ = sample(TOUCH[0])
    assert_gradients(Pointwise(_weights, [(3,), (3,)], device), points, [1e-5 * TOUCH[0]] * 5)


@pytest.mark.parametrize("r", TOUCH)
def test_force_and_its_derivative(device, r):
    values = arguments(r)
    force = Pointwise(_force, [(3,)], device)
    energy, exact, _ = Pointwise(_others, [(), (3, 3), (3, 3)], device)(*values)
    (found,) = force(*values)
    (by_energy, _, _), (by_force,) = (
        slopes(function, values, 2, 1e-5 * r) for function in (Pointwise(_others, [(), (3, 3), (3, 3)], device), force)
    )
    assert energy.any()
    np.testing.assert_allclose(-by_energy, found, atol=1e-7 * np.abs(found).max())
    np.testing.assert_allclose(by_force, exact, atol=1e-6 * np.abs(exact).max())


def test_without_curvature_a_triangle_alone_is_convex(device):
    values = arguments(TOUCH[0], owns=0)
    _, exact, straight = Pointwise(_others, [(), (3, 3), (3, 3)], device)(*values)
    size = np.abs(straight).max()
    assert np.linalg.eigvalsh(straight).max() < 1e-12 * size
    assert np.linalg.eigvalsh(exact).max() > 1e-2 * size


@pytest.mark.parametrize("r", TOUCH)
def test_adjoint(device, r):
    step = 1e-5 * r
    assert_gradients(Pointwise(_force, [(3,)], device), arguments(r), [1e-3 * K, *[step] * 5], 1e-5)


def test_in_reach_of_none_of_it(device):
    r = TOUCH[0]
    k, touch, x, a, b, c, owns = arguments(r, owns=63)
    far = [k, touch, x + np.array([0.0, 0.0, 20.0 * r]), a, b, c, owns]
    assert not np.any(Pointwise(_force, [(3,)], device)(*far)[0])
    for each in Pointwise(_others, [(), (3, 3), (3, 3)], device)(*far):
        assert not each.any()


@pytest.mark.parametrize("owns", [0, 63])
def test_centres_on_a_triangle(device, owns):
    """On its face, its edges and its vertices: finite, pushed to the outer side."""
    a, b, c = np.array([[0.0, 0.0, 0.0], [1e-3, 0.0, 0.0], [0.0, 1e-3, 0.0]])
    x = np.array([(a + b + c) / 3, (a + b) / 2, (b + c) / 2, (c + a) / 2, a, b, c])
    count, r = len(x), TOUCH[0]
    values = [np.full(count, K), np.full(count, r), x, *(np.tile(p, (count, 1)) for p in (a, b, c))]
    values.append(np.full(count, owns, np.int32))
    (force,) = Pointwise(_force, [(3,)], device)(*values)
    others = Pointwise(_others, [(), (3, 3), (3, 3)], device)(*values)
    gradients = Pointwise(_force, [(3,)], device).gradients(values, [np.ones((count, 3))])
    for each in (force, *others, *gradients):
        assert np.isfinite(each).all()
    if not owns:
        np.testing.assert_allclose(force[:, :2], 0.0)
        assert (force[:, 2] > 0.0).all()
