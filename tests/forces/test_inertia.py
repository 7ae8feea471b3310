"""Inertia: kinetic energy of yarn that moves with its crossings and slides through them, and its derivatives."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, difference, perturbed, sample_model, sample_scene

from warp_fabric.forces import INERTIA, Convexity, Elements
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix


def momentum(point: Point) -> np.ndarray:
    """[N, 5] generalised momentum."""
    elements = Elements(point.model)
    INERTIA.add_momentum(point.model, point.state, point.held, elements, 1.0)
    return elements.force()


def gradient(point: Point, get, put, step: float) -> np.ndarray:
    """Slope of the kinetic energy by the free unknowns of `get`, by central differences."""
    start, result = get(), []
    for k in np.flatnonzero(point.free):
        energies = []
        for sign in (1.0, -1.0):
            moved = start.copy()
            moved.flat[k] += sign * step
            put(moved)
            energies.append(point.energy(INERTIA))
        result.append((energies[0] - energies[1]) / (2 * step))
    put(start)
    return np.array(result)


@pytest.fixture(params=["twill", "one_pick", "two_by_two"])
def point(request, device) -> Point:
    return perturbed(sample_model(request.param, device), seed=41)


def test_cloth_that_flies_has_half_its_mass_times_speed_squared(device):
    model = sample_model("plain", device)
    velocity = np.array([1.0, -2.0, 0.5])
    point = at_rest(model, velocity=np.tile(velocity, (25, 1)))
    mass = 2 * 4e-3 * (3 * 2e-3 + 2 * 2.5e-3)  # picks and ends alike: 4 mm of each yarn
    assert point.energy(INERTIA) == pytest.approx(0.5 * mass * velocity @ velocity, rel=1e-12)
    np.testing.assert_allclose(momentum(point)[:, :3].sum(axis=0), mass * velocity, rtol=1e-12)


def test_a_spinning_yarn(device):
    """A straight rod that turns about its end: rho L^3 / 3 times half the angular velocity squared."""
    model = Model(sample_scene("one_pick").replace({"pins": []}), device)
    velocity = np.zeros((5, 3))
    velocity[:, 1] = 30.0 * model.rest_position[:, 0]
    point = at_rest(model, velocity=velocity)
    assert point.energy(INERTIA) == pytest.approx(0.5 * 2e-3 * 4e-3**3 / 3 * 30.0**2, rel=1e-12)


def test_crossings_that_run_along_a_resting_yarn_cost_nothing(device):
    """Crossings move and yarn slides through them the other way: the material stays where it is."""
    model = Model(sample_scene("one_pick").replace({"pins": []}), device)
    rng = np.random.default_rng(42)
    speed = rng.standard_normal(5)
    stretch = 1.3  # w = dx / D: a stretched yarn covers more way than it slides
    direction = np.array([0.6, 0.0, 0.8])
    arrays = {
        "position": stretch * model.rest_position[:, :1] * direction,
        "velocity": stretch * speed[:, None] * direction,
        "sliding_velocity": np.stack([speed, np.zeros(5)], axis=1),
    }
    point = at_rest(model, **arrays)
    assert point.energy(INERTIA) == pytest.approx(0.0, abs=1e-20)
    np.testing.assert_allclose(momentum(point), 0.0, atol=1e-18)
    arrays["sliding_velocity"] *= 0.5
    assert at_rest(model, **arrays).energy(INERTIA) > 1e-7


def test_momentum_is_the_slope_of_the_energy_by_velocities(point):
    expected = gradient(point, point.speeds, point.move_at, 1e-4)  # quadratic: any step is exact
    assert difference(momentum(point).ravel()[point.free], expected) < 1e-7


def test_inertial_force_is_the_slope_of_the_energy_by_coordinates(point):
    expected = gradient(point, point.coordinates, point.move_to, 1e-8)
    assert difference(point.force(INERTIA).ravel()[point.free], expected) < 1e-6


def test_twice_the_kinetic_energy_is_momentum_times_velocity(point):
    assert np.vdot(momentum(point), point.speeds()) == pytest.approx(2 * point.energy(INERTIA), rel=1e-12)


def test_step_jacobian_follows_the_velocity(point):
    """d(p - h dT/dq)/dv where q = qh + h v, by central differences."""
    h, step = 1e-3, 1e-5
    q, v = point.coordinates(), point.speeds()
    columns = []
    for k in np.flatnonzero(point.free):
        values = []
        for sign in (1.0, -1.0):
            way = np.zeros_like(v)
            way.flat[k] = sign * step
            point.move_at(v + way)
            point.move_to(q + h * way)
            values.append((momentum(point) - h * point.force(INERTIA)).ravel()[point.free])
        columns.append((values[0] - values[1]) / (2 * step))
    point.move_at(v)
    point.move_to(q)
    elements, matrix = Elements(point.model), BlockMatrix(point.model)
    INERTIA.add_step_jacobian(point.model, point.state, point.held, elements, h)
    elements.collect_jacobian(matrix.blocks)
    actual = matrix.to_scipy().toarray()[np.ix_(point.free, point.free)]
    assert difference(actual, np.stack(columns, axis=1)) < 1e-6


def test_mass_couples_position_and_sliding(point):
    """The mass matrix is symmetric and positive semidefinite: no motion has negative energy."""
    elements, matrix = Elements(point.model), BlockMatrix(point.model)
    INERTIA.add_step_jacobian(point.model, point.state, point.held, elements, 0.0)
    elements.collect_jacobian(matrix.blocks)
    mass = matrix.to_scipy().toarray()[np.ix_(point.free, point.free)]
    np.testing.assert_allclose(mass, mass.T, atol=1e-15 * np.abs(mass).max())
    values = np.linalg.eigvalsh(mass)
    assert values[0] > -1e-14 * values[-1]


@pytest.mark.parametrize("convexity", list(Convexity), ids=lambda convexity: convexity.name)
def test_a_convex_step_keeps_the_mass_alone(point, convexity):
    """Whatever moves and slides; else the Jacobian is exact."""

    def step_jacobian(h: float, convexity: Convexity) -> np.ndarray:
        elements, matrix = Elements(point.model), BlockMatrix(point.model)
        INERTIA.add_step_jacobian(point.model, point.state, point.held, elements, h, convexity)
        elements.collect_jacobian(matrix.blocks)
        return matrix.to_scipy().toarray()[np.ix_(point.free, point.free)]

    exact, mass = step_jacobian(1e-3, Convexity.EXACT), step_jacobian(0.0, Convexity.EXACT)
    assert (difference(exact, mass) > 0.01) == point.model.topology.inner.any()  # where nothing slides, they are one
    np.testing.assert_array_equal(step_jacobian(1e-3, convexity), mass if convexity == Convexity.CONVEX else exact)
