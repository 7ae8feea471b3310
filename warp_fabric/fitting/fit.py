"""Fitting a scene to observations."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from warp_fabric import __version__
from warp_fabric.errors import FitError, SolverError
from warp_fabric.fitting.experiment import Linearised
from warp_fabric.fitting.fit_progress import BarFitProgress, FitProgress
from warp_fabric.fitting.gauss_newton import FIRST_RADIUS, Point, gauss_newton, linearise
from warp_fabric.fitting.history import History
from warp_fabric.fitting.identity import identity
from warp_fabric.fitting.lbfgs import lbfgs
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem
from warp_fabric.fitting.result import FitResult
from warp_fabric.fitting.uncertainty import FINER, Uncertainty, uncertainty_of
from warp_fabric.fitting.verdict import verdict
from warp_fabric.initial import initial_state
from warp_fabric.inputs import value_shape
from warp_fabric.limits import check_scene, check_start, memory_told, tell_doubts
from warp_fabric.scene import Scene

FEW = 200
"""Up to so many unknowns Gauss-Newton is cheaper (fewer evaluations, each of as many linear solves a step), and
uncertainties are worked out."""
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
    on_checked: Callable[[], None] | None = None,
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
        uncertainty: Whether to work out standard errors (of up to `FEW` unknowns).
        progress: True shows a bar on stderr with loss and values; or what else is to be told.
        device, forces: See `simulate`.
        history: File that evaluations are kept in as they are made, see `History`.
        resume: Go on from `history`, where that file is there: Gauss-Newton as if it had not been stopped, L-BFGS-B
            from the best point, without the memory of slopes it had. A search that had converged is not gone on with.
        on_checked: Called once scene, targets and parameters have been checked, before `history` is read or replaced.
        on_evaluation: Called with each entry of the history. on_step: called after each time step; an exception of
            any stops the fit, which can go on from its history.

    Raises:
        SceneError, TargetError, FitError: where scene, parameters, target and history do not fit each other.
        SolverError: where the simulation fails at the start.
    """
    begun = time.monotonic()
    teller = progress if isinstance(progress, FitProgress) else BarFitProgress() if progress else FitProgress()

    def step() -> None:
        teller.step()
        if on_step is not None:
            on_step()

    if method not in ("auto", *BUDGETS):
        fix = f"give one of {', '.join(('auto', *BUDGETS))}"
        raise FitError(f"there is no method {method!r}", where="method", fix=fix)
    pushes = _pushes(scene, parameters, method)
    tell_doubts(scene)
    problem = Problem(scene, target, parameters, device, forces, on_step=step, pushes=pushes)
    for each in problem.experiments:
        if each.scene.initial.state is not None:
            check_start(each.scene, initial_state(each.scene)["position"])
    unknowns = Parameters(scene, parameters, problem.values(), bounds)
    if method == "auto":
        method = "gauss-newton" if unknowns.size <= FEW else "l-bfgs-b"
    if evaluations is not None and evaluations < 1:
        raise FitError(f"{evaluations} evaluations are too few", where="evaluations", fix="give 1 or more")
    if on_checked is not None:
        on_checked()
    kept = History(identity(problem, unknowns, method), unknowns, history, resume)
    most = BUDGETS[method] if evaluations is None else evaluations
    known_already = bool(kept.entries)
    earlier = kept.entries[-1]["seconds"] if known_already else 0.0

    def note(u: np.ndarray, loss: float, radius: float | None = None) -> None:
        nonlocal known_already
        if known_already:  # the best point so far, where a resumed search sets out
            known_already = False
            return
        entry = kept.add(u, loss, radius, problem.accuracy, problem.halved_steps)
        teller.evaluation(entry)
        if on_evaluation is not None:
            on_evaluation(entry)

    try:
        with memory_told(scene):
            teller.begin(_facts(problem, unknowns, method, kept, most))
            u, loss, found, outcome = _search(problem, unknowns, method, kept, most, note)
            kept.end(outcome)
            known = None
            if uncertainty and unknowns.size <= FEW:
                teller.uncertainty(problem.steps * (FINER + (found is None)))
                known = _uncertainty(scene, unknowns, u, problem, found, device, forces, step)
            seconds = time.monotonic() - begun + earlier
            found_to_be = verdict(outcome, loss, problem.targets, scene, known)
            result = _result(scene, unknowns, u, loss, known, found_to_be, method, kept, seconds)
            result.motion = found.motion if found is not None else result.motion
            result.gradient_accuracy = _worst([result.gradient_accuracy, problem.accuracy])
            result.steps_taken = problem.steps * sum("halved_steps" in entry for entry in kept.entries)
            teller.done(result)
    finally:
        teller.close()
    return result


def _pushes(scene: Scene, parameters: Sequence[str], method: str) -> bool:
    """Whether Jacobians are worked out; as far as it is known before bounds are."""
    check_scene(scene)
    if method == "auto":
        return sum(int(np.prod(value_shape(scene, name))) for name in parameters) <= FEW
    return method == "gauss-newton"


def _facts(problem: Problem, unknowns: Parameters, method: str, kept: History, most: int) -> dict[str, Any]:
    """For `FitProgress.begin`."""
    return {
        "version": __version__,
        "device": str(problem.experiments[0].inputs.model.device),
        "method": method,
        "parameters": list(unknowns.names),
        "unknowns": unknowns.size,
        "steps": problem.steps * (1 if method == "gauss-newton" else 2),  # L-BFGS-B goes forward and back
        "evaluations": most,
        "evaluations_done": len(kept.entries),
    }


def _search(
    problem: Problem, unknowns: Parameters, method: str, kept: History, most: int, note: Callable[..., None]
) -> tuple[np.ndarray, float, Linearised | None, str]:
    """The best unknowns, their loss, the residuals' Jacobian there if it is known, and how the search ended."""
    start, radius, budget = unknowns.start, FIRST_RADIUS, most
    if kept.best_unknowns is not None:
        if kept.outcome == "converged":
            return kept.best_unknowns, kept.best_loss, None, kept.outcome
        start, radius = kept.best_unknowns, kept.radius or FIRST_RADIUS
        budget = max(most - len(kept.entries), 0) + 1  # it is evaluated again there
    if method == "l-bfgs-b":
        first = kept.entries[0]["loss"] if kept.entries else None
        u, loss, outcome = lbfgs(problem, unknowns, start, budget, lambda u, loss, _: note(u, loss), first)
        return u, loss, None, outcome

    def on_point(point: Point, _best: bool) -> None:
        note(point.u, point.linearised.loss, point.radius)

    point, outcome = gauss_newton(problem, unknowns, start, radius, budget, on_point)
    return point.u, point.linearised.loss, point.linearised, outcome


def _uncertainty(scene, unknowns, u, problem, found, device, forces, on_step) -> Uncertainty:
    found = found or linearise(problem, unknowns, u)
    shifts = None
    if problem.steps and forces is None and "forces" not in unknowns.names:
        try:
            finer = Problem(scene, problem.targets, problem.names, device, on_step=on_step, finer=FINER)
            other = finer.linearise(unknowns.values(u), [])
            shifts = [b.residual - a.residual for a, b in zip(found.frames, other.frames)]
        except SolverError:  # the answer then comes without this part
            shifts = None
    return uncertainty_of(found, unknowns.labels, shifts)


def _worst(accuracies: list[float | None]) -> float:
    """The largest of those that are known; nan where none is."""
    return float(np.fmax.reduce([np.nan if each is None else each for each in accuracies], initial=np.nan))


def _at_bounds(unknowns: Parameters, u: np.ndarray) -> list[str]:
    """Statements about unknowns that the bounds hold."""
    statements = []
    for k, label in enumerate(unknowns.labels if unknowns.size <= FEW else []):
        low, high = u[k] <= unknowns.lower[k], u[k] >= unknowns.upper[k]
        if low != high:
            side = "lower" if low else "upper"
            statements.append(f"{label}: it is at its {side} bound, and would go further without")
    return statements


def _result(scene, unknowns, u, loss, known, outcome, method, kept, seconds) -> FitResult:
    values = unknowns.values(u)
    errors = np.full(unknowns.size, np.nan)
    statements = ["standard errors were not worked out"]
    correlations, noise = np.full((unknowns.size, unknowns.size), np.nan), float("nan")
    if known is not None:
        errors = np.where(known.determined, known.errors * unknowns.to_value_units(u), np.inf)
        statements, correlations, noise = known.statements, known.correlations, known.noise
    statements = [*_at_bounds(unknowns, u), *statements]
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
        gradient_accuracy=_worst([entry.get("gradient_accuracy") for entry in kept.entries]),
        halved_steps=sum(entry.get("halved_steps", 0) for entry in kept.entries),
    )
