"""Newton's method for one implicit step, globalised by a line search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import warp as wp

from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.krylov import linear_solver
from warp_fabric.solver.linear import Recorded
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
    """

    MAX_ITERATIONS = 60
    MAX_HALVINGS = 12
    FORCING = 1.0e-3
    LINEAR_SHARE = 0.02  # of the tolerance, which a linear solve may leave
    STALE = 0.03

    def __init__(self, equation: StepEquation, tolerance: float) -> None:
        self.equation, self.tolerance = equation, tolerance
        self.model: Model = equation.model
        self.linear = linear_solver(equation.jacobian, equation.residual)
        self._base = wp.zeros_like(equation.unknown)
        self._size = wp.zeros(1, dtype=f64, device=self.model.device)
        self.recorded: dict[tuple[str, Scheme | None], Recorded] = {}

    def solve(self, scheme: Scheme, scale: float, limit: int = MAX_ITERATIONS) -> NewtonReport:
        """Solve from the equation's current `unknown`.

        Args:
            scale: Largest coordinate of the fabric, m; sets the rounding floor.
            limit: Most iterations to make.
        """
        equation, linear = self.equation, self.linear
        linear.begin()
        report = NewtonReport(floor=8.0 * EPS * scale / scheme.h)
        self._run("evaluate", scheme, equation.evaluate)
        report.residuals += 1
        if not np.isfinite(self._norm()):
            # The guess overshoots: it inverts a segment or empties one; the state itself need not.
            equation.unknown.zero_()
            self._run("evaluate", scheme, equation.evaluate)
            report.residuals += 1
        if not np.isfinite(self._norm()):
            report.reason = "where the step starts, a yarn segment is inverted or empty, or a force is not finite"
            return report
        refresh, previous = True, np.inf
        for _ in range(limit):
            if refresh:
                self._run("jacobian", scheme, equation.evaluate_jacobian)
                linear.factor()
                report.jacobians += 1
            linear_report = linear.solve(self.FORCING, self.LINEAR_SHARE * self.tolerance)
            report.krylov_iterations += linear_report.iterations
            report.methods.add(linear_report.method)
            if not linear_report.converged:
                report.reason = f"no linear method converged (residual {linear_report.residual:.1e} m/s)"
                return report
            size = self.largest(linear.solution)
            report.updates.append(size)
            wp.copy(self._base, equation.unknown)
            if size <= self.tolerance or (size <= report.floor and size >= 0.5 * previous):
                self._advance(1.0)
                self._run("move", scheme, equation.move)
                report.converged = True
                return report
            contraction = self._search(scheme, linear.measure, linear_report.start, report)
            if contraction is None and size <= 64.0 * report.floor:
                # The merit is at rounding level: no line search can see an improvement any more.
                self._advance(1.0)
                self._run("evaluate", scheme, equation.evaluate)
                contraction = 1.0
            if contraction is None and refresh:
                # With an indefinite Jacobian only the plain residual is sure to fall along Newton's direction.
                self._advance(0.0)
                self._run("evaluate", scheme, equation.evaluate)
                contraction = self._search(scheme, self._norm, self._norm(), report)
            if contraction is None:
                if refresh:
                    report.reason = "the line search found no way down"
                    return report
                self._advance(0.0)
                self._run("evaluate", scheme, equation.evaluate)
                contraction = np.inf
            refresh, previous = contraction > self.STALE, size
        report.reason = f"{limit} Newton iterations did not reach {self.tolerance:.1e} m/s"
        return report

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

    def _search(self, scheme: Scheme, measure: Callable[[], float], start: float, report: NewtonReport) -> float | None:
        """Halve the update until `measure` falls below `start`; the factor it fell by, None if it never does."""
        length = 1.0
        for _ in range(self.MAX_HALVINGS):
            self._advance(length)
            self._run("evaluate", scheme, self.equation.evaluate)
            report.residuals += 1
            merit = measure()
            if np.isfinite(merit) and merit <= (1.0 - 1.0e-4 * length) * start:
                return merit / start
            length *= 0.5
        return None

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
