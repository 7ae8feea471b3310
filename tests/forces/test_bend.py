"""Bending: circular arcs, straight yarn, and the series that stands for theta^2 near zero."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, sample_scene

from warp_fabric.forces import Convexity
from warp_fabric.forces.bend import Bend, squared_arcsine, squared_arcsine_1, squared_arcsine_2
from warp_fabric.model import Model
from warp_fabric.types import f64

BEND = Bend()
COUNT, LENGTH = 9, 1e-3
STIFFNESS = 1.4e-4 * np.pi * 5e-4**2  # N m^2, of the yarn y0
SWITCH = 0.02


@wp.kernel
def _evaluate(m: wp.array(dtype=f64), out: wp.array2d(dtype=f64)):
    i = wp.tid()
    out[i, 0] = squared_arcsine(m[i])
    out[i, 1] = squared_arcsine_1(m[i])
    out[i, 2] = squared_arcsine_2(m[i])


def theta_functions(m: np.ndarray, device: str) -> np.ndarray:
    """y, y' and y'' at each m: [len(m), 3]."""
    out = wp.zeros((len(m), 3), dtype=f64, device=device)
    wp.launch(_evaluate, len(m), [wp.array(m, dtype=f64, device=device)], [out], device=device)
    return out.numpy()


@pytest.fixture
def yarn(device) -> Model:
    """One pick, alone."""
    return Model(sample_scene("one_pick").replace({"fabric.ends": COUNT, "pins": []}), device)


def arc(model: Model, angle: float) -> Point:
    """The pick bent by `angle` at every crossing, its segments as long as at rest."""
    heading = angle * np.arange(COUNT - 1)
    steps = LENGTH * np.stack([np.cos(heading), np.zeros(COUNT - 1), np.sin(heading)], axis=1)
    return at_rest(model, position=np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)]))


@pytest.mark.parametrize("angle", [1e-7, 1e-3, 0.1, 0.28, 0.29, 1.0, 2.5])
def test_an_arc_has_the_energy_of_a_bent_rod(yarn, angle):
    """EI kappa^2 / 2 per length, between the middles of the outer segments; either side of the switch of the series."""
    curvature = angle / LENGTH
    expected = 0.5 * STIFFNESS * curvature**2 * (COUNT - 2) * LENGTH
    assert arc(yarn, angle).energy(BEND) == pytest.approx(expected, rel=1e-8)


def test_moments_bend_an_arc_at_its_ends_only(yarn):
    """A rod of constant curvature carries a constant moment: no net force inside."""
    force = arc(yarn, 0.2).force(BEND)[:, :3]
    outer = np.linalg.norm(force[[0, 1, -2, -1]], axis=1)
    moment = STIFFNESS * 0.2 / LENGTH
    np.testing.assert_allclose(outer[[0, 3]], moment / LENGTH, rtol=1e-9)
    np.testing.assert_allclose(force[2:-2], 0.0, atol=1e-9 * outer.max())


def test_straight_yarn_is_at_rest_but_stiff(yarn):
    """Moving one crossing sideways by x bends by 2 x / L there and by x / L at its neighbours."""
    point = at_rest(yarn)
    assert point.energy(BEND) == 0.0
    assert not point.force(BEND).any()
    middle = 5 * (COUNT // 2) + 2
    expected = STIFFNESS / (2 * LENGTH) * 2 * (4 + 1 + 1) / LENGTH**2
    assert -point.jacobian(BEND)[middle, middle] == pytest.approx(expected, rel=1e-12)


def test_more_yarn_between_the_same_crossings_bends_more_easily(yarn):
    point = arc(yarn, 0.5)
    before = point.energy(BEND)
    point.state.sliding.assign(2.0 * point.state.sliding.numpy())
    assert point.energy(BEND) == pytest.approx(0.5 * before, rel=1e-12)


def test_theta_squared_at_zero(device):
    """y = asin(sqrt m)^2 = m + m^2 / 3 + ..."""
    np.testing.assert_allclose(theta_functions(np.zeros(1), device), [[0.0, 1.0, 2.0 / 3.0]], rtol=1e-15)


def test_theta_squared_is_continuous_at_the_switch_of_its_series(device):
    m = SWITCH * (1.0 + np.array([-1e-15, 1e-15]))
    assert m[0] < SWITCH < m[1]
    below, above = theta_functions(m, device)
    np.testing.assert_allclose(below, above, rtol=2e-13)


def test_theta_squared_and_its_derivatives(device):
    """Against closed forms, which hold away from zero."""
    m = np.concatenate([np.linspace(1e-3, 0.019, 19), np.linspace(0.021, 0.98, 50)])
    angle, root = np.arcsin(np.sqrt(m)), np.sqrt(m * (1 - m))
    first = angle / root
    second = (0.5 - (0.5 - m) * first) / (m * (1 - m))
    actual = theta_functions(m, device)
    np.testing.assert_allclose(actual[:, 0], angle**2, rtol=1e-13)
    np.testing.assert_allclose(actual[:, 1], first, rtol=1e-13)
    np.testing.assert_allclose(actual[:, 2], second, rtol=1e-9)  # the closed form cancels near zero


@pytest.mark.parametrize("convexity", list(Convexity), ids=lambda convexity: convexity.name)
def test_straight_yarn_bends_convexly_as_it_is(yarn, convexity):
    """There nothing is left out; of an arc some is, if convexity is asked for."""
    straight, bent = at_rest(yarn), arc(yarn, 0.5)
    np.testing.assert_allclose(
        straight.jacobian(BEND, convexity=convexity),
        straight.jacobian(BEND),
        atol=1e-12 * STIFFNESS / LENGTH**3,
    )
    left_out = np.abs(bent.jacobian(BEND, convexity=convexity) - bent.jacobian(BEND)).max()
    assert (left_out > 0.01 * STIFFNESS / LENGTH**3) == (convexity == Convexity.CONVEX)
