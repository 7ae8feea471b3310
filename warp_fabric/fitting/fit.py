"""Fitting a scene to observations."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from warp_fabric.errors import FitError, SolverError
from warp_fabric.fitting.gauss_newton import FIRST_RADIUS, Point, gauss_newton, linearise
from warp_fabric.fitting.history import History
from warp_fabric.fitting.lbfgs import lbfgs
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem
from warp_fabric.fitting.progress import FitProgress, bar
from warp_fabric.fitting.result import FitResult
from warp_fabric.fitting.uncertainty import FINER, Uncertainty, uncertainty_of
from warp_fabric.scene import Scene

FEW = 32
"""Up to so many unknowns Gauss-Newton is cheaper: it needs fewer evaluations, each of as many linear solves a step."""
MOST = 200
"""Up to so many unknowns uncertainties are worked out."""
BUDGETS = {"gauss-newton": 30, "l-bfgs-b": 200}


def fit(
    scene: Scene,
    target: Any,
    parameters: Sequence[str],
    *,
    bounds: Mapping[str, tuple] | None = None,
    method: str = "auto",
    evaluations: int | None = None,
    uncertainty: bool = True,
    progress: bool | FitProgress = False,
    device: str | None = None,
    forces: np.ndarray | None = None,
    history: str | os.PathLike | None = None,
    resume: bool = False,
    on_evaluation: Callable[[dict[str, Any]], None] | None = None,
    on_step: Callable[[], None] | None = None,
) -> FitResult:
    """Find the parameters with which a scene does what was observed.

    Args:
        scene: Where to start from.
        target: A `Trajectory`, a file of one, a `Target` such as `MarkerTarget`, or a list of those.
        parameters: Dotted names, see `loss_and_gradient`.
        bounds: (low, high) by name, in the value's unit; see `Parameters` for the default.
        method: "gauss-newton", "l-bfgs-b", or "auto": the first for up to `FEW` unknowns.
        evaluations: Most gradients (Gauss-Newton: Jacobians) to work out; None: 30 (200 for L-BFGS-B).
        uncertainty: Whether to work out standard errors (of up to `MOST` unknowns).
        progress: True shows a bar on stderr with loss and values; or what else is to be told.
        device, forces: See `simulate`.
        history: File that evaluations are kept in as they are made (JSON lines).
        resume: Go on from `history`, where that file is there.
        on_evaluation: Called with each entry of the history. on_step: called after each time step; an exception of
            either stops the fit, which can go on from its history.

    Raises:
        SceneError, TargetError, FitError: where scene, parameters, target and history do not fit each other.
        SolverError: where the simulation fails at the start.
    """
    begun = time.monotonic()
    teller = progress if isinstance(progress, FitProgress) else bar() if progress else FitProgress()

    def step() -> None:
        teller.step()
        if on_step is not None:
            on_step()

    problem = Problem(scene, target, parameters, device, forces, on_step=step)
    unknowns = Parameters(scene, parameters, problem.values(), bounds)
    if method not in ("auto", *BUDGETS):
        fix = f"give one of {', '.join(('auto', *BUDGETS))}"
        raise FitError(f"there is no method {method!r}", where="method", fix=fix)
    if method == "auto":
        method = "gauss-newton" if unknowns.size <= FEW else "l-bfgs-b"
    kept = History(unknowns, method, history, resume)
    budget = (BUDGETS[method] if evaluations is None else evaluations) - len(kept.entries)
    start, radius = unknowns.start, FIRST_RADIUS
    if kept.best is not None:
        start, radius = np.array(kept.best["unknowns"]), kept.entries[-1]["radius"] or FIRST_RADIUS

    def note(u: np.ndarray, loss: float, best: bool, radius: float | None = None) -> None:
        entry = kept.add(u, loss, best, radius)
        teller.evaluation(entry)
        if on_evaluation is not None:
            on_evaluation(entry)

    try:
        teller.begin(problem.steps, unknowns.size, method, kept.entries)
        if method == "gauss-newton":
            on_point: Callable[[Point, bool], None] = lambda point, best: note(  # noqa: E731
                point.u, point.linearised.loss, best, point.radius
            )
            point, outcome = gauss_newton(problem, unknowns, start, radius, max(budget, 1), on_point)
            u, loss, found = point.u, point.linearised.loss, point.linearised
        else:
            u, loss, outcome = lbfgs(problem, unknowns, start, max(budget, 1), note)
            found = None
        known = None
        if uncertainty and unknowns.size <= MOST:
            teller.uncertainty()
            known = _uncertainty(scene, target, unknowns, u, problem, found, device, forces, step)
    finally:
        teller.close()
    return _result(scene, unknowns, u, loss, known, outcome, method, kept, time.monotonic() - begun)


def _uncertainty(scene, target, unknowns, u, problem, found, device, forces, on_step) -> Uncertainty:
    found = found or linearise(problem, unknowns, u)
    shifts = None
    if scene.time.integrator != "static" and forces is None and "forces" not in unknowns.names:
        finer = scene.replace({"time.step": scene.time.step_size / FINER})
        try:
            other = Problem(finer, target, problem.names, device, on_step=on_step).linearise(unknowns.values(u), [])
            shifts = [b.residual - a.residual for a, b in zip(found.frames, other.frames)]
        except SolverError:  # the answer then comes without this part
            shifts = None
    return uncertainty_of(found, unknowns.labels, shifts)


def _result(scene, unknowns, u, loss, known, outcome, method, kept, seconds) -> FitResult:
    values = unknowns.values(u)
    errors = np.full(unknowns.size, np.nan)
    statements = ["standard errors were not worked out"]
    correlations, noise = np.full((unknowns.size, unknowns.size), np.nan), float("nan")
    if known is not None:
        errors = np.where(known.determined, known.errors * unknowns.to_value_units(u), np.inf)
        statements, correlations, noise = known.statements, known.correlations, known.noise
    split = unknowns.split(errors)

    def plain(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        return {name: float(array) if array.ndim == 0 else array for name, array in arrays.items()}

    return FitResult(
        values=plain(values),
        standard_errors=plain(split),
        statements=statements,
        labels=unknowns.labels,
        correlations=correlations,
        scene=unknowns.scene_with(scene, values),
        loss=loss,
        noise=noise,
        outcome=outcome,
        method=method,
        evaluations=len(kept.entries),
        seconds=seconds,
        history=kept.entries,
    )
