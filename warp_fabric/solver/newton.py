"""Newton's method for one implicit step, globalised by a line search."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import warp as wp

from warp_fabric.forces import Convexity
from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.recorded import Recorded
from warp_fabric.types import f64, vec5

EPS = float(np.finfo(float).eps)


@dataclass
class NewtonReport:
    """How one solve went.

    Attributes:
        updates: largest component of each velocity update, m/s.
        methods: linear methods used. floor: the update that rounding alone causes.
    """

    converged: bool = False
    reason: str = ""
    updates: list[float] = field(default_factory=list)
    krylov_iterations: int = 0
    jacobians: int = 0
    residuals: int = 0
    methods: set[str] = field(default_factory=set)
    floor: float = 0.0

    @property
    def iterations(self) -> int:
        return len(self.updates)


@wp.kernel(enable_backward=False)
def _advance(base: wp.array(dtype=vec5), direction: wp.array(dtype=vec5), length: f64, unknown: wp.array(dtype=vec5)):
    i = wp.tid()
    unknown[i] = base[i] - length * direction[i]


@wp.kernel(enable_backward=False)
def _largest(x: wp.array(dtype=vec5), out: wp.array(dtype=f64)):
    i = wp.tid()
    value = x[i]
    for k in range(5):
        wp.atomic_max(out, 0, wp.abs(value[k]))


class NewtonSolver:
    """Solves a step's equation; buffers and recorded device work are kept between steps.

    The linear solve is inexact (`FORCING`), and a Jacobian serves again while it contracts well (`STALE`): both only
    cost iterations, since every update is measured against the tolerance.

    A direction dv is followed as far as the residual along it does not turn far past zero, r(v - t dv).dv >= -0.9 r(v).dv
    with t = 1, 1/2, 1/4 ... (the size of the residual is no guide where yarns are stiff, and leads to saddles where cloth
    buckles). There the Jacobian is indefinite: the coarse space's Cholesky factors tell, or a direction that leads uphill.
    Directions then come from Jacobians that leave out what makes it so (`Convexity`).
    """

    MAX_ITERATIONS = 100
    MAX_HALVINGS = 14
    FORCING = 1.0e-3
    LINEAR_SHARE = 0.1  # of the tolerance: what a linear solve may leave, in the mean over crossings
    STALE = 0.03
    OVERSHOOT = 0.9
    PATIENCE = 10  # iterations, after which linear solves are to tell whether the Jacobian is definite

    def __init__(self, equation: StepEquation, tolerance: float) -> None:
        self.equation, self.tolerance = equation, tolerance
        self.model: Model = equation.model
        self.linear = StepSolver(equation.jacobian, equation.residual)
        self._base = wp.zeros_like(equation.unknown)
        self._size = wp.zeros(1, dtype=f64, device=self.model.device)
        self.recorded: dict[tuple[str, Scheme | None], Recorded] = {}

    def solve(self, scheme: Scheme, scale: float, limit: int = MAX_ITERATIONS) -> NewtonReport:
        """Solve from the equation's current `unknown`.

        Args:
            scale: Largest coordinate of the fabric, m; sets the rounding floor.
            limit: Most iterations to make.
        """
        linear = self.linear
        linear.begin(scheme.h)
        report = NewtonReport(floor=8.0 * EPS * scale / scheme.h)
        if not self._start(scheme, report):
            report.reason = "where the step starts, a yarn segment is inverted or empty, or a force is not finite"
            return report
        absolute = self.LINEAR_SHARE * self.tolerance * self.model.node_count**0.5
        refresh, before = True, np.inf
        for iteration in range(limit):
            if iteration == self.PATIENCE:
                linear.begin(scheme.h, strong=True)
                refresh = True
            if not refresh:
                start = linear.measure()
                refresh = not start <= self.STALE * before
            fresh, convexity = refresh, Convexity.EXACT
            if refresh:
                convexity = self._jacobian(scheme, report)
                start = linear.measure()
            before = start
            slope = self._direction(start, absolute, report)
            if slope is None and not fresh:
                convexity = self._jacobian(scheme, report)
                slope = self._direction(linear.measure(), absolute, report)
            if slope is None:
                convexity = self._jacobian(scheme, report, Convexity.CONVEX)
                slope = self._direction(linear.measure(), absolute, report, direct=True)
            if slope is None:
                report.reason = "no linear method gave a way down"
                return report
            size = self.largest(linear.solution)
            report.updates.append(size)
            wp.copy(self._base, self.equation.unknown)
            if size <= self.tolerance or self._at_rounding(report):
                self._advance(1.0)
                self._run("move", scheme, self.equation.move)
                report.converged = True
                return report
            length = self._search(scheme, slope, report)
            if length is None and size <= 64.0 * report.floor:
                # The slope is at rounding level: no search can tell the way any more.
                length = 1.0
                self._advance(length)
                self._run("evaluate", scheme, self.equation.evaluate)
            if length is None:
                report.reason = "the line search found no way down"
                return report
            refresh = convexity != Convexity.EXACT or length != 1.0
        report.reason = f"{limit} Newton iterations did not reach {self.tolerance:.1e} m/s"
        return report

    @staticmethod
    def _at_rounding(report: NewtonReport) -> bool:
        """Whether the last update has stopped shrinking at the level of rounding."""
        *before, size = report.updates
        return size <= report.floor and bool(before) and size >= 0.5 * before[-1]

    def _start(self, scheme: Scheme, report: NewtonReport) -> bool:
        """Evaluate at the first guess; where it overshoots and inverts a segment, at no motion: False if that does too."""
        for retry in (False, True):
            if retry:
                self.equation.unknown.zero_()
            self._run("evaluate", scheme, self.equation.evaluate)
            report.residuals += 1
            if np.isfinite(self._norm()):
                return True
        return False

    def _jacobian(self, scheme: Scheme, report: NewtonReport, least: Convexity = Convexity.EXACT) -> Convexity:
        """Evaluate and factorise the Jacobian, exact where it is definite as far as that is known."""
        for convexity in Convexity:
            if convexity >= least:
                work = lambda scheme, convexity=convexity: self.equation.evaluate_jacobian(scheme, convexity)  # noqa: E731
                self._run("jacobian" if convexity == Convexity.EXACT else f"jacobian {convexity}", scheme, work)
                self.linear.factor()
                report.jacobians += 1
                if self.linear.definite is not False:
                    break
        return convexity

    def _direction(self, start: float, absolute: float, report: NewtonReport, direct: bool = False) -> float | None:
        """Solve for the direction; the slope along it, None where it leads uphill or nothing was found.

        Args:
            start: What `measure` gave. direct: Use sparse LU factors if need be.
        """
        found = self.linear.solve(self.FORCING, absolute, start)
        report.krylov_iterations += found.iterations
        report.methods.add(found.method)
        converged = found.converged
        if not converged and direct:
            report.methods.add("direct")
            converged = self.linear.solve_directly()
        slope = self._slope()
        return slope if converged and (slope > 0.0 or start <= absolute) else None

    def _slope(self) -> float:
        """residual . solution, kg m2/s2."""
        residual, direction = self.equation.residual, self.linear.solution
        if self.model.device.is_cpu:
            return float(np.vdot(residual.numpy(), direction.numpy()))
        return float(wp.utils.array_inner(residual, direction))

    def _search(self, scheme: Scheme, slope: float, report: NewtonReport) -> float | None:
        """Move against the direction, halving until the slope along it has not turned far; the length, None if none does."""
        length = 1.0
        for _ in range(self.MAX_HALVINGS):
            self._advance(length)
            self._run("evaluate", scheme, self.equation.evaluate)
            report.residuals += 1
            there = self._slope()
            if np.isfinite(there) and there >= -self.OVERSHOOT * slope:
                return length
            length *= 0.5
        return None

    def worst_crossing(self) -> int:
        """The crossing with the largest residual, for error messages."""
        residual = np.abs(self.equation.residual.numpy()).max(axis=1)
        return int(np.argmax(np.where(np.isfinite(residual), residual, np.inf)))

    def largest(self, x: wp.array) -> float:
        """Largest absolute component."""
        if self.model.device.is_cpu:
            return float(np.abs(x.numpy()).max())
        self._size.zero_()
        wp.launch(_largest, len(x), [x], [self._size], device=self.model.device)
        return float(self._size.numpy()[0])

    def _norm(self) -> float:
        """Norm of the residual, kg m/s."""
        residual = self.equation.residual
        if self.model.device.is_cpu:
            with np.errstate(over="ignore"):
                return float(np.linalg.norm(residual.numpy()))
        return float(wp.utils.array_inner(residual, residual)) ** 0.5

    def _advance(self, length: float) -> None:
        def work(_) -> None:
            inputs = [self._base, self.linear.solution, length]
            wp.launch(_advance, self.model.node_count, inputs, [self.equation.unknown], device=self.model.device)

        self._run(f"advance {length}", None, work)

    def _run(self, name: str, scheme: Scheme | None, work) -> None:
        key = (name, scheme)
        if key not in self.recorded:
            self.recorded[key] = Recorded(self.model.device, lambda: work(scheme))
        self.recorded[key]()
