"""The linear solver of a step: methods in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.linear import LinearReport, LinearSolver
from warp_fabric.solver.preconditioner import LinePreconditioner
from warp_fabric.solver.sparse_lu import LuPreconditioner
from warp_fabric.solver.sweep import SweepPreconditioner
from warp_fabric.solver.two_level import TwoLevelPreconditioner


class StepSolver(LinearSolver):
    """Solves a step's matrix by what suits its yarns, and by what is stronger where that fails.

    Where the model is stiff in bending or shear (`Model.stiff`; by the model and the step alone, so that a resumed run
    goes the same way) the two-level preconditioner serves from the start; else lines (a sweep where yarns are crimped),
    which cost less, and two levels only after those have failed. Where these fail too, as in some heaps, the matrix of
    cloth that touches itself is factorised for the rest of the step.

    Attributes:
        used: What serves now, "light", "two-level" or "LU".
    """

    LARGEST = 10_000
    """Crossings, up to which a matrix is factorised: factors of more take gigabytes."""
    DIRECTLY = 1.0e-6
    """Relative residual of a transposed solve above which LU factors are tried."""

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        super().__init__(matrix, right)
        self._made: dict[str, Gmres] = {}
        self.used = "light"
        model = matrix.model
        factorable = model.touches_itself and model.device.is_cpu and model.node_count <= self.LARGEST
        self._strongest = "LU" if factorable else "two-level"

    def begin(self, h: float, strong: bool = False) -> None:
        """Choose for the matrices of a step; what earlier ones taught is forgotten.

        Args:
            h: s, the factor of velocities in the step's equation. strong: Take two levels at least.
        """
        if strong and self.used == "LU":
            return
        self.used = "two-level" if strong or self.matrix.model.stiff(h) else "light"
        for made in self._made.values():
            made.preconditioner.begin()

    @property
    def definite(self) -> bool | None:
        return self._solver().definite

    def factor(self) -> None:
        self._solver().factor()

    def measure(self) -> float:
        return self._solver().measure()

    def iterate(self) -> None:
        self._solver().iterate()

    def solve(self, relative: float, absolute: float, start: float | None = None) -> LinearReport:
        report = self._solver().solve(relative, absolute, start)
        if not report.converged and np.isfinite(report.start) and self._strengthen(self._strongest):
            more = self.solve(relative, absolute)
            more.iterations += report.iterations
            return more
        return report

    def solve_transposed(self, relative: float) -> LinearReport:
        report = self._solver().solve_transposed(relative)
        if not report.converged and np.isfinite(report.start) and self._strengthen("two-level"):
            report = self._better(report, lambda: self._solver().solve_transposed(relative))
        if np.isfinite(report.start) and report.residual > self.DIRECTLY * report.start:
            report = self._better(report, self._solve_transposed_directly)
        return report

    def _better(self, report: LinearReport, solve: Callable[[], LinearReport]) -> LinearReport:
        """Solve once more; the report, and in `solution` the answer, of the better of the two."""
        kept = wp.clone(self.solution)
        more = solve()
        more.iterations += report.iterations
        if more.residual < report.residual:
            return more
        wp.copy(self.solution, kept)
        report.iterations = more.iterations
        return report

    def _solve_transposed_directly(self) -> LinearReport:
        """By sparse LU factors, refined once."""
        matrix, right = self._on_host()
        start = float(np.linalg.norm(right))
        factors = _factors(matrix)
        if factors is None:
            return LinearReport("direct", 0, np.inf, start, False)
        solution = factors.solve(right, trans="T")
        solution += factors.solve(right - matrix.T @ solution, trans="T")
        self.solution.assign(solution.reshape(-1, 5))
        residual = float(np.linalg.norm(right - matrix.T @ solution))
        return LinearReport("direct", 0, residual if np.isfinite(residual) else np.inf, start, False)

    def solve_directly(self) -> bool:
        """Solve by sparse LU factors; False where the matrix is exactly singular. Slow for large cloth."""
        matrix, right = self._on_host()
        factors = _factors(matrix)
        if factors is None:
            return False
        solution = factors.solve(right)
        self.solution.assign(solution.reshape(-1, 5))
        return bool(np.isfinite(solution).all())

    def _on_host(self) -> tuple[scipy.sparse.csc_array, np.ndarray]:
        return self.matrix.to_scipy().tocsc(), self.right.numpy().reshape(-1).astype(float)

    def _strengthen(self, most: str) -> bool:
        """Go over to what is stronger, at most to this; False where that serves already."""
        order = ("light", "two-level", "LU")
        now = order.index(self.used)
        if now >= order.index(most):
            return False
        self.used = order[now + 1]
        self.factor()
        return True

    def _solver(self) -> Gmres:
        if self.used not in self._made:
            light = SweepPreconditioner if self.matrix.model.crimped else LinePreconditioner
            kinds = {"light": light, "two-level": TwoLevelPreconditioner, "LU": LuPreconditioner}
            self._made[self.used] = Gmres(kinds[self.used](self.matrix), self.right, self)
        return self._made[self.used]


def _factors(matrix: scipy.sparse.csc_array) -> scipy.sparse.linalg.SuperLU | None:
    """LU factors, None where the matrix is exactly singular."""
    try:
        return scipy.sparse.linalg.splu(matrix)
    except RuntimeError:
        return None
