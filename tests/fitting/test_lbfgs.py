"""L-BFGS-B: answers that are known, bounds, budgets and failures."""

import numpy as np
import pytest
import scipy.optimize
from least_squares import Residuals, Unknowns, linear, rosenbrock

from warp_fabric.errors import SolverError
from warp_fabric.fitting.lbfgs import lbfgs


def search(problem, unknowns, start=None, budget=200, **options):
    told = []
    start = unknowns.start if start is None else np.array(start, float)
    u, loss, outcome = lbfgs(problem, unknowns, start, budget, lambda *each: told.append(each), **options)
    return u, loss, outcome, told


def many(seed, size=60, count=100):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((count, size)) * np.geomspace(0.3, 3.0, size)
    return matrix, matrix @ rng.standard_normal(size) + 0.1 * rng.standard_normal(count)


@pytest.mark.parametrize(("unit", "size"), [(1.0, 1.0), (1e-6, 1.0), (1.0, 1e-9)])
def test_linear_least_squares(unit, size):
    """Whatever the units of values and of the loss."""
    matrix, right = many(1)
    problem = linear(size * matrix / unit, size * right)
    u, loss, outcome, told = search(problem, Unknowns(60, unit=unit))
    expected, squares = np.linalg.lstsq(matrix, right, rcond=None)[:2]
    assert outcome == "converged"
    np.testing.assert_allclose(u, expected, atol=5e-4)
    assert loss == pytest.approx(size**2 * float(squares[0]), rel=1e-6)
    assert len(told) == len(problem.evaluated) < 150


def test_bounds():
    matrix, right = many(2)
    lower, upper = np.full(60, -0.5), np.full(60, 0.8)
    u, _, outcome, _ = search(linear(matrix, right), Unknowns(60, lower, upper))
    expected = scipy.optimize.lsq_linear(matrix, right, (lower, upper), method="bvls")
    assert outcome == "converged"
    assert (expected.active_mask != 0).sum() > 10
    np.testing.assert_allclose(u, expected.x, atol=1e-3)
    assert np.all((lower <= u) & (u <= upper))


def test_a_curved_valley_and_what_is_told():
    u, loss, outcome, told = search(rosenbrock(), Unknowns(2), [-1.2, 1.0])
    assert outcome == "converged"
    np.testing.assert_allclose(u, 1.0, atol=1e-4)
    best = np.inf
    for each, value, improved in told:
        r = [10.0 * (each[1] - each[0] ** 2), 1.0 - each[0]]
        assert value == pytest.approx(np.dot(r, r))
        assert improved == (value < best)
        best = min(best, value)
    assert loss == best
    assert not all(improved for *_, improved in told)


@pytest.mark.parametrize("budget", [1, 2, 9])
def test_budget(budget):
    problem = rosenbrock()
    u, loss, outcome, told = search(problem, Unknowns(2), [-1.2, 1.0], budget)
    assert outcome == "budget"
    assert len(told) == len(problem.evaluated) == budget
    k = int(np.argmin([value for _, value, _ in told]))
    np.testing.assert_array_equal(u, told[k][0])
    assert loss == told[k][1]


def test_where_no_step_goes_down_it_is_stuck():
    matrix, right = many(3, size=3)
    problem = Residuals(lambda u: matrix @ u - right, lambda u: -matrix)
    u, loss, outcome, _ = search(problem, Unknowns(3))
    assert outcome == "stuck"
    assert not u.any()
    assert loss == pytest.approx(right @ right)


def test_what_cannot_be_simulated_is_kept_away_from():
    ones = np.full(100, 0.1)
    problem = Residuals(
        lambda u: ones * np.arctan(u[0] - 1.0),
        lambda u: ones[:, None] / (1.0 + (u[0] - 1.0) ** 2),
        fails=lambda u: u[0] < 0.9,
    )
    u, _, outcome, told = search(problem, Unknowns(1), [2.5])
    assert len(told) == len(problem.evaluated) - 1  # the wall sends the search back, and is not tried again
    assert outcome == "converged"
    assert u[0] == pytest.approx(1.0, abs=1e-4)


def test_a_start_that_cannot_be_simulated():
    with pytest.raises(SolverError, match="too far"):
        search(linear(np.eye(2), np.ones(2), fails=lambda u: True), Unknowns(2))


def test_a_start_without_any_loss():
    u, loss, outcome, told = search(linear(np.eye(2), np.zeros(2)), Unknowns(2))
    assert (loss, outcome, len(told)) == (0.0, "converged", 1)
    assert not u.any()


def test_tolerances_are_relative_to_the_first_loss_of_all():
    """A search that is gone on with near its end is done where the first would have been."""
    matrix, right = many(4, size=20)
    right = matrix @ np.linalg.lstsq(matrix, right, rcond=None)[0]
    first, _, outcome, _ = search(linear(matrix, right), Unknowns(20))
    assert outcome == "converged"
    _, _, _, told = search(linear(matrix, right), Unknowns(20), first, scale=float(right @ right))
    _, _, _, afresh = search(linear(matrix, right), Unknowns(20), first)
    assert len(told) < 0.5 * len(afresh)
