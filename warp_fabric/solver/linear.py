"""Krylov solves with the stencil matrix, forward; one solver per kind of device, both non-symmetric.

The right-hand side is preconditioned from the left, so that residuals are measured as what they mean: an error in the
unknown velocity [m/s], in the same measure at every crossing, whatever its mass and damping.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import scipy.sparse.linalg
import warp as wp
import warp.optim.linear

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.preconditioner import DiagonalPreconditioner, LinePreconditioner
from warp_fabric.types import f64, vec5


@dataclass
class LinearReport:
    """One linear solve.

    Attributes:
        method: the method that gave the answer. iterations: Krylov iterations of all methods tried.
        residual: norm of the preconditioned residual that is left; start: before the first iteration.
    """

    method: str
    iterations: int
    residual: float
    start: float
    converged: bool


class Recorded:
    """Device work recorded once, then replayed without the cost of launching it from Python."""

    def __init__(self, device: wp.Device, work) -> None:
        work()  # compiles what is needed, outside the recording
        with wp.ScopedDevice(device), wp.ScopedCapture(device) as capture:
            work()
        self._graph = capture.graph

    def __call__(self) -> None:
        wp.capture_launch(self._graph)


class LinearSolver(ABC):
    """Solves `matrix` x = `right`; both stay where they are, so that device work can be recorded.

    Attributes:
        right, solution: [N] vec5. preconditioned: M^-1 right, as `measure` leaves it.
    """

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        self.matrix, self.right = matrix, right
        self.solution = wp.zeros_like(right)
        self.preconditioned = wp.zeros_like(right)

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


class LineGmres(LinearSolver):
    """GMRES with the line preconditioner, on the CPU; a sparse direct solve where it stagnates."""

    RESTART = 40
    RESTARTS = 4
    TRUSTED = 1.0e-8  # down to this reduction GMRES's own estimate of its residual is right

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        super().__init__(matrix, right)
        device = matrix.model.device
        self.preconditioner = LinePreconditioner(matrix.model)
        self._direction, self._product, self._image = (wp.zeros_like(right) for _ in range(3))
        self._views = {
            name: getattr(self, name).numpy().reshape(-1)
            for name in ("right", "solution", "preconditioned", "_direction", "_image")
        }
        self._basis = np.empty((self.RESTART + 1, matrix.size))
        self._factor_lines = Recorded(device, lambda: self.preconditioner.factor(matrix))
        self._precondition_right = Recorded(device, lambda: self.preconditioner.apply(right, self.preconditioned))

        def apply() -> None:
            matrix.multiply(self._direction, self._direction, self._product)
            self.preconditioner.apply(self._product, self._image)

        self._apply = Recorded(device, apply)
        self._stagnates = False
        self._lu: scipy.sparse.linalg.SuperLU | None = None

    def begin(self) -> None:
        self._stagnates = False

    def factor(self) -> None:
        self._factor_lines()
        self._lu = None

    def measure(self) -> float:
        self._precondition_right()
        return float(np.linalg.norm(self._views["preconditioned"]))

    def iterate(self) -> None:
        self._apply()

    def solve(self, relative: float, absolute: float) -> LinearReport:
        solution = self._views["solution"]
        solution[:] = 0.0
        start = residual = self.measure()
        if not np.isfinite(start):
            return LinearReport("gmres", 0, start, start, False)
        target = max(relative * start, absolute)
        remaining = self._views["preconditioned"]
        iterations = 0
        for _ in range(0 if self._stagnates else self.RESTARTS):
            if residual <= target:
                break
            used, residual = self._cycle(remaining, residual, target, solution)
            iterations += used
            if residual > target or target < self.TRUSTED * start:
                self._image_of(solution)
                remaining = self._views["preconditioned"] - self._views["_image"]
                residual = float(np.linalg.norm(remaining))
        if residual <= 2.0 * target:  # a little is lost to rounding
            return LinearReport("gmres", iterations, residual, start, True)
        self._stagnates = True
        return self._direct(iterations, start, target)

    def _image_of(self, x: np.ndarray) -> None:
        self._views["_direction"][:] = x
        self._apply()

    def _cycle(self, remaining: np.ndarray, norm: float, target: float, solution: np.ndarray) -> tuple[int, float]:
        """One GMRES cycle from `remaining`; adds its correction to `solution`."""
        basis = self._basis
        basis[0] = remaining / norm
        hessenberg = np.zeros((self.RESTART, self.RESTART))
        cosines, sines, rhs = [], [], [norm]
        steps = 0
        for k in range(self.RESTART):
            self._image_of(basis[k])
            w = self._views["_image"]
            before = float(np.linalg.norm(w))
            column = basis[: k + 1] @ w
            w = w - column @ basis[: k + 1]
            height = float(np.linalg.norm(w))
            if height < 0.5 * before:  # Gram-Schmidt again where the first pass cancelled much
                again = basis[: k + 1] @ w
                w -= again @ basis[: k + 1]
                column += again
                height = float(np.linalg.norm(w))
            if height > 0.0:
                np.divide(w, height, out=basis[k + 1])
            h = column.tolist()
            for j in range(k):
                h[j], h[j + 1] = cosines[j] * h[j] + sines[j] * h[j + 1], cosines[j] * h[j + 1] - sines[j] * h[j]
            length = math.hypot(h[k], height)
            if length == 0.0:
                break
            cosines.append(h[k] / length)
            sines.append(height / length)
            h[k] = length
            hessenberg[: k + 1, k] = h
            rhs.append(-sines[k] * rhs[k])
            rhs[k] *= cosines[k]
            steps = k + 1
            if abs(rhs[k + 1]) <= target or height == 0.0:
                break
        solution += np.linalg.solve(hessenberg[:steps, :steps], rhs[:steps]) @ basis[:steps]
        return steps, abs(rhs[steps])

    def _direct(self, iterations: int, start: float, target: float) -> LinearReport:
        solution = self._views["solution"]
        try:
            lu = self._lu or scipy.sparse.linalg.splu(self.matrix.to_scipy().tocsc())
            solution[:] = lu.solve(self._views["right"])
            self._lu = lu
        except RuntimeError:  # exactly singular
            return LinearReport("direct", iterations, np.inf, start, False)
        self._image_of(solution)
        residual = float(np.linalg.norm(self._views["preconditioned"] - self._views["_image"]))
        return LinearReport("direct", iterations, residual, start, bool(residual <= max(target, 1e-8 * start)))


@wp.kernel(enable_backward=False)
def _scaled_sum(alpha: f64, x: wp.array(dtype=vec5), beta: f64, y: wp.array(dtype=vec5), z: wp.array(dtype=vec5)):
    i = wp.tid()
    result = alpha * x[i]
    if beta != f64(0.0):
        result += beta * y[i]
    z[i] = result


class DeviceKrylov(LinearSolver):
    """Warp's BiCGSTAB with the block diagonal preconditioner, then its GMRES where that fails; all on the device."""

    LIMIT = 2000

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        super().__init__(matrix, right)
        model = matrix.model
        self.preconditioner = DiagonalPreconditioner(model)
        self._invert_diagonal = Recorded(model.device, lambda: self.preconditioner.factor(matrix))
        self._precondition_right = Recorded(model.device, lambda: self.preconditioner.apply(right, self.preconditioned))
        self._product, self._scratch = wp.zeros_like(right), wp.zeros_like(right)
        self._multiply = self._operator(matrix)
        self._solvers = {}

    def factor(self) -> None:
        self._invert_diagonal()

    def measure(self) -> float:
        self._precondition_right()
        return float(wp.utils.array_inner(self.preconditioned, self.preconditioned)) ** 0.5

    def iterate(self) -> None:
        self._multiply.matvec(self.preconditioned, self.solution, self._scratch, 1.0, 0.0)

    def solve(self, relative: float, absolute: float) -> LinearReport:
        start = self.measure()
        if not np.isfinite(start):
            return LinearReport("bicgstab", 0, start, start, False)
        target = max(relative * start, absolute)
        total, residual = 0, start
        for method in ("bicgstab", "gmres"):
            self.solution.zero_()
            used, residual, _ = self._solver(method, relative, absolute)()
            total += int(used)
            if residual <= target:
                return LinearReport(method, total, float(residual), start, True)
        return LinearReport("gmres", total, float(residual), start, False)

    def _solver(self, method: str, relative: float, absolute: float):
        """A solver with buffers and graphs of its own; its tolerances are fixed when it is made."""
        key = (method, relative, absolute)
        if key not in self._solvers:
            make = getattr(warp.optim.linear, method)
            self._solvers[key] = make(
                self._multiply,
                self.preconditioned,
                self.solution,
                tol=relative,
                atol=absolute,
                maxiter=self.LIMIT,
                run=False,
            )
        return self._solvers[key]

    def _operator(self, matrix: BlockMatrix) -> warp.optim.linear.LinearOperator:
        """D^-1 A."""

        def multiply(x: wp.array, y: wp.array, z: wp.array, alpha: float, beta: float) -> None:
            matrix.multiply(x, x, self._product)
            self.preconditioner.apply(self._product, self._product)
            inputs = [alpha, self._product, beta, y]
            wp.launch(_scaled_sum, matrix.model.node_count, inputs, [z], device=matrix.model.device)

        size = (matrix.size, matrix.size)
        return warp.optim.linear.LinearOperator(size, wp.float64, matrix.model.device, multiply)


def linear_solver(matrix: BlockMatrix, right: wp.array) -> LinearSolver:
    """The solver that measures best on the matrix's device."""
    return (LineGmres if matrix.model.device.is_cpu else DeviceKrylov)(matrix, right)
