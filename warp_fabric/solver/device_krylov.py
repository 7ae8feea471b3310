"""Warp's BiCGSTAB with the block diagonal preconditioner, then its GMRES where that fails; all on the device."""

from __future__ import annotations

import numpy as np
import warp as wp
import warp.optim.linear

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.linear import LinearReport, LinearSolver
from warp_fabric.solver.preconditioner import DiagonalPreconditioner
from warp_fabric.solver.recorded import Schedule
from warp_fabric.types import f64, vec5


@wp.kernel(enable_backward=False)
def _scaled_sum(alpha: f64, x: wp.array(dtype=vec5), beta: f64, y: wp.array(dtype=vec5), z: wp.array(dtype=vec5)):
    i = wp.tid()
    result = alpha * x[i]
    if beta != f64(0.0):
        result += beta * y[i]
    z[i] = result


class DeviceKrylov(LinearSolver):
    """Its solvers record themselves on the device, each with its tolerance."""

    LIMIT = 2000

    def __init__(self, matrix: BlockMatrix, right: wp.array, share: LinearSolver | None = None) -> None:
        super().__init__(matrix, right, share)
        model = matrix.model
        self.preconditioner = DiagonalPreconditioner(matrix)
        self._invert_diagonal = Schedule(model.device, self.preconditioner.factor())
        self._precondition_right = Schedule(model.device, self.preconditioner.apply(right, self.preconditioned))
        self._product, self._scratch = wp.zeros_like(self.solution), wp.zeros_like(self.solution)
        self._operators = {transposed: self._operator(matrix, transposed) for transposed in (False, True)}
        self._solvers = {}

    def factor(self) -> None:
        self._invert_diagonal()

    def measure(self) -> float:
        self._precondition_right()
        return self._norm(self.preconditioned)

    def iterate(self) -> None:
        self._operators[False].matvec(self.preconditioned, self.solution, self._scratch, 1.0, 0.0)

    def solve(self, relative: float, absolute: float, start: float | None = None) -> LinearReport:
        return self._solve(False, self.measure() if start is None else start, relative, absolute)

    def solve_transposed(self, relative: float) -> LinearReport:
        report = self._solve(True, self._norm(self.right), relative, 0.0)
        self._apply(self.solution, self.solution, transposed=True)
        return report

    def _solve(self, transposed: bool, start: float, relative: float, absolute: float) -> LinearReport:
        if not np.isfinite(start):
            return LinearReport("bicgstab", 0, start, start, False)
        target = max(relative * start, absolute)
        total, residual = 0, start
        if start == 0.0:  # Warp's GMRES divides by it
            self.solution.zero_()
            return LinearReport("bicgstab", 0, 0.0, 0.0, True)
        for method in ("bicgstab", "gmres"):
            self.solution.zero_()
            used, residual, _ = self._solver(method, transposed, relative, absolute)()
            total += int(used)
            if residual <= target:
                return LinearReport(method, total, float(residual), start, True)
        return LinearReport("gmres", total, float(residual), start, False)

    def _apply(self, x: wp.array, out: wp.array, transposed: bool) -> None:
        for piece in self.preconditioner.apply(x, out, transposed):
            piece.run()

    def _norm(self, x: wp.array) -> float:
        with wp.ScopedDevice(x.device):
            return float(wp.utils.array_inner(x, x)) ** 0.5

    def _solver(self, method: str, transposed: bool, relative: float, absolute: float):
        """A solver with buffers and graphs of its own; its tolerances are fixed when it is made."""
        key = (method, transposed, relative, absolute)
        if key not in self._solvers:
            make = getattr(warp.optim.linear, method)
            self._solvers[key] = make(
                self._operators[transposed],
                self.right if transposed else self.preconditioned,
                self.solution,
                tol=relative,
                atol=absolute,
                maxiter=self.LIMIT,
                run=False,
            )
        return self._solvers[key]

    def _operator(self, matrix: BlockMatrix, transposed: bool) -> warp.optim.linear.LinearOperator:
        """D^-1 A, or its transpose."""

        def multiply(x: wp.array, y: wp.array, z: wp.array, alpha: float, beta: float) -> None:
            if transposed:
                self._apply(x, self._scratch, transposed=True)
                matrix.multiply(self._scratch, self._scratch, self._product, transposed=True)
            else:
                matrix.multiply(x, x, self._product)
                self._apply(self._product, self._product, transposed=False)
            inputs = [alpha, self._product, beta, y]
            wp.launch(_scaled_sum, matrix.model.node_count, inputs, [z], device=matrix.model.device)

        size = (matrix.size, matrix.size)
        return warp.optim.linear.LinearOperator(size, wp.float64, matrix.model.device, multiply)
