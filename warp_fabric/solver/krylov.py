"""The linear solver of a step: methods in the order in which they are tried."""

from __future__ import annotations

import numpy as np
import scipy.sparse.linalg
import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.device_krylov import DeviceKrylov
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.linear import LinearReport, LinearSolver
from warp_fabric.solver.preconditioner import LinePreconditioner
from warp_fabric.solver.two_level import TwoLevelPreconditioner


class StepSolver(LinearSolver):
    """Solves a step's matrix by what suits its yarns, and by what is stronger where that fails.

    Where the model is stiff in bending or shear (`Model.stiff`; by the model and the step alone, so that a resumed run
    goes the same way) the two-level preconditioner serves from the start; else lines on the CPU, the block diagonal on
    CUDA, which cost less, and two levels only after they have failed.
    """

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        super().__init__(matrix, right)
        self._made: dict[str, LinearSolver] = {}
        self._used = "light"
        self._factored = ""

    def begin(self, h: float, strong: bool = False) -> None:
        """Choose for the matrices of a step; what earlier ones taught is forgotten.

        Args:
            h: s, the factor of velocities in the step's equation. strong: Take two levels in any case.
        """
        self._used = "two-level" if strong or self.matrix.model.stiff(h) else "light"
        self._factored = ""

    @property
    def definite(self) -> bool | None:
        return self._solver().definite

    def factor(self) -> None:
        self._solver().factor()
        self._factored = self._used

    def measure(self) -> float:
        return self._solver().measure()

    def iterate(self) -> None:
        self._solver().iterate()

    def solve(self, relative: float, absolute: float, start: float | None = None) -> LinearReport:
        report = self._solver().solve(relative, absolute, start)
        if not report.converged and np.isfinite(report.start) and self._strengthen():
            more = self._solver().solve(relative, absolute)
            more.iterations += report.iterations
            return more
        return report

    def solve_transposed(self, relative: float) -> LinearReport:
        report = self._solver().solve_transposed(relative)
        if not report.converged and np.isfinite(report.start) and self._strengthen():
            more = self._solver().solve_transposed(relative)
            more.iterations += report.iterations
            report = min(report, more, key=lambda each: each.residual)
        return report

    def solve_directly(self) -> bool:
        """Solve by sparse LU factors; False where the matrix is exactly singular. Slow for large cloth."""
        try:
            factors = scipy.sparse.linalg.splu(self.matrix.to_scipy().tocsc())
        except RuntimeError:
            return False
        solution = factors.solve(self.right.numpy().reshape(-1).astype(float))
        self.solution.assign(solution.reshape(-1, 5))
        return bool(np.isfinite(solution).all())

    def _strengthen(self) -> bool:
        """Go over to two levels; False where they serve already."""
        if self._used == "two-level":
            return False
        self._used = "two-level"
        self.factor()
        return True

    def _solver(self) -> LinearSolver:
        if self._used not in self._made:
            if self._used == "two-level":
                made = Gmres(TwoLevelPreconditioner(self.matrix), self.right, self)
            elif self.matrix.model.device.is_cpu:
                made = Gmres(LinePreconditioner(self.matrix), self.right, self)
            else:
                made = DeviceKrylov(self.matrix, self.right, self)
            self._made[self._used] = made
        return self._made[self._used]
