"""Sliding friction: the soft clamp, sticking, slipping, and the anchor that remembers."""

import numpy as np
import pytest
import scipy.integrate
import warp as wp
from sample_cloth import Point, at_rest, sample_scene

from warp_fabric.forces.friction import Friction, move_anchor, soft_clamp, soft_clamp_1, soft_clamp_integral
from warp_fabric.model import Model
from warp_fabric.types import f64, vec2

FRICTION = Friction()
COEFFICIENT, STIFFNESS, DAMPING, COMPRESSION = 0.25, 300.0, 5.0, 2e-3
LIMIT = COEFFICIENT * COMPRESSION + 1e-12
CENTRE = 4  # of a 3x3 cloth: its only inner crossing


@wp.kernel
def _evaluate(z: wp.array(dtype=f64), out: wp.array2d(dtype=f64)):
    i = wp.tid()
    out[i, 0] = soft_clamp(z[i])
    out[i, 1] = soft_clamp_1(z[i])
    out[i, 2] = soft_clamp_integral(z[i])


def clamp(z: np.ndarray, device: str) -> np.ndarray:
    """C, C' and Psi at each z: [3, len(z)]."""
    out = wp.zeros((len(z), 3), dtype=f64, device=device)
    wp.launch(_evaluate, len(z), [wp.array(z, dtype=f64, device=device)], [out], device=device)
    return out.numpy().T


@pytest.fixture(scope="module")
def model(device) -> Model:
    changes = {
        "fabric.ends": 3,
        "fabric.picks": 3,
        "pins": [],
        "contact.friction": COEFFICIENT,
        "contact.friction_stiffness": STIFFNESS,
        "contact.sliding_damping": DAMPING,
    }
    return Model(sample_scene("plain").replace(changes), device)


def crossing(model: Model, slip: tuple[float, float], speed=(0.0, 0.0), compression=COMPRESSION) -> Point:
    """The inner crossing moved from its anchor by `slip` times F / kf, pick's and end's."""
    limit = COEFFICIENT * compression + 1e-12
    sliding, speeds = model.rest_sliding.copy(), np.zeros((9, 2))
    sliding[CENTRE] += np.array(slip) * limit / STIFFNESS
    speeds[CENTRE] = speed
    point = at_rest(model, sliding=sliding, sliding_velocity=speeds, anchor=model.rest_sliding)
    point.held.compression.assign(np.where(np.arange(9) == CENTRE, compression, 0.0))
    return point


def anchors_after(point: Point) -> np.ndarray:
    """Anchors [9, 2] after a step that ends at `point`."""
    out = wp.zeros(9, dtype=vec2, device=point.model.device)
    move_anchor(point.model, point.state.sliding, point.held.compression, point.held.anchor, out)
    return out.numpy()


def test_soft_clamp_is_the_identity_then_one(device):
    z = np.array([0.0, 1e-9, 0.5, 0.9, 1.1, 1.5, 1e6])
    for sign in (1.0, -1.0):
        value, slope, _ = clamp(sign * z, device)
        np.testing.assert_array_equal(value, sign * np.minimum(z, [0, 1e-9, 0.5, 0.9, 1, 1, 1]))
        np.testing.assert_array_equal(slope, [1, 1, 1, 1, 0, 0, 0])


def test_soft_clamp_is_odd_and_monotone(device):
    z = np.linspace(0.0, 2.0, 2001)
    forth, back = clamp(z, device), clamp(-z, device)
    np.testing.assert_array_equal(back, forth * [[-1.0], [1.0], [1.0]])
    assert (np.diff(forth[0]) >= 0.0).all()


@pytest.mark.parametrize("knee", [-1.1, -0.9, 0.9, 1.1])
def test_soft_clamp_has_no_kink(device, knee):
    before, after = clamp(knee + np.array([-1e-12, 1e-12]), device).T
    np.testing.assert_allclose(before, after, atol=2e-11)


def test_soft_clamp_between(device):
    z = np.linspace(0.9, 1.1, 41)
    value, slope, _ = clamp(z, device)
    np.testing.assert_allclose(value, z - (z - 0.9) ** 2 / 0.4, rtol=1e-15)
    np.testing.assert_allclose(slope, (1.1 - z) / 0.2, atol=1e-14)


def test_the_integral_of_the_soft_clamp(device):
    z = np.linspace(0.0, 2.0, 2001)  # knees at grid points, so Simpson's rule is exact
    value, _, integral = clamp(z, device)
    expected = scipy.integrate.cumulative_simpson(value, x=z, initial=0.0)[::2]
    np.testing.assert_allclose(integral[::2], expected, atol=1e-13)


@pytest.mark.parametrize("slip", [-0.89, -0.2, 0.0, 1e-6, 0.5, 0.89])
def test_below_the_limit_it_is_a_spring_that_does_not_creep(model, slip):
    point = crossing(model, (slip, 0.0))
    way = point.state.sliding.numpy()[CENTRE, 0] - model.rest_sliding[CENTRE, 0]
    assert point.force(FRICTION)[CENTRE, 3] == pytest.approx(-STIFFNESS * way, rel=1e-12, abs=1e-25)
    assert point.energy(FRICTION) == pytest.approx(0.5 * STIFFNESS * way**2, rel=1e-12, abs=1e-40)
    np.testing.assert_allclose(anchors_after(point), model.rest_sliding, rtol=0.0, atol=1e-18)


@pytest.mark.parametrize("slip", [-50.0, -1.11, 1.11, 3.0, 1e4])
def test_beyond_the_limit_it_is_coulombs(model, slip):
    """mu times the compression, against the slip; the anchor follows at the distance that just slips."""
    point = crossing(model, (0.0, slip))
    assert point.force(FRICTION)[CENTRE, 4] == pytest.approx(-np.sign(slip) * LIMIT, rel=1e-12)
    assert point.jacobian(FRICTION)[5 * CENTRE + 4, 5 * CENTRE + 4] == 0.0
    left = point.state.sliding.numpy()[CENTRE, 1] - anchors_after(point)[CENTRE, 1]
    assert left == pytest.approx(np.sign(slip) * LIMIT / STIFFNESS, rel=1e-9)


def test_the_yarns_of_a_crossing_slip_apart(model):
    """The pick slips, the end sticks: neither knows of the other."""
    force = crossing(model, (2.0, 0.5)).force(FRICTION)[CENTRE]
    np.testing.assert_allclose(force, [0.0, 0.0, 0.0, -LIMIT, -0.5 * LIMIT], rtol=1e-9)


def test_damping_is_proportional_to_the_sliding_velocity(model):
    force = crossing(model, (0.0, 0.0), speed=(0.2, -0.1)).force(FRICTION)[CENTRE]
    np.testing.assert_allclose(force[3:], [-DAMPING * 0.2, DAMPING * 0.1], rtol=1e-12)


def test_yarn_slides_freely_where_nothing_presses(model):
    point = crossing(model, (1e9, 1e9), compression=0.0)
    assert np.abs(point.force(FRICTION)).max() == pytest.approx(1e-12, rel=1e-9)
    assert np.isfinite(point.jacobian(FRICTION)).all()


def test_more_compression_holds_more(model):
    light, heavy = (crossing(model, (5.0, 5.0), compression=c).force(FRICTION)[CENTRE, 3] for c in (1e-3, 3e-3))
    assert heavy == pytest.approx(3.0 * light, rel=1e-8)


def test_border_anchors_stay(model):
    point = crossing(model, (0.0, 0.0))
    point.state.sliding.assign(point.state.sliding.numpy() + 1e-3)
    border = np.arange(9) != CENTRE
    after = anchors_after(point)
    np.testing.assert_array_equal(after[border], model.rest_sliding[border])
    assert (after[CENTRE] != model.rest_sliding[CENTRE]).all()
