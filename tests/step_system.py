"""The linear system of a violent step, for tests of linear solvers."""

from __future__ import annotations

import numpy as np
from sample_cloth import perturbed, sample_model, sample_scene

from warp_fabric.model import Model
from warp_fabric.solver.device_krylov import DeviceKrylov
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.line_gmres import LineGmres
from warp_fabric.solver.linear import LinearSolver

RELATIVE = 1e-10


def violent_step(model: Model, amount: float = 0.05) -> StepEquation:
    """An equation with the residual and Jacobian of a violent step."""
    point = perturbed(model, seed=91, amount=amount)
    result, scheme = StepEquation(model), Scheme.euler(1e-3)
    result.set_time(1e-3)
    result.begin(scheme, point.state, point.state)
    result.guess(point.state)
    result.evaluate(scheme)
    result.evaluate_jacobian(scheme)
    return result


def line_solver(fabric: str, amount: float = 0.05) -> LineGmres:
    """On the CPU, as it works in memory that it shares with NumPy."""
    made = violent_step(sample_model(fabric, "cpu"), amount)
    solver = LineGmres(made.jacobian, made.residual)
    solver.factor()
    return solver


def krylov_solver(device: str) -> DeviceKrylov:
    """For a small cloth: on the CPU it is slow. Take `verify_autograd_array_access` off before: kernels of its own are
    made for each solver anew, and never cached while their array access is verified."""
    scene = sample_scene("plain").replace({"fabric.ends": 4, "fabric.picks": 4, "pins": []})
    made = violent_step(Model(scene, device))
    solver = DeviceKrylov(made.jacobian, made.residual)
    solver.factor()
    return solver


def dense(solver: LinearSolver) -> np.ndarray:
    return solver.matrix.to_scipy().toarray()


def right(solver: LinearSolver) -> np.ndarray:
    return solver.right.numpy().ravel().copy()


def solution(solver: LinearSolver) -> np.ndarray:
    return solver.solution.numpy().ravel().copy()
