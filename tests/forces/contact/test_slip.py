"""Friction of a contact: within its limit, against the slip, and its slopes."""

import numpy as np
import warp as wp
from differences import Pointwise, assert_gradients, slopes

from warp_fabric.forces.contact.slip import direction_of, size_of, slip_derivative, slip_force
from warp_fabric.types import f64, mat33, vec3

SLIP_SPEED = 0.01
SHARES = np.array([0.0, 1e-9, 0.3, 0.6, 0.89, 0.93, 1.0, 1.07, 1.2, 3.0, 100.0])
"""Of the slip speed."""


@wp.kernel
def _slip(
    limit: wp.array(dtype=f64),
    speed: wp.array(dtype=f64),
    normal: wp.array(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    force: wp.array(dtype=vec3),
):
    i = wp.tid()
    force[i] = slip_force(limit[i], speed[i], normal[i], velocity[i])


@wp.kernel(enable_backward=False)
def _slope(
    limit: wp.array(dtype=f64),
    speed: wp.array(dtype=f64),
    normal: wp.array(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    slope: wp.array(dtype=mat33),
):
    i = wp.tid()
    slope[i] = slip_derivative(limit[i], speed[i], normal[i], velocity[i])


@wp.kernel
def _parts(force: wp.array(dtype=vec3), size: wp.array(dtype=f64), direction: wp.array(dtype=vec3)):
    i = wp.tid()
    size[i] = size_of(force[i])
    direction[i] = direction_of(force[i])


def sample() -> list[np.ndarray]:
    """Limits, slip speeds, normals and velocities, some of them along the normal too."""
    rng, count = np.random.default_rng(1), len(SHARES)
    normal = rng.standard_normal((count, 3))
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    across = np.cross(normal, rng.standard_normal((count, 3)))
    across *= (SHARES * SLIP_SPEED / np.linalg.norm(across, axis=1))[:, None]
    along = rng.standard_normal(count)[:, None] * normal * SLIP_SPEED
    return [rng.uniform(0.1, 2.0, count), np.full(count, SLIP_SPEED), normal, across + along]


def test_what_it_is(device):
    limit, speed, normal, velocity = sample()
    (force,) = Pointwise(_slip, [(3,)], device)(limit, speed, normal, velocity)
    across = velocity - (velocity * normal).sum(axis=1)[:, None] * normal
    assert np.abs((force * normal).sum(axis=1)).max() < 1e-12
    sticks, slips = SHARES <= 0.9, SHARES >= 1.1
    np.testing.assert_allclose(force[sticks], -(limit / speed)[sticks, None] * across[sticks], atol=1e-15)
    size = np.linalg.norm(force, axis=1)
    np.testing.assert_allclose(size[slips], limit[slips], rtol=1e-12)
    between = ~(sticks | slips)
    assert between.sum() == 3
    assert (size[between] < np.minimum(SHARES, 1.0)[between] * limit[between]).all()
    assert (size[between] > 0.89 * limit[between]).all()
    assert ((force * across).sum(axis=1)[1:] < 0.0).all()


def test_slopes(device):
    inputs = sample()
    (slope,) = Pointwise(_slope, [(3, 3)], device)(*inputs)
    (expected,) = slopes(Pointwise(_slip, [(3,)], device), inputs, 3, 1e-7 * SLIP_SPEED)
    scale = (inputs[0] / SLIP_SPEED)[:, None, None]
    np.testing.assert_allclose(slope / scale, expected / scale, atol=1e-7)
    np.testing.assert_allclose(slope, slope.swapaxes(1, 2), rtol=0, atol=1e-12 * np.abs(slope).max())
    assert (np.linalg.eigvalsh(slope) < 1e-9 * scale[:, :, 0]).all()


def test_adjoint(device):
    assert_gradients(Pointwise(_slip, [(3,)], device), sample(), [1e-6, 1e-8, 1e-6, 1e-8])


def test_size_and_direction(device):
    force = np.random.default_rng(2).standard_normal((5, 3))
    made = Pointwise(_parts, [(), (3,)], device)
    size, direction = made(force)
    np.testing.assert_allclose(size[:, None] * direction, force)
    np.testing.assert_allclose(np.linalg.norm(direction, axis=1), 1.0)
    assert_gradients(made, [force], [1e-6])


def test_where_nothing_presses(device):
    """No size, no direction, and no gradient that is not a number."""
    made = Pointwise(_parts, [(), (3,)], device)
    for found in (*made(np.zeros((1, 3))), *made.gradients([np.zeros((1, 3))], [np.ones(1), np.ones((1, 3))])):
        assert not found.any()
