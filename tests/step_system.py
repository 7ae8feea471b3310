"""The linear system of a violent step, for tests of linear solvers."""

from __future__ import annotations

import numpy as np
import warp as wp
from sample_cloth import sample_model
from textile_cloth import shaken_step

from warp_fabric.solver.device_basis import DeviceBasis
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.linear import LinearReport, LinearSolver
from warp_fabric.solver.preconditioner import LinePreconditioner, Preconditioner

RELATIVE = 1e-10


def gmres(fabric: str, device: str, kind: type[Preconditioner] = LinePreconditioner, amount: float = 0.05) -> Gmres:
    """For one of the sample fabrics."""
    made = shaken_step(sample_model(fabric, device), amount)
    solver = Gmres(kind(made.jacobian), made.residual)
    solver.factor()
    return solver


def on_device(most: int, size: int) -> DeviceBasis:
    """The vectors of GPUs, on the CPU: to take the place of `gmres.HostBasis`."""
    return DeviceBasis(most, size, wp.get_device("cpu"))


def solve(solver: LinearSolver, transposed: bool, relative: float = RELATIVE) -> LinearReport:
    """Either way."""
    return solver.solve_transposed(relative) if transposed else solver.solve(relative, 0.0)


def dense(solver: LinearSolver, transposed: bool = False) -> np.ndarray:
    matrix = solver.matrix.to_scipy().toarray()
    return matrix.T if transposed else matrix


def right(solver: LinearSolver) -> np.ndarray:
    return solver.right.numpy().ravel().copy()


def solution(solver: LinearSolver) -> np.ndarray:
    return solver.solution.numpy().ravel().copy()


def answer(solver: LinearSolver, transposed: bool = False) -> np.ndarray:
    """By dense algebra."""
    return np.linalg.solve(dense(solver, transposed), right(solver))
