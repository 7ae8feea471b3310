"""GMRES, restarted; vector work by NumPy on the host.

On the CPU the vectors are the device's own memory. On a CUDA device they are copied: an iteration takes 40 bytes a
crossing there and 40 back, besides what the preconditioner's host work takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import warp as wp

from warp_fabric.solver.host import HostArrays
from warp_fabric.solver.linear import LinearReport, LinearSolver
from warp_fabric.solver.preconditioner import Preconditioner
from warp_fabric.solver.recorded import Schedule, Work

STAGNANT = 0.9
ROUNDING = 1.0e-8
"""A cycle that leaves more than `STAGNANT` of the residual leads nowhere. Below `ROUNDING` of the first residual, one
that leaves more than a tenth does neither: rounding lets no further."""


class Gmres(LinearSolver):
    """Solves with any preconditioner."""

    RESTART = 40
    RESTARTS = 4
    TRUSTED = 1.0e-8  # down to this reduction GMRES's own estimate of its residual is right

    def __init__(self, preconditioner: Preconditioner, right: wp.array, share: LinearSolver | None = None) -> None:
        super().__init__(preconditioner.matrix, right, share)
        matrix, device = self.matrix, self.matrix.model.device
        self.preconditioner = preconditioner
        self._direction, self._product, self._image = (wp.zeros_like(self.solution) for _ in range(3))
        self._basis = np.empty((self.RESTART + 1, matrix.size))
        self._host = HostArrays()

        def multiply(x: wp.array, out: wp.array, transposed: bool) -> Work:
            return Work(lambda: matrix.multiply(x, x, out, transposed=transposed))

        apply = preconditioner.apply
        schedules = {
            "factor": preconditioner.factor(),
            "measure": apply(right, self.preconditioned),
            "image": [multiply(self._direction, self._product, False), *apply(self._product, self._image)],
            "back": apply(self._direction, self._product, True),
            "image transposed": [
                *apply(self._direction, self._product, True),
                multiply(self._product, self._image, True),
            ],
            "transposed": [multiply(self._product, self._image, True)],
        }
        self._do = {name: Schedule(device, pieces) for name, pieces in schedules.items()}

    @property
    def definite(self) -> bool | None:
        return self.preconditioner.definite

    def factor(self) -> None:
        self._do["factor"]()

    def measure(self) -> float:
        self._do["measure"]()
        return _norm(self._host.get(self.preconditioned))

    def iterate(self) -> None:
        self._do["image"]()

    def solve(self, relative: float, absolute: float, start: float | None = None) -> LinearReport:
        start = self.measure() if start is None else start
        if not np.isfinite(start):
            return self._report(0, start, start, False)
        target = max(relative * start, absolute)
        remaining, residual, iterations = self._host.get(self.preconditioned).copy(), start, 0
        solution = np.zeros(self.matrix.size)
        for _ in range(self.RESTARTS):
            if residual <= target:
                break
            used, estimate, correction = self._cycle(self._image_of, remaining, residual, target)
            iterations += used
            solution += correction
            if estimate <= target and target >= self.TRUSTED * start:
                residual = estimate
                break
            before = residual
            remaining = self._host.get(self.preconditioned) - self._image_of(solution)
            residual = _norm(remaining)
            if not residual <= STAGNANT * before:
                break
        self._host.put(self.solution, solution)
        return self._report(iterations, residual, start, residual <= 2.0 * target)  # a little is lost to rounding

    def solve_transposed(self, relative: float) -> LinearReport:
        right = self._host.get(self.right).copy()
        start = residual = _norm(right)
        if not np.isfinite(start):
            return self._report(0, start, start, False)
        target = relative * start
        solution, remaining, iterations = np.zeros(self.matrix.size), right, 0
        for _ in range(self.RESTARTS):
            if residual <= target:
                break
            used, _, correction = self._cycle(self._image_of_transposed, remaining, residual, target)
            iterations += used
            self._host.put(self._direction, correction)
            self._do["back"]()
            candidate = solution + self._host.get(self._product)
            self._host.put(self._product, candidate)
            self._do["transposed"]()
            remaining = right - self._host.get(self._image)
            before, residual = residual, _norm(remaining)
            if not residual < before:
                residual = before
                break
            solution = candidate
            if residual > (0.1 if residual <= ROUNDING * start else STAGNANT) * before:
                break
        self._host.put(self.solution, solution)
        return self._report(iterations, residual, start, residual <= target)

    def _report(self, iterations: int, residual: float, start: float, converged: bool) -> LinearReport:
        return LinearReport(f"gmres, {self.preconditioner.name}", iterations, residual, start, bool(converged))

    def _image_of(self, x: np.ndarray) -> np.ndarray:
        """M^-1 A x; the array returned is overwritten by the next call."""
        self._host.put(self._direction, x)
        self._do["image"]()
        return self._host.get(self._image)

    def _image_of_transposed(self, x: np.ndarray) -> np.ndarray:
        """(M^-1 A)' x."""
        self._host.put(self._direction, x)
        self._do["image transposed"]()
        return self._host.get(self._image)

    def _cycle(
        self, image_of: Callable[[np.ndarray], np.ndarray], remaining: np.ndarray, norm: float, target: float
    ) -> tuple[int, float, np.ndarray]:
        """One cycle from the residual `remaining`: iterations, the residual's norm as estimated, and the correction."""
        basis = self._basis
        basis[0] = remaining / norm
        hessenberg = np.zeros((self.RESTART, self.RESTART))
        cosines, sines, rhs = [], [], [norm]
        steps = 0
        for k in range(self.RESTART):
            w = image_of(basis[k])
            before = _norm(w)
            column = basis[: k + 1] @ w
            w = w - column @ basis[: k + 1]
            height = _norm(w)
            if height < 0.5 * before:  # Gram-Schmidt again where the first pass cancelled much
                again = basis[: k + 1] @ w
                w -= again @ basis[: k + 1]
                column += again
                height = _norm(w)
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
        correction = np.linalg.solve(hessenberg[:steps, :steps], rhs[:steps]) @ basis[:steps]
        return steps, abs(rhs[steps]), correction


def _norm(x: np.ndarray) -> float:
    return math.sqrt(float(x @ x))
