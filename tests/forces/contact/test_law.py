"""The law of touching yarns: its branches, its derivatives, its limits. Touch distances of cotton (0.2 mm) and wool."""

import math

import numpy as np
import pytest
import warp as wp
from differences import Pointwise, assert_gradients, slopes

from warp_fabric.forces.contact.law import CORE, LEAST, contact_energy, contact_push, contact_stiffness
from warp_fabric.types import f64

TOUCH = (2.0e-4, 1.7e-3)
K = 100.0


@wp.kernel
def _law(
    k: wp.array(dtype=f64),
    r: wp.array(dtype=f64),
    d: wp.array(dtype=f64),
    energy: wp.array(dtype=f64),
    push: wp.array(dtype=f64),
):
    i = wp.tid()
    energy[i] = contact_energy(k[i], r[i], d[i])
    push[i] = contact_push(k[i], r[i], d[i])


@wp.kernel(enable_backward=False)
def _stiffness(k: wp.array(dtype=f64), r: wp.array(dtype=f64), d: wp.array(dtype=f64), stiffness: wp.array(dtype=f64)):
    i = wp.tid()
    stiffness[i] = contact_stiffness(k[i], r[i], d[i])


def inputs(r: float, depth) -> list[np.ndarray]:
    """At distances where y is `depth`."""
    depth = np.atleast_1d(np.asarray(depth, float))
    d = r * (float(CORE) + (1.0 - float(CORE)) * depth)
    return [np.full_like(d, K), np.full_like(d, r), d]


INSIDE = np.concatenate([np.linspace(-0.9, 0.04, 12), np.linspace(0.06, 0.99, 24)])
"""Both branches, away from where they meet."""


def all_of(values, device):
    energy, push = Pointwise(_law, [(), ()], device)(*values)
    (stiffness,) = Pointwise(_stiffness, [()], device)(*values)
    return energy, push, stiffness


@pytest.mark.parametrize("r", TOUCH)
def test_closed_form(device, r):
    y = np.linspace(0.06, 0.99, 20)
    energy, push, stiffness = all_of(inputs(r, y), device)
    a = 0.5 * r
    np.testing.assert_allclose(energy, -K * a**2 * (1 - y) ** 2 * np.log(y), rtol=1e-12)
    np.testing.assert_allclose(push, K * a * ((1 - y) ** 2 / y - 2 * (1 - y) * np.log(y)), rtol=1e-12)
    np.testing.assert_allclose(stiffness, K * (((1 - y) / y) ** 2 + 4 * (1 - y) / y - 2 * np.log(y)), rtol=1e-12)


@pytest.mark.parametrize("r", TOUCH)
def test_below_least_it_is_the_taylor_polynomial(device, r):
    at_least = [float(part[0]) for part in all_of(inputs(r, float(LEAST)), device)]
    y = np.linspace(-3.0, 0.04, 20)
    energy, push, stiffness = all_of(inputs(r, y), device)
    closer = 0.5 * r * (float(LEAST) - y)
    np.testing.assert_allclose(stiffness, at_least[2], rtol=1e-12)
    np.testing.assert_allclose(push, at_least[1] + closer * at_least[2], rtol=1e-12)
    np.testing.assert_allclose(energy, at_least[0] + closer * at_least[1] + 0.5 * closer**2 * at_least[2], rtol=1e-12)


@pytest.mark.parametrize("r", TOUCH)
def test_push_and_stiffness_are_derivatives(device, r):
    values, step = inputs(r, INSIDE), 1e-5 * r
    energy_slope, push_slope = slopes(Pointwise(_law, [(), ()], device), values, 2, step)
    _, push, stiffness = all_of(values, device)
    np.testing.assert_allclose(energy_slope, -push, rtol=1e-5)
    np.testing.assert_allclose(push_slope, -stiffness, rtol=1e-5)


@pytest.mark.parametrize("r", TOUCH)
def test_adjoint(device, r):
    assert_gradients(Pointwise(_law, [(), ()], device), inputs(r, INSIDE), [1e-3 * K, 1e-5 * r, 1e-5 * r], 1e-5)


@pytest.mark.parametrize("r", TOUCH)
@pytest.mark.parametrize("y", [float(LEAST), 1.0])
def test_smooth_where_branches_meet(device, r, y):
    """Energy, push and stiffness: what is left of their jump is what they change by between two points so near."""
    for part, scale in zip(all_of(inputs(r, [y - 1e-9, y + 1e-9]), device), (K * r**2, K * r, K)):
        assert abs(part[0] - part[1]) < 1e-7 * (scale + part[0])


def test_apart_there_is_nothing(device):
    for r in TOUCH:
        apart = inputs(r, [1.0 + 1e-9, 1.5, 100.0])
        assert not np.any(all_of(apart, device))
        for gradient in Pointwise(_law, [(), ()], device).gradients(apart, [np.ones(3), np.ones(3)]):
            assert not gradient.any()


def test_convex_and_falling(device):
    y = np.linspace(-2.0, 0.999, 400)
    energy, push, stiffness = all_of(inputs(TOUCH[0], y), device)
    assert (np.diff(energy) < 0.0).all()
    assert (push > 0.0).all()
    assert (stiffness > 0.0).all()
    assert (np.diff(push) < 0.0).all()


def test_centres_in_one_place_push_with_a_finite_force(device):
    energy, push, stiffness = all_of([np.array([K]), np.array([TOUCH[0]]), np.zeros(1)], device)
    assert all(math.isfinite(each[0]) and each[0] > 0.0 for each in (energy, push, stiffness))
