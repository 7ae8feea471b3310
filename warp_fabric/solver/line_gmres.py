"""GMRES with the line preconditioner, on the CPU; a sparse direct solve where it stagnates."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy.sparse.linalg
import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.linear import LinearReport, LinearSolver, Recorded
from warp_fabric.solver.preconditioner import LinePreconditioner


class LineGmres(LinearSolver):
    """Vector work in NumPy on memory shared with Warp; matrix products and sweeps along yarns are recorded."""

    RESTART = 40
    RESTARTS = 4
    TRUSTED = 1.0e-8  # down to this reduction GMRES's own estimate of its residual is right

    def __init__(self, matrix: BlockMatrix, right: wp.array) -> None:
        super().__init__(matrix, right)
        device = matrix.model.device
        self.preconditioner = LinePreconditioner(matrix.model)
        self._direction, self._product, self._image = (wp.zeros_like(self.solution) for _ in range(3))
        self._views = {
            name: getattr(self, name).numpy().reshape(-1)
            for name in ("right", "solution", "preconditioned", "_direction", "_product", "_image")
        }
        self._basis = np.empty((self.RESTART + 1, matrix.size))
        self._factor_lines = Recorded(device, lambda: self.preconditioner.factor(matrix))
        self._precondition_right = Recorded(device, lambda: self.preconditioner.apply(right, self.preconditioned))

        def apply() -> None:
            matrix.multiply(self._direction, self._direction, self._product)
            self.preconditioner.apply(self._product, self._image)

        def precondition_transposed() -> None:
            self.preconditioner.apply(self._direction, self._product, transposed=True)

        def apply_transposed() -> None:
            precondition_transposed()
            matrix.multiply(self._product, self._product, self._image, transposed=True)

        self._apply = Recorded(device, apply)
        self._apply_transposed = Recorded(device, apply_transposed)
        self._precondition_transposed = Recorded(device, precondition_transposed)
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
        start = self.measure()
        if not np.isfinite(start):
            return LinearReport("gmres", 0, start, start, False)
        target = max(relative * start, absolute)
        iterations, residual = self._iterate(self._image_of, self._views["preconditioned"].copy(), target, solution)
        if residual <= 2.0 * target:  # a little is lost to rounding
            return LinearReport("gmres", iterations, residual, start, True)
        self._stagnates = True
        if not self._direct("N"):
            return LinearReport("direct", iterations, np.inf, start, False)
        residual = float(np.linalg.norm(self._views["preconditioned"] - self._image_of(solution)))
        return LinearReport("direct", iterations, residual, start, bool(residual <= max(target, 1e-8 * start)))

    def solve_transposed(self, relative: float) -> LinearReport:
        solution, right = self._views["solution"], self._views["right"]
        start = float(np.linalg.norm(right))
        if not np.isfinite(start):
            return LinearReport("gmres", 0, start, start, False)
        target = relative * start
        iterations, residual = self._iterate(self._image_of_transposed, right.copy(), target, solution)
        if residual <= 2.0 * target:
            self._views["_direction"][:] = solution
            self._precondition_transposed()
            solution[:] = self._views["_product"]
            return LinearReport("gmres", iterations, residual, start, True)
        self._stagnates = True
        if not self._direct("T"):
            return LinearReport("direct", iterations, np.inf, start, False)
        self._views["_product"][:] = solution
        self.matrix.multiply(self._product, self._product, self._image, transposed=True)
        residual = float(np.linalg.norm(right - self._views["_image"]))
        return LinearReport("direct", iterations, residual, start, bool(residual <= max(target, 1e-8 * start)))

    def _iterate(
        self, image_of: Callable[[np.ndarray], np.ndarray], right: np.ndarray, target: float, solution: np.ndarray
    ) -> tuple[int, float]:
        """Restarted GMRES from zero; iterations made and the norm of the residual left."""
        solution[:] = 0.0
        remaining, residual, iterations = right, float(np.linalg.norm(right)), 0
        start = residual
        for _ in range(0 if self._stagnates else self.RESTARTS):
            if residual <= target:
                break
            used, residual = self._cycle(image_of, remaining, residual, target, solution)
            iterations += used
            if residual > target or target < self.TRUSTED * start:
                remaining = right - image_of(solution)
                residual = float(np.linalg.norm(remaining))
        return iterations, residual

    def _image_of(self, x: np.ndarray) -> np.ndarray:
        """M^-1 A x; the array returned is overwritten by the next call."""
        self._views["_direction"][:] = x
        self._apply()
        return self._views["_image"]

    def _image_of_transposed(self, x: np.ndarray) -> np.ndarray:
        """(M^-1 A)' x."""
        self._views["_direction"][:] = x
        self._apply_transposed()
        return self._views["_image"]

    def _cycle(self, image_of, remaining: np.ndarray, norm: float, target: float, solution) -> tuple[int, float]:
        """One GMRES cycle from `remaining`; adds its correction to `solution`."""
        basis = self._basis
        basis[0] = remaining / norm
        hessenberg = np.zeros((self.RESTART, self.RESTART))
        cosines, sines, rhs = [], [], [norm]
        steps = 0
        for k in range(self.RESTART):
            w = image_of(basis[k])
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

    def _direct(self, transposed: str) -> bool:
        """Solve with LU factors ("N" forward, "T" transposed); False where the matrix is exactly singular."""
        try:
            factors = self._lu = self._lu or scipy.sparse.linalg.splu(self.matrix.to_scipy().tocsc())
        except RuntimeError:
            return False
        self._views["solution"][:] = factors.solve(self._views["right"], trans=transposed)
        return True
