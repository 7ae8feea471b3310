"""Triangles: the nearest point, the terms they own, and what those add up to over meshes."""

import numpy as np
import pytest
import warp as wp
from differences import Pointwise, assert_gradients, slopes
from triangle_sample import sample

from warp_fabric.forces.contact.law import contact_energy
from warp_fabric.forces.contact.triangle import (
    triangle_derivative,
    triangle_energy,
    triangle_force,
)
from warp_fabric.types import f64, mat33, vec3

K = 100.0
TOUCH = (2.0e-4, 1.7e-3)
"""m, of cotton and of the paper's yarn."""


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
    derivative: wp.array(dtype=mat33),
):
    i = wp.tid()
    energy[i] = triangle_energy(k[i], r[i], x[i], a[i], b[i], c[i], owns[i])
    derivative[i] = triangle_derivative(k[i], r[i], x[i], a[i], b[i], c[i], owns[i])


@wp.kernel(enable_backward=False)
def _law(k: wp.array(dtype=f64), r: wp.array(dtype=f64), d: wp.array(dtype=f64), energy: wp.array(dtype=f64)):
    i = wp.tid()
    energy[i] = contact_energy(k[i], r[i], d[i])


def phi(d, r, device) -> np.ndarray:
    d = np.atleast_1d(d)
    return Pointwise(_law, [()], device)(np.full(len(d), K), np.full(len(d), r), d)[0]


def arguments(r: float, owns=None):
    """Of the kernels of terms: at `sample`, with all terms and with others at random."""
    points, _ = sample(r)
    count = len(points[0])
    owns = np.resize([0, 63, 1, 2, 4, 8, 16, 32, 21, 42], count) if owns is None else np.full(count, owns)
    return [np.full(count, K), np.full(count, r), *points, owns.astype(np.int32)]


@pytest.mark.parametrize("r", TOUCH)
def test_force_and_its_derivative(device, r):
    values = arguments(r)
    force = Pointwise(_force, [(3,)], device)
    energy, derivative = Pointwise(_others, [(), (3, 3)], device)(*values)
    (found,) = force(*values)
    (by_energy, _), (by_force,) = (
        slopes(function, values, 2, 1e-5 * r) for function in (Pointwise(_others, [(), (3, 3)], device), force)
    )
    assert energy.any()
    np.testing.assert_allclose(-by_energy, found, atol=1e-7 * np.abs(found).max())
    np.testing.assert_allclose(by_force, derivative, atol=1e-6 * np.abs(derivative).max())


@pytest.mark.parametrize("r", TOUCH)
def test_adjoint(device, r):
    step = 1e-5 * r
    assert_gradients(Pointwise(_force, [(3,)], device), arguments(r), [1e-3 * K, *[step] * 5], 1e-5)


def test_in_reach_of_none_of_it(device):
    r = TOUCH[0]
    k, touch, x, a, b, c, owns = arguments(r, owns=63)
    far = [k, touch, x + np.array([0.0, 0.0, 20.0 * r]), a, b, c, owns]
    assert not np.any(Pointwise(_force, [(3,)], device)(*far)[0])
    for each in Pointwise(_others, [(), (3, 3)], device)(*far):
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
    others = Pointwise(_others, [(), (3, 3)], device)(*values)
    gradients = Pointwise(_force, [(3,)], device).gradients(values, [np.ones((count, 3))])
    for each in (force, *others, *gradients):
        assert np.isfinite(each).all()
    if not owns:
        np.testing.assert_allclose(force[:, :2], 0.0)
        assert (force[:, 2] > 0.0).all()
