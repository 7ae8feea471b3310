"""Gauss-Newton within a trust region and bounds: for few parameters, where the Jacobian of all residuals is cheap.

Each iteration minimises |r + J d|^2 over |d| <= radius in the unknowns of `Parameters`, which are all of the order of 1
(More, "The Levenberg-Marquardt algorithm", 1978; Nocedal & Wright, "Numerical optimization", ch. 4 and 10). Directions
that the noise hides, as far as residuals show it, are left alone: what cannot be determined stays where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from warp_fabric.errors import SolverError
from warp_fabric.fitting.experiment import Linearised
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem
from warp_fabric.fitting.uncertainty import UNKNOWN

FIRST_RADIUS = 0.5
LARGEST_RADIUS = 4.0
SMALLEST_RADIUS = 1.0e-7
SETTLED = 1.0e-7  # largest move of an unknown that is taken for none
GAINED = 1.0e-3  # fall of the loss, in variances of a residual, that is taken for none: a move of 3 % of its error
EXACT = 1.0e-10  # root mean square residual, of the motion: observed and simulated are the same
BLIND = 1.0e-13  # eigenvalues of J'J, of the largest, along which nothing is seen
MANY = 10  # residuals an unknown that it takes to tell noise
HIDDEN = 2.0  # standard deviations by which a move must pay, where its own is as large as `UNKNOWN`


@dataclass
class Point:
    """Where the search stands: unknowns u [P], what was found there, and how far to go from there at most."""

    u: np.ndarray
    linearised: Linearised
    radius: float = FIRST_RADIUS

    def normal(self) -> np.ndarray:
        """J'J [P, P]."""
        return sum(
            (frame.jacobian.T @ frame.jacobian for frame in self.linearised.frames), np.zeros((len(self.u),) * 2)
        )

    def slope(self) -> np.ndarray:
        """J'r [P], half the gradient of the loss."""
        return sum((frame.jacobian.T @ frame.residual for frame in self.linearised.frames), np.zeros(len(self.u)))


def linearise(problem: Problem, parameters: Parameters, u: np.ndarray) -> Linearised:
    """Residuals and their Jacobian by the unknowns, at u."""
    units, changes = parameters.to_value_units(u), []
    for k in range(parameters.size):
        entries = np.zeros(parameters.size)
        entries[k] = units[k]
        changes.append(parameters.split(entries, fill=0.0))
    return problem.linearise(parameters.values(u), changes)


def gauss_newton(
    problem: Problem,
    parameters: Parameters,
    start: np.ndarray,
    radius: float,
    budget: int,
    on_evaluation: Callable[[Point, bool], None],
) -> tuple[Point, str]:
    """Minimise the loss from `start`.

    Args:
        radius: How far to go at first. budget: Most evaluations of residuals with their Jacobian.
        on_evaluation: Called after each with the point evaluated, and whether it is the best so far.

    Returns:
        The best point, and why the search ended: "converged", "budget", or "stuck" where no step went down.

    Raises:
        SolverError: where the simulation fails at the start.
    """
    best = Point(np.array(start, float), linearise(problem, parameters, start), radius)
    on_evaluation(best, True)
    evaluations = 1
    while True:
        step, predicted, inside = _step(best, parameters)
        loss = best.linearised.loss
        settled = predicted <= GAINED * _variance(best) or np.abs(step).max(initial=0.0) <= SETTLED
        if _is_exact(best) or (inside and settled):
            return best, "converged"
        if best.radius < SMALLEST_RADIUS:
            return best, "stuck"
        if evaluations >= budget:
            return best, "budget"
        u = np.clip(best.u + step, parameters.lower, parameters.upper)
        try:
            trial = Point(u, linearise(problem, parameters, u), best.radius)
        except SolverError:  # too far: cloth that cannot be simulated
            best.radius = 0.25 * float(np.linalg.norm(step))
            evaluations += 1
            continue
        evaluations += 1
        fall = loss - trial.linearised.loss
        length = float(np.linalg.norm(step))
        if fall < 0.25 * predicted:
            best.radius = trial.radius = 0.25 * length
        elif fall > 0.75 * predicted and not inside:
            trial.radius = min(2.0 * best.radius, LARGEST_RADIUS)
        improved = fall > 0.0
        if improved:
            best = trial
        on_evaluation(trial, improved)


def _is_exact(point: Point) -> bool:
    squares = sum(float(frame.residual @ frame.residual) for frame in point.linearised.frames)
    return squares <= (EXACT * point.linearised.motion) ** 2


def _variance(point: Point) -> float:
    """Of the noise of one residual, as far as residuals show it; 0 where they are too few to tell it from misfit."""
    number = sum(len(frame.residual) for frame in point.linearised.frames)
    return point.linearised.loss / (number - len(point.u)) if number >= MANY * len(point.u) else 0.0


def _step(point: Point, parameters: Parameters) -> tuple[np.ndarray, float, bool]:
    """The step, by how much the loss should fall, and whether it ends inside the trust region.

    Unknowns that the step would push out of their bounds stop there, one after the other, and the others go on: so the
    loss should fall whatever the bounds are.
    """
    normal, slope, variance = point.normal(), point.slope(), _variance(point)
    free, step, inside = np.ones(len(slope), bool), np.zeros(len(slope)), True
    low, high = parameters.lower - point.u, parameters.upper - point.u
    while inside and free.any():
        room = max(point.radius - float(np.linalg.norm(step)), 0.0)
        part = np.zeros(len(slope))
        part[free], inside = _within(normal[np.ix_(free, free)], (slope + normal @ step)[free], room, variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(part > 0.0, (high - step) / part, np.where(part < 0.0, (low - step) / part, np.inf))
        share = max(float(shares.min()), 0.0)
        step += min(share, 1.0) * part
        if share >= 1.0:
            break
        inside = True
        free &= shares > share
    step = np.clip(step, low, high)
    return step, -float(2.0 * slope @ step + step @ normal @ step), inside


def _within(normal: np.ndarray, slope: np.ndarray, radius: float, variance: float) -> tuple[np.ndarray, bool]:
    """Minimiser of 2 slope.d + d.normal.d over |d| <= radius, and whether it lies inside.

    Args:
        variance: of the noise of one residual.
    """
    if not len(slope):
        return slope, True
    if radius <= 0.0:
        return np.zeros(len(slope)), False
    values, vectors = np.linalg.eigh(normal)
    along = vectors.T @ slope
    seen = values > max(BLIND * values[-1], 0.0)
    hidden = (along**2 < HIDDEN**2 * variance * values) & (variance > UNKNOWN**2 * values)
    seen &= ~hidden
    values, along, vectors = values[seen], along[seen], vectors[:, seen]

    def step(shift: float) -> np.ndarray:
        return -(along / (values + shift))

    if not len(values) or np.linalg.norm(step(0.0)) <= radius:
        return vectors @ step(0.0), True
    low, high = 0.0, float(np.linalg.norm(along)) / radius
    for _ in range(200):
        middle = 0.5 * (low + high)
        if np.linalg.norm(step(middle)) > radius:
            low = middle
        else:
            high = middle
        if high - low <= 1.0e-12 * high:
            break
    return vectors @ step(high), False
