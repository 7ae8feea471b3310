"""How far directions are followed, with small functions of known shape in the place of cloth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import warp as wp

from warp_fabric.forces import Convexity
from warp_fabric.solver.search import Direction, SlopeSearch
from warp_fabric.types import vec5

Gradient = Callable[[np.ndarray], np.ndarray]
HUGE = 1e9


class Problem:
    """A gradient g(v), and a search that looks for where it is zero; `ways` counts evaluations.

    The search moves from v to v - t d, and the slope there is g . d.
    """

    def __init__(self, device: str, gradient: Gradient, start: np.ndarray, reach: float = HUGE) -> None:
        self.gradient, self.ways = gradient, 0
        self.unknown, self.direction = (wp.zeros(2, dtype=vec5, device=device) for _ in range(2))
        self.put(start)
        self.search = SlopeSearch(self.unknown, self.direction, self._evaluate)
        self.search.begin(reach)

    @property
    def at(self) -> np.ndarray:
        return self.unknown.numpy().ravel().copy()

    def put(self, values: np.ndarray) -> None:
        self.unknown.assign(values.reshape(2, 5))

    def move(self, direction: np.ndarray, convexity: Convexity = Convexity.EXACT) -> tuple[float | None, Convexity]:
        """Follow a direction from here."""
        self.direction.assign(direction.reshape(2, 5))
        slope = float(self.gradient(self.at) @ direction)
        assert slope > 0.0
        return self.search.move(Direction(float(np.abs(direction).max()), slope, convexity))

    def _evaluate(self) -> float:
        self.ways += 1
        with np.errstate(invalid="ignore"):
            return float(self.gradient(self.unknown.numpy().ravel()) @ self.direction.numpy().ravel())


START = np.array([1.0, -2.0, 0.5, 3.0, -1.0, 0.25, 2.0, -0.5, 1.5, -3.0])
STIFFNESS = np.geomspace(1.0, 1e4, 10)


def bowl(v: np.ndarray) -> np.ndarray:
    """A quadratic energy: Newton's step leads to its middle."""
    return STIFFNESS * v


def only_within(radius: float, gradient: Gradient = bowl) -> Gradient:
    """Not a number beyond a distance from the origin, as where segments are inverted."""
    return lambda v: gradient(v) if np.linalg.norm(v) <= radius else np.full(10, np.nan)


def away(v: np.ndarray) -> np.ndarray:
    """No way of this bowl is good: beyond its start it is infinitely steep."""
    return np.where(np.array_equal(v, START), bowl(v), -1e12 * START)


@pytest.mark.parametrize("times", [0.3, 1.0, 1.5, 1.89])
def test_whole_steps_that_do_not_go_far_beyond_are_good(device, times):
    """The slope may be below zero again, to 0.9 of what it was."""
    problem = Problem(device, bowl, START)
    assert problem.move(times * START) == (1.0, Convexity.EXACT)
    np.testing.assert_allclose(problem.at, (1.0 - times) * START, atol=1e-14)
    assert problem.ways == 1


@pytest.mark.parametrize(("times", "length"), [(1.95, 0.5), (3.7, 0.5), (3.9, 0.25), (100.0, 1 / 64)])
def test_too_far_is_halved(device, times, length):
    """Where boldness has no reach."""
    problem = Problem(device, bowl, START, reach=0.0)
    assert problem.move(times * START) == (length, Convexity.EXACT)
    np.testing.assert_allclose(problem.at, (1.0 - length * times) * START, atol=1e-12)


def test_what_is_not_a_number_is_halved_at_any_reach(device):
    problem = Problem(device, only_within(1.2 * np.linalg.norm(START)), START)
    assert problem.move(3.5 * START) == (0.5, Convexity.EXACT)
    np.testing.assert_allclose(problem.at, -0.75 * START, rtol=1e-14)
    problem = Problem(device, only_within(1.2 * np.linalg.norm(START)), START)
    assert problem.move(10.0 * START) == (0.125, Convexity.EXACT)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_where_no_way_is_good_it_stays(device, value):
    problem = Problem(device, lambda v: bowl(v) if np.array_equal(v, START) else np.full(10, value), START)
    assert problem.move(START, Convexity.NO_BUCKLING) == (None, Convexity.NO_BUCKLING)
    np.testing.assert_array_equal(problem.at, START)
    assert problem.ways >= SlopeSearch.HALVINGS


def test_where_all_is_too_steep_it_stays(device):
    problem = Problem(device, away, START, reach=0.0)
    assert problem.move(START) == (None, Convexity.EXACT)
    np.testing.assert_array_equal(problem.at, START)


def curved(v: np.ndarray) -> np.ndarray:
    """The gradient of a banana's energy: a soft valley along a parabola, between walls a million times as steep."""
    wall = 1e6 * (v[1] - v[0] ** 2)
    g = np.zeros(10)
    g[0] = (v[0] - 2.0) - 2.0 * v[0] * wall
    g[1] = wall
    return g


def newton_step(v: np.ndarray) -> np.ndarray:
    """Against the exact curvature of the banana."""
    matrix = np.eye(10)
    wall = 1e6 * (v[1] - v[0] ** 2)
    matrix[0, 0] = 1.0 - 2.0 * wall + 8e6 * 0.5 * v[0] ** 2
    matrix[0, 1] = matrix[1, 0] = -2e6 * v[0]
    matrix[1, 1] = 1e6
    return np.linalg.solve(matrix, curved(v))


def in_valley(x: float) -> np.ndarray:
    v = np.zeros(10)
    v[:2] = x, x * x
    return v


def test_a_bold_step_that_pays(device):
    """A whole step leaves the valley; the next one leads back to it, far ahead, and no third is needed."""
    problem = Problem(device, curved, in_valley(-1.0))
    moved = []
    for _ in range(10):
        direction = newton_step(problem.at)
        if np.abs(direction).max() < 1e-9:
            break
        moved.append(problem.move(direction))
    assert len(moved) <= 4
    assert {*moved} == {(1.0, Convexity.EXACT)}
    np.testing.assert_allclose(problem.at, in_valley(2.0), atol=1e-9)

    careful = Problem(device, curved, in_valley(-1.0), reach=0.0)
    assert careful.move(newton_step(careful.at))[0] < 0.1  # along the same direction


def test_a_bold_step_beyond_its_reach_is_not_taken(device):
    direction = newton_step(in_valley(-1.0))
    size = np.abs(direction).max()
    assert Problem(device, curved, in_valley(-1.0), reach=1.01 * size).move(direction)[0] == 1.0
    assert Problem(device, curved, in_valley(-1.0), reach=0.99 * size).move(direction)[0] < 0.1


def bold_problem(device: str) -> tuple[Problem, np.ndarray]:
    """A problem whose first step, too far, has been taken boldly; and that step."""
    problem, first = Problem(device, bowl, START), 3.0 * START
    assert problem.move(first) == (1.0, Convexity.EXACT)
    np.testing.assert_allclose(problem.at, -2.0 * START, rtol=1e-14)
    return problem, first


def test_a_bold_step_that_does_not_pay_is_taken_back(device):
    """If the steps that follow stay as large, the search returns to where it began, and follows the first direction
    from there with care."""
    problem, first = bold_problem(device)
    for _ in range(SlopeSearch.WATCH - 1):
        length, _ = problem.move(3.0 * problem.at)  # goes on to and fro, ever further
        assert length == 1.0
    far = np.abs(problem.at).max()
    assert far > 2.0 * np.abs(first).max()
    assert problem.move(3.0 * problem.at, Convexity.NO_BUCKLING) == (0.5, Convexity.EXACT)  # the first direction's
    np.testing.assert_allclose(problem.at, START - 0.5 * first, rtol=1e-14)
    np.testing.assert_allclose(problem.direction.numpy().ravel(), first, rtol=1e-14)


def test_after_a_bold_step_that_did_not_pay_some_are_careful(device):
    """Twice as many each time."""
    problem, _ = bold_problem(device)
    for span in (SlopeSearch.CAREFUL, 2 * SlopeSearch.CAREFUL):
        for _ in range(SlopeSearch.WATCH):
            problem.move(3.0 * problem.at)
        lengths = [problem.move(3.0 * problem.at)[0] for _ in range(span)]
        assert lengths == [0.5] * (span - 1) + [1.0], span  # the first careful move was the way back


def test_a_bold_step_pays_by_a_small_one(device):
    """Then it is forgotten: no later step goes back to where it began."""
    problem, _ = bold_problem(device)
    assert problem.move(0.7 * problem.at)[0] == 1.0  # 1.4 of 3
    after = problem.at
    for _ in range(SlopeSearch.WATCH + 2):
        assert problem.move(0.1 * problem.at)[0] == 1.0
    np.testing.assert_allclose(problem.at, 0.9 ** (SlopeSearch.WATCH + 2) * after, rtol=1e-12)


def test_a_bold_step_into_what_is_not_a_number_goes_back(device):
    """Once bold, a whole step that cannot be evaluated leads back at once."""
    problem, first = Problem(device, only_within(2.5 * np.linalg.norm(START)), START), 3.0 * START
    assert problem.move(first)[0] == 1.0
    assert problem.move(3.0 * problem.at)[0] == 0.5  # to four times the start, which is no place to be
    np.testing.assert_allclose(problem.at, START - 0.5 * first, rtol=1e-14)


def test_beginning_anew_forgets(device):
    problem, _ = bold_problem(device)
    for _ in range(SlopeSearch.WATCH):
        problem.move(3.0 * problem.at)
    problem.search.begin(HUGE)
    problem.put(START)
    assert problem.move(3.0 * START)[0] == 1.0  # bold again at once


@pytest.mark.parametrize("convexity", [Convexity.EXACT, Convexity.NO_BUCKLING, Convexity.CONVEX])
def test_directions_of_modified_jacobians_go_on_as_long_as_it_is_steep(device, convexity):
    """A Jacobian that is too stiff gives short steps: of a tenth, they may be ten times as long."""
    problem = Problem(device, bowl, START)
    length, told = problem.move(0.1 * START, convexity)
    assert told == convexity
    assert length == (1.0 if convexity == Convexity.EXACT else 8.0)
    np.testing.assert_allclose(problem.at, (1.0 - 0.1 * length) * START, rtol=1e-12)


def test_longer_ways_end(device):
    """Where it is steep for ever, and before what is no place to be."""
    problem = Problem(device, lambda v: np.ones(10), START)
    assert problem.move(np.ones(10), Convexity.CONVEX)[0] == 2.0**SlopeSearch.DOUBLINGS
    np.testing.assert_allclose(problem.at, START - 2.0**SlopeSearch.DOUBLINGS, rtol=1e-14)

    problem = Problem(device, only_within(5.0, lambda v: np.ones(10)), np.zeros(10))
    assert problem.move(np.ones(10), Convexity.CONVEX)[0] == 1.0  # 2 would be at 6.3
    np.testing.assert_allclose(problem.at, -np.ones(10), rtol=1e-14)


def test_a_longer_way_is_not_too_long(device):
    """Doubled, it would be far beyond: it stays where it was good, with the slope of there evaluated last."""
    problem = Problem(device, lambda v: np.where(v > -1.5, 1.0, -1e3), np.zeros(10))
    assert problem.move(np.ones(10), Convexity.CONVEX)[0] == 1.0
    np.testing.assert_allclose(problem.at, -np.ones(10), rtol=1e-14)


def test_going_somewhere(device):
    problem = Problem(device, bowl, START)
    problem.move(START)
    for length in (0.0, 0.25, 2.0):
        there = problem.search.go(length)
        np.testing.assert_allclose(problem.at, (1.0 - length) * START, rtol=1e-14)
        assert there == pytest.approx(bowl(problem.at) @ START, abs=1e-9)
