"""L-BFGS-B over exact gradients: for many parameters, where a Jacobian of all residuals would be dear."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.optimize

from warp_fabric.errors import SolverError
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem

GAINED = 1.0e-12  # relative fall of the loss that is taken for none
MEMORY = 20


def lbfgs(
    problem: Problem,
    parameters: Parameters,
    start: np.ndarray,
    budget: int,
    on_evaluation: Callable[[np.ndarray, float, bool], None],
    scale: float | None = None,
) -> tuple[np.ndarray, float, str]:
    """Minimise the loss from `start` with SciPy's L-BFGS-B, in the unknowns of `Parameters`.

    Args:
        budget: Most evaluations of the gradient.
        on_evaluation: Called after each with u, the loss, and whether it is the best so far.
        scale: m2, the loss that tolerances are relative to; None: the first one.

    Returns:
        The best u, its loss, and why the search ended: "converged", "budget" or "stuck".

    Raises:
        SolverError: where the simulation fails at the start.
    """
    best_u, best, count = np.array(start, float), np.inf, 0
    unit = scale or 1.0

    class Spent(Exception):
        pass

    def evaluate(u: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal best_u, best, count, unit
        if count >= budget:
            raise Spent
        count += 1
        try:
            loss, gradients = problem.loss_and_gradient(parameters.values(u))
        except SolverError:
            if count == 1:
                raise
            # Too far: the line search comes back from a wall that rises the way it came.
            away = u - best_u
            return 10.0 * max(best / unit, 1.0) + float(away @ away), 2.0 * away
        slope = parameters.chain(u, gradients)
        if count == 1 and scale is None:
            unit = loss or 1.0  # so that tolerances mean the same for every loss
        improved = loss < best
        if improved:
            best_u, best = u.copy(), loss
        on_evaluation(u, loss, improved)
        return loss / unit, slope / unit

    try:
        answer = scipy.optimize.minimize(
            evaluate,
            best_u,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(parameters.lower, parameters.upper)),
            options={"maxfun": 10 * budget, "maxiter": 10 * budget, "maxcor": MEMORY, "ftol": GAINED, "gtol": 1e-10},
        )
        outcome = "converged" if answer.success else "stuck"
    except Spent:
        outcome = "budget"
    return best_u, best, outcome
