"""Gauss-Newton: answers that are known, bounds, trust regions, directions without information, and failures."""

import numpy as np
import pytest
import scipy.optimize
from least_squares import Residuals, Unknowns, linear, rosenbrock
from small_run import small_scene

from warp_fabric.errors import SolverError
from warp_fabric.fitting.experiment import Frame, Linearised
from warp_fabric.fitting.gauss_newton import FIRST_RADIUS, LARGEST_RADIUS, Point, _within, gauss_newton, linearise
from warp_fabric.fitting.parameters import Parameters


def search(problem, unknowns, start=None, budget=50, radius=FIRST_RADIUS):
    """The answer, and what was told: points evaluated, whether each was the best so far, and radii."""
    told = []
    start = unknowns.start if start is None else np.array(start, float)
    point, outcome = gauss_newton(
        problem, unknowns, start, radius, budget, lambda point, best: told.append((point, best, point.radius))
    )
    return point, outcome, told


def noisy(seed, size=3, count=2000, noise=0.05, distance=1.0):
    """A matrix and a right-hand side: so many that the noise hides nothing."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((count, size)) @ (np.eye(size) + 0.5 * rng.standard_normal((size, size)))
    return matrix, matrix @ (distance * rng.standard_normal(size)) + noise * rng.standard_normal(count)


@pytest.mark.parametrize("unit", [1.0, 1e-6])
def test_linear_least_squares(unit):
    matrix, right = noisy(1)
    problem = linear(matrix / unit, right, frames=4)
    point, outcome, told = search(problem, Unknowns(3, unit=unit))
    expected, squares = np.linalg.lstsq(matrix, right, rcond=None)[:2]
    assert outcome == "converged"
    np.testing.assert_allclose(point.u, expected, rtol=1e-9)
    assert point.linearised.loss == pytest.approx(float(squares[0]), rel=1e-12)
    assert len(told) == len(problem.evaluated) <= 5
    assert all(best for _, best, _ in told)
    assert told[-1][0] is point


def test_within_reach_one_step_is_enough():
    matrix, right = noisy(2, distance=0.1)
    _, outcome, told = search(linear(matrix, right), Unknowns(3))
    assert (outcome, len(told)) == ("converged", 2)


@pytest.mark.parametrize("seed", range(12))
def test_bounds(seed):
    """Some are reached, some are left again; the answer is that of bounded least squares."""
    matrix, right = noisy(seed, size=5, distance=2.0)
    rng = np.random.default_rng(seed + 100)
    lower, upper = -rng.uniform(0.0, 1.5, 5), rng.uniform(0.0, 1.5, 5)
    lower[0], upper[1] = -np.inf, np.inf
    point, outcome, told = search(linear(matrix, right), Unknowns(5, lower, upper))
    expected = scipy.optimize.lsq_linear(matrix, right, (lower, upper), method="bvls", tol=1e-14)
    assert outcome == "converged"
    assert (expected.active_mask != 0).any()
    np.testing.assert_allclose(point.u, expected.x, atol=1e-6)
    for each, *_ in told:
        assert np.all(lower <= each.u)
        assert np.all(each.u <= upper)


def test_a_bound_across_the_way():
    """Unknowns that make up for each other: at the bound, the other must not go where it would have gone without."""
    matrix = np.tile(np.linalg.cholesky([[1.0, 0.99], [0.99, 1.0]]).T, (1000, 1))
    problem = linear(matrix, matrix @ [2.5, -2.0])
    point, outcome, _ = search(problem, Unknowns(2, upper=[0.2, np.inf]), radius=4.0)
    assert outcome == "converged"
    np.testing.assert_allclose(point.u, [0.2, -2.0 + 0.99 * (2.5 - 0.2)], atol=1e-6)


def test_what_is_held_stays():
    matrix, right = noisy(3)
    point, outcome, _ = search(linear(matrix, right), Unknowns(3, lower=[-9, 0, -9], upper=[9, 0, 9]))
    expected = np.linalg.lstsq(matrix[:, [0, 2]], right, rcond=None)[0]
    assert outcome == "converged"
    np.testing.assert_allclose(point.u, [expected[0], 0.0, expected[1]], atol=1e-7)
    point, outcome, told = search(linear(matrix, right), Unknowns(3, lower=0.0, upper=0.0))
    assert (outcome, len(told)) == ("converged", 1)
    assert not point.u.any()


def test_along_what_is_not_seen_nothing_moves():
    """Two unknowns of which only the sum counts, and one that does nothing: the shortest way, from any start."""
    matrix, right = noisy(4, size=2)
    wide = np.column_stack([matrix[:, 0], matrix[:, 0], matrix[:, 1], np.zeros(len(matrix))])
    start = np.array([0.3, -0.1, 0.2, 0.7])
    point, outcome, _ = search(linear(wide, right), Unknowns(4), start)
    expected = np.linalg.lstsq(matrix, right, rcond=None)[0]
    assert outcome == "converged"
    assert point.u[3] == 0.7
    assert point.u[0] - point.u[1] == pytest.approx(0.4, abs=1e-9)
    np.testing.assert_allclose([point.u[0] + point.u[1], point.u[2]], expected, atol=1e-7)


def test_what_the_noise_hides_stays_where_it_was():
    rng = np.random.default_rng(5)
    matrix = rng.standard_normal((60, 2)) * [1.0, 1e-4]
    noise = rng.standard_normal(60)
    right = (
        matrix @ [0.4, 0.3]
        + 0.1 * (noise - matrix @ np.linalg.lstsq(matrix, noise, rcond=None)[0])
        + 0.1 * matrix @ [0, 50.0]
    )
    point, outcome, _ = search(linear(matrix, right), Unknowns(2))
    assert outcome == "converged"
    assert abs(point.u[1]) < 1e-2  # its least squares are at 5.3
    assert point.u[0] == pytest.approx(0.4, abs=0.05)
    exact, outcome, _ = search(linear(matrix, matrix @ [0.4, 0.3]), Unknowns(2))
    assert outcome == "converged"
    np.testing.assert_allclose(exact.u, [0.4, 0.3], rtol=1e-6)


def test_a_curved_valley():
    """Steps keep to the trust region, and only those that go down are taken."""
    point, outcome, told = search(rosenbrock(), Unknowns(2), [-1.2, 1.0])
    assert outcome == "converged"
    np.testing.assert_allclose(point.u, 1.0, atol=1e-8)
    assert len(told) <= 30
    best, _, radius = told[0]
    assert radius == FIRST_RADIUS
    for each, improved, new_radius in told[1:]:
        assert np.linalg.norm(each.u - best.u) <= radius * (1 + 1e-9)
        assert improved == (each.linearised.loss < best.linearised.loss)
        assert new_radius <= min(2.0 * radius, LARGEST_RADIUS)
        best, radius = each if improved else best, new_radius
    assert not all(improved for _, improved, _ in told)


def test_far_away_the_region_grows():
    point, outcome, told = search(linear(np.tile(np.eye(2), (20, 1)), np.tile([30.0, 0.0], 20)), Unknowns(2))
    assert outcome == "converged"
    np.testing.assert_allclose(point.u, [30.0, 0.0], rtol=1e-9)
    assert max(radius for *_, radius in told) == LARGEST_RADIUS
    lengths = np.diff([each.u[0] for each, *_ in told])
    np.testing.assert_allclose(lengths[:4], [0.5, 1.0, 2.0, 4.0], rtol=1e-9)


@pytest.mark.parametrize("budget", [1, 2, 7])
def test_budget(budget):
    problem = rosenbrock()
    point, outcome, told = search(problem, Unknowns(2), [-1.2, 1.0], budget)
    assert outcome == "budget"
    assert len(told) == len(problem.evaluated) == budget
    assert point.linearised.loss == min(each.linearised.loss for each, *_ in told)


def test_where_no_step_goes_down_it_is_stuck():
    """A Jacobian of the wrong sign: each step goes up."""
    matrix, right = noisy(6)
    problem = Residuals(lambda u: matrix @ u - right, lambda u: -matrix)
    point, outcome, told = search(problem, Unknowns(3), budget=100)
    assert outcome == "stuck"
    assert not point.u.any()
    assert [best for _, best, _ in told] == [True] + [False] * (len(told) - 1)


def test_what_cannot_be_simulated_is_kept_away_from():
    """A step too far fails and counts as an evaluation; a shorter one is tried."""
    ones = np.full(100, 0.1)
    problem = Residuals(
        lambda u: ones * np.arctan(u[0] - 1.0),
        lambda u: ones[:, None] / (1.0 + (u[0] - 1.0) ** 2),
        fails=lambda u: u[0] < 0.0,
    )
    point, outcome, told = search(problem, Unknowns(1), [2.5], radius=4.0)
    assert outcome == "converged"
    assert point.u[0] == pytest.approx(1.0, abs=1e-8)
    assert problem.evaluated[1][0] < 0.0 < problem.evaluated[2][0]
    assert len(told) == len(problem.evaluated) - 1
    (first,), (second,) = problem.evaluated[1:3]
    assert 2.5 - second == pytest.approx(0.25 * (2.5 - first))


def test_against_a_cliff_it_is_stuck():
    problem = linear(np.ones((50, 1)), np.full(50, 10.0), fails=lambda u: u[0] > 0.0)
    point, outcome, told = search(problem, Unknowns(1), budget=100)
    assert (outcome, len(told)) == ("stuck", 1)
    assert len(problem.evaluated) < 20
    assert point.u[0] == 0.0
    problem.evaluated.clear()
    point, outcome, told = search(problem, Unknowns(1), budget=5)
    assert (outcome, len(told), len(problem.evaluated)) == ("budget", 1, 5)


def test_a_start_that_cannot_be_simulated():
    with pytest.raises(SolverError, match="too far"):
        search(linear(np.eye(2), np.ones(2), fails=lambda u: True), Unknowns(2))


def test_at_the_answer_there_is_nothing_to_do():
    matrix, _ = noisy(7)
    truth = np.array([0.1, -0.2, 0.3])
    point, outcome, told = search(linear(matrix, matrix @ truth), Unknowns(3), truth)
    assert (outcome, len(told)) == ("converged", 1)
    matrix, right = noisy(8)
    answer = np.linalg.lstsq(matrix, right, rcond=None)[0]
    point, outcome, told = search(linear(matrix, right), Unknowns(3), answer)
    assert (outcome, len(told)) == ("converged", 1)
    np.testing.assert_array_equal(point.u, answer)


def test_a_point_sums_over_frames():
    rng = np.random.default_rng(9)
    frames = [Frame(rng.standard_normal(n), rng.standard_normal((n, 2)), 1.0) for n in (3, 5)]
    point = Point(np.zeros(2), Linearised(frames))
    r, j = (np.concatenate([getattr(frame, name) for frame in frames]) for name in ("residual", "jacobian"))
    np.testing.assert_allclose(point.normal(), j.T @ j)
    np.testing.assert_allclose(point.slope(), j.T @ r)
    assert point.linearised.loss == pytest.approx(r @ r)


def test_unknowns_are_changed_in_their_values_units():
    """One change an unknown: as large as the unknown's unit is there, and 0 in all other entries."""
    scene = small_scene()
    names = ["yarns.soft.radius", "environment.wind", "pins.1.path"]
    values = {"yarns.soft.radius": 2.8e-4, "environment.wind": [0.5, 3.0, 0.0], "pins.1.path": scene.pins[1].path}
    parameters = Parameters(scene, names, values)
    u = np.linspace(-0.1, 0.1, parameters.size)

    class Recorder:
        def linearise(self, values, changes):
            self.values, self.changes = values, changes
            return "what it says"

    recorder = Recorder()
    assert linearise(recorder, parameters, u) == "what it says"
    for name, value in parameters.values(u).items():
        np.testing.assert_array_equal(recorder.values[name], value)
    assert len(recorder.changes) == parameters.size == 1 + 3 + 6
    step = 1e-6
    for k, change in enumerate(recorder.changes):
        moved = u.copy()
        moved[k] += step
        for name, value in parameters.values(moved).items():
            slope = (value - parameters.values(u)[name]) / step
            np.testing.assert_allclose(change[name], slope, rtol=1e-5, atol=1e-9 * np.abs(value).max())


@pytest.mark.parametrize("seed", range(4))
def test_steps_within_a_radius(seed):
    """More's conditions: (J'J + shift) d = -J'r, the shift above 0 only on the rim."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((6, 4)) * [1.0, 1e-2, 1.0, 10.0]  # J'J is conditioned by 3e7: errors of 1e-8 at most
    normal, slope = root.T @ root, root.T @ rng.standard_normal(6)
    free = np.linalg.solve(normal, -slope)
    step, inside = _within(normal, slope, 1.01 * np.linalg.norm(free), 0.0)
    assert inside
    np.testing.assert_allclose(step, free, rtol=1e-6)
    for radius in (0.5 * np.linalg.norm(free), 1e-3):
        step, inside = _within(normal, slope, radius, 0.0)
        assert not inside
        assert np.linalg.norm(step) == pytest.approx(radius, rel=1e-9)
        pull = -(slope + normal @ step)
        shift = pull @ step / (step @ step)
        assert shift > 0.0
        np.testing.assert_allclose(pull, shift * step, atol=1e-9 * np.abs(slope).max())
