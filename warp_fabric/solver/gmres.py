"""GMRES, restarted: what its Krylov space is used for, and when it ends.

Vectors stay on the device (`basis.py` for the CPU, `device_basis.py` for others); the host reads a few numbers in an
iteration.
"""

from __future__ import annotations

import math

import numpy as np
import warp as wp

from warp_fabric.solver.basis import Basis, HostBasis
from warp_fabric.solver.device_basis import DeviceBasis
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
        self._host = HostArrays()
        vectors = self.RESTART + 1
        self._basis: Basis = (
            HostBasis(vectors, matrix.size) if device.is_cpu else DeviceBasis(vectors, matrix.size, device)
        )

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
        return self._basis.norm(self.preconditioned)

    def iterate(self) -> None:
        self._do["image"]()

    def solve(self, relative: float, absolute: float, start: float | None = None) -> LinearReport:
        start = self.measure() if start is None else start
        if not np.isfinite(start):
            return self._report(0, start, start, False)
        target = max(relative * start, absolute)
        basis, residual, iterations = self._basis, start, 0
        self.solution.zero_()
        basis.take(self.preconditioned)
        for _ in range(self.RESTARTS):
            if residual <= target:
                break
            used, estimate = self._cycle("image", residual, target)
            iterations += used
            basis.add(self.solution, self._direction, self.solution)
            if estimate <= target and target >= self.TRUSTED * start:
                residual = estimate
                break
            before = residual
            self._host.copy(self._direction, self.solution)
            self._do["image"]()
            residual = basis.leave(self.preconditioned, self._image)
            if not residual <= STAGNANT * before:
                break
        return self._report(iterations, residual, start, residual <= 2.0 * target)  # a little is lost to rounding

    def solve_transposed(self, relative: float) -> LinearReport:
        basis = self._basis
        start = residual = basis.norm(self.right)
        if not np.isfinite(start):
            return self._report(0, start, start, False)
        target, iterations = relative * start, 0
        self.solution.zero_()
        basis.take(self.right)
        for _ in range(self.RESTARTS):
            if residual <= target:
                break
            used, _ = self._cycle("image transposed", residual, target)
            iterations += used
            self._do["back"]()
            basis.add(self.solution, self._product, self._product)
            self._do["transposed"]()
            before, residual = residual, basis.leave(self.right, self._image)
            if not residual < before:
                residual = before
                break
            self._host.copy(self.solution, self._product)
            if residual > (0.1 if residual <= ROUNDING * start else STAGNANT) * before:
                break
        return self._report(iterations, residual, start, residual <= target)

    def _report(self, iterations: int, residual: float, start: float, converged: bool) -> LinearReport:
        return LinearReport(f"gmres, {self.preconditioner.name}", iterations, residual, start, bool(converged))

    def _cycle(self, operator: str, norm: float, target: float) -> tuple[int, float]:
        """One cycle from the basis' residual: iterations, the residual's norm as estimated; `_direction` becomes the
        correction.

        Args:
            operator: The work that sets `_image` = M^-1 A `_direction`, or its transpose.
        """
        hessenberg = np.zeros((self.RESTART, self.RESTART))
        cosines, sines, rhs = [], [], [norm]
        steps = 0
        self._basis.begin(norm, self._direction)
        for k in range(self.RESTART):
            self._do[operator]()
            h, height = self._basis.grow(k + 1, self._image, self._direction)
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
        self._basis.combine(np.linalg.solve(hessenberg[:steps, :steps], rhs[:steps]), self._direction)
        return steps, abs(rhs[steps])
