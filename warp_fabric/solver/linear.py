"""Solves with the stencil matrix A: the contract of a solver.

Forward, A x = b is preconditioned from the left, M^-1 A x = M^-1 b, so that residuals are measured as what they mean:
an error in the unknown velocity [m/s], in the same measure at every crossing, whatever its mass and damping. The
transposed solve of the adjoint, A' y = g, takes the transposed operator, (M^-1 A)' u = g with y = M^-T u, so that its
residual is measured in g: relative to it, that is the relative error of the gradient.
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


class Recorded:
    """Device work that is recorded when it is called a second time, then replayed without the cost of launching it."""

    def __init__(self, device: wp.Device, work) -> None:
        self._device, self._work = device, work
        self._graph = None
        self._called = False

    def __call__(self) -> None:
        if not self._called:  # compiles what is needed, outside the recording
            self._called = True
            self._work()
            return
        if self._graph is None:
            with wp.ScopedDevice(self._device), wp.ScopedCapture(self._device) as capture:
                self._work()
            self._graph = capture.graph
        wp.capture_launch(self._graph)


class LinearSolver(ABC):
    """Solves `matrix` x = `right`; both stay where they are, so that device work can be recorded.

    Attributes:
        right, solution: [N] vec5. preconditioned: M^-1 right, as `measure` leaves it.
    """

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        self.matrix, self.right = matrix, right
        self.solution = wp.zeros_like(right, requires_grad=False)
        self.preconditioned = wp.zeros_like(right, requires_grad=False)

    def begin(self) -> None:  # noqa: B027
        """Forget what earlier matrices taught: a new step must go the same way in a run and in a resumed one."""

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
    def solve(self, relative: float, absolute: float) -> LinearReport:
        """Solve until the preconditioned residual is below `relative` times the first, or below `absolute`."""

    @abstractmethod
    def solve_transposed(self, relative: float) -> LinearReport:
        """Solve `matrix`' x = `right` until the residual is below `relative` times `right`."""
