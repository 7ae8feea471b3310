"""Solves with the stencil matrix A: the contract of a solver.

Forward, A x = b is preconditioned from the left, M^-1 A x = M^-1 b, so that residuals are measured as what they mean:
an error in the unknown velocity [m/s], in the same measure at every crossing, whatever its mass and damping. The
transposed solve of the adjoint, A' y = g, is measured in g: with r = g - A' y left, a derivative g . dv/dz is off by
r . dv/dz, so |r| / |g| says how accurate the gradient is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import warp as wp

from warp_fabric.solver.blocks import BlockMatrix


@dataclass
class LinearReport:
    """One linear solve.

    Attributes:
        method: the method that gave the answer. iterations: Krylov iterations of all methods tried.
        residual: norm of the residual that is left, as the solve measures it; start: before the first iteration.
    """

    method: str
    iterations: int
    residual: float
    start: float
    converged: bool


class LinearSolver(ABC):
    """Solves `matrix` x = `right`; both stay where they are, so that device work can be recorded.

    Attributes:
        right, solution: [N] vec5. preconditioned: M^-1 right, as `measure` leaves it.
        definite: False where the last `factor` showed that the matrix's symmetric part is not positive definite, None
            where it shows nothing.
    """

    definite: bool | None = None

    def __init__(self, matrix: BlockMatrix, right: wp.array, share: LinearSolver | None = None) -> None:
        """`share`: Another solver of the same system, whose buffers are taken."""
        self.matrix, self.right = matrix, right
        self.solution = share.solution if share else wp.zeros_like(right, requires_grad=False)
        self.preconditioned = share.preconditioned if share else wp.zeros_like(right, requires_grad=False)

    @abstractmethod
    def factor(self) -> None:
        """Prepare the preconditioner for the matrix's current blocks."""

    @abstractmethod
    def measure(self) -> float:
        """Norm of M^-1 right: how far, in m/s, the right-hand side is from zero."""

    @abstractmethod
    def iterate(self) -> None:
        """The device work of one Krylov iteration on whatever the buffers hold; to measure it."""

    @abstractmethod
    def solve(self, relative: float, absolute: float, start: float | None = None) -> LinearReport:
        """Solve until the preconditioned residual is below `relative` times the first, or below `absolute`.

        Args:
            start: What `measure` has just given for the right-hand side as it is.
        """

    @abstractmethod
    def solve_transposed(self, relative: float) -> LinearReport:
        """Solve `matrix`' x = `right` until the residual is below `relative` times `right`; as far as rounding lets."""
