"""Newton's method for one implicit step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import warp as wp

from warp_fabric.forces import Convexity
from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.host import HostArrays
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.moves import Moves
from warp_fabric.solver.recorded import Recorded
from warp_fabric.solver.search import Direction, SlopeSearch
from warp_fabric.types import vec5

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
def _subtract(direction: wp.array(dtype=vec5), unknown: wp.array(dtype=vec5)):
    i = wp.tid()
    unknown[i] = unknown[i] - direction[i]


class NewtonSolver:
    """Solves a step's equation; buffers and recorded device work are kept between steps.

    The linear solve is inexact (`FORCING`), and a Jacobian serves again while it contracts well (`STALE`): both only
    cost iterations, since every update is measured against the tolerance.

    How far a direction is followed, `search.py` says. Where cloth buckles the Jacobian is indefinite: the coarse
    space's Cholesky factors tell, or a direction that leads uphill. Directions then come from Jacobians that leave out
    what makes it so (`Convexity`), until the exact one serves again.
    """

    MAX_ITERATIONS = 100
    FORCING = (1.0e-2, 1.0e-3)  # while iterations are few, and where they are many
    LINEAR_SHARE = 0.1  # of the tolerance: what a linear solve may leave, in the mean over crossings
    MODIFIED = 1.0e-3  # of the tolerance, that an update of another Jacobian than the exact one may have at the end
    EXACT_AGAIN = 0.1  # the exact one is tried at the tolerance, then whenever such updates have shrunk to this share
    STALE = 0.1
    STALE_AT_THE_END = 0.2  # where its preconditioned residual is the last update already
    SHORT = 0.25  # of a direction: its Jacobian was no guide
    REACH = 3.0  # spacings that a bold step may move a crossing,
    FAR = 10.0  # and where yarns hardly stretch: then nothing else gets on, and no way is wrong for long
    PATIENCE = 10  # iterations, after which linear solves are to tell whether the Jacobian is definite,
    CYCLING = 20  # and after which steps may go in circles, where friction sticks and slips by turns

    def __init__(self, equation: StepEquation, tolerance: float) -> None:
        self.equation, self.tolerance = equation, tolerance
        self.model: Model = equation.model
        self.linear = StepSolver(equation.jacobian, equation.residual)
        self.search = SlopeSearch(equation.unknown, self.linear.solution, self._evaluate)
        self._host = HostArrays()
        self._guess, self._kept = (wp.zeros_like(equation.unknown, requires_grad=False) for _ in range(2))
        self.moves = Moves(equation) if self.model.bead_count else None
        self._spacing = float(self.model.grid.segment_length.numpy().min()) if len(self.model.topology.segment) else 1.0
        self.recorded: dict[tuple[str, Scheme | None], Recorded] = {}

    def solve(self, scheme: Scheme, scale: float, limit: int | None = None) -> NewtonReport:
        """Solve from the equation's current `unknown`; where that fails, once more from there, with careful steps only.

        Args:
            scale: Largest coordinate of the fabric, m; sets the rounding floor.
            limit: Most iterations of a try; None: `MAX_ITERATIONS`.
        """
        limit = self.MAX_ITERATIONS if limit is None else limit
        self._scheme, self._report = scheme, NewtonReport(floor=8.0 * EPS * scale / scheme.h)
        self._host.copy(self._guess, self.equation.unknown)
        if not self._start():
            self._report.reason = "where the step starts, a yarn segment is inverted or empty, or a force is not finite"
            return self._report
        reach = self.FAR if self.model.inextensible(scheme.h) else self.REACH
        if self.moves is not None and not self.model.inextensible(scheme.h):
            reach = 0.0
        if not self._try(limit, reach * self._spacing / scheme.h):
            self._host.copy(self.equation.unknown, self._guess)
            if self._start():
                self._try(limit, reach=0.0)
        return self._report

    def _try(self, limit: int, reach: float) -> bool:
        """Iterate until it converges or cannot go on; `reach` is the longest bold step, m/s."""
        report, linear, h = self._report, self.linear, self._scheme.h
        linear.begin(h)
        self.search.begin(reach)
        self._asked = self.tolerance / self.EXACT_AGAIN
        self._fresh, self._before, self._forcing, least = False, np.inf, self.FORCING[0], Convexity.EXACT
        for iteration in range(limit):
            if iteration == self.PATIENCE:
                linear.begin(h, strong=True)
                self._fresh, self._forcing = False, self.FORCING[1]
            if iteration == self.CYCLING:
                self.search.strict = True
            direction = self._direction(least)
            if direction is None:
                report.reason = "no linear method gave a way down"
                return False
            report.updates.append(direction.size)
            if (
                direction.size <= self._enough(direction.convexity)
                or self._at_rounding()
                or self._is_last_by_exact(direction)
            ):
                self._finish()
                report.converged = True
                return True
            length, convexity = self.search.move(direction)
            if length is None and direction.size <= 64.0 * report.floor:
                # The slope is at rounding level: no search can tell the way any more.
                length = 1.0
                self.search.go(length)
            if length is None and convexity == Convexity.CONVEX:
                report.reason = "the line search found no way down"
                return False
            self._fresh = convexity == Convexity.EXACT and length == 1.0
            least = Convexity.CONVEX if length is None or length < self.SHORT else Convexity.EXACT
        report.reason = f"{limit} Newton iterations did not reach {self.tolerance:.1e} m/s"
        return False

    def _is_last_by_exact(self, direction: Direction) -> bool:
        """Whether the exact Jacobian's update ends the search, asked where another Jacobian's are small; it is in
        `linear.solution` then. Near a saddle, as of flat cloth about to buckle, those shrink slowly and grow again."""
        if direction.convexity == Convexity.EXACT or direction.size > self.EXACT_AGAIN * self._asked:
            return False
        self._asked = direction.size
        self._host.copy(self._kept, self.linear.solution)
        self._run("jacobian EXACT", self.equation.evaluate_jacobian)
        self.linear.factor()
        self._report.jacobians += 1
        found = self.linear.solve(self.FORCING[1], self._absolute(Convexity.EXACT), self.linear.measure())
        self._report.krylov_iterations += found.iterations
        if found.converged and self._host.largest(self.linear.solution) <= self.tolerance:
            return True
        self._host.copy(self.linear.solution, self._kept)
        return False

    def _finish(self) -> None:
        """The last update, however small, is not followed where it is barred."""
        self._host.copy(self.search.base, self.equation.unknown)
        self._run("subtract", self._subtract)
        if self.moves is not None and not self.moves.admit(self._scheme, self.search.base):
            self._host.copy(self.equation.unknown, self.search.base)
            self._run("move", self.equation.move)

    def _subtract(self, scheme: Scheme) -> None:
        inputs, outputs = [self.linear.solution], [self.equation.unknown]
        wp.launch(_subtract, self.model.node_count, inputs, outputs, device=self.model.device)
        self.equation.move(scheme)

    def _direction(self, least: Convexity) -> Direction | None:
        """The next direction, from the Jacobian at hand where that has served well, else from a new one.

        Args:
            least: Of a new Jacobian.
        """
        convexity, start = Convexity.EXACT, np.inf
        if self._fresh:
            start = self.linear.measure()
            served = self.STALE if not self._done(start, convexity) else self.STALE_AT_THE_END
            self._fresh = start <= served * self._before
        if self._fresh:
            self._before = start
            slope = self._solve(start, convexity)
            if slope is not None:
                return Direction(self._host.largest(self.linear.solution), slope, convexity)
        for at_least in dict.fromkeys((least, Convexity.CONVEX)):
            convexity = self._jacobian(at_least)
            self._before = self.linear.measure()
            slope = self._solve(self._before, convexity)
            if slope is not None:
                return Direction(self._host.largest(self.linear.solution), slope, convexity)
        return None

    def _enough(self, convexity: Convexity) -> float:
        """The update that ends the search, m/s. With a Jacobian that is not the exact one, updates shrink slowly, and
        more is left to do than they show."""
        return self.tolerance if convexity == Convexity.EXACT else self.MODIFIED * self.tolerance

    def _absolute(self, convexity: Convexity) -> float:
        """What a linear solve may leave, m/s, as a norm over crossings."""
        return self.LINEAR_SHARE * self._enough(convexity) * self.model.node_count**0.5

    def _done(self, start: float, convexity: Convexity) -> bool:
        """Whether the preconditioned residual, whose norm is `start`, is as good a last update as any."""
        enough = self._enough(convexity)
        return start <= self._absolute(convexity) and self._host.largest(self.linear.preconditioned) <= enough

    def _solve(self, start: float, convexity: Convexity) -> float | None:
        """Solve for the direction; the slope along it, None where it leads uphill or nothing was found.

        Args:
            start: What `measure` gave. convexity: Of the Jacobian.
        """
        report, linear = self._report, self.linear
        absolute = self._absolute(convexity)
        if self._done(start, convexity):
            self._host.copy(linear.solution, linear.preconditioned)
            return self._slope()
        used = linear.used
        found = linear.solve(self._forcing, min(absolute, 0.5 * start), start)
        if linear.used != used:
            self._before = 0.0  # measured by another preconditioner: a new Jacobian next
        report.krylov_iterations += found.iterations
        report.methods.add(found.method)
        converged = found.converged
        if not converged and convexity == Convexity.CONVEX:
            report.methods.add("direct")
            converged = linear.solve_directly()
        slope = self._slope()
        return slope if converged and slope > 0.0 else None

    def _jacobian(self, least: Convexity) -> Convexity:
        """Evaluate and factorise the Jacobian, exact where it is definite as far as that is known; which it is."""
        convexity = least
        for convexity in (each for each in Convexity if each >= least):
            self._run(
                f"jacobian {convexity.name}", lambda scheme, c=convexity: self.equation.evaluate_jacobian(scheme, c)
            )
            self.linear.factor()
            self._report.jacobians += 1
            if self.linear.definite is not False:
                break
        return convexity

    def _evaluate(self) -> float:
        """Evaluate the residual at the unknown; the slope along the direction. Not a number where the move there from
        the search's base is barred."""
        if self.moves is not None:
            self._run("move", self.equation.move)
            if not self.moves.admit(self._scheme, self.search.base):
                return np.nan
        self._run("evaluate", self.equation.evaluate)
        self._report.residuals += 1
        return self._slope()

    def _at_rounding(self) -> bool:
        """Whether the last update has stopped shrinking at the level of rounding."""
        *before, size = self._report.updates
        return size <= self._report.floor and bool(before) and size >= 0.5 * before[-1]

    def _start(self) -> bool:
        """Evaluate at the first guess, or at no motion where that inverts a segment: False if neither will do."""
        for retry in (False, True):
            if retry:
                self.equation.unknown.zero_()
            self._host.copy(self.search.base, self.equation.unknown)
            self._evaluate()
            if np.isfinite(self._norm()):
                return True
        return False

    def _slope(self) -> float:
        """residual . solution, kg m2/s2."""
        return self._host.dot(self.equation.residual, self.linear.solution)

    def _norm(self) -> float:
        """Norm of the residual, kg m/s."""
        with np.errstate(over="ignore"):
            return self._host.dot(self.equation.residual, self.equation.residual) ** 0.5

    def worst_crossing(self) -> int:
        """The crossing with the largest residual, for error messages."""
        residual = np.abs(self.equation.residual.numpy()).max(axis=1)
        return int(np.argmax(np.where(np.isfinite(residual), residual, np.inf)))

    def _run(self, name: str, work: Callable[[Scheme], object]) -> None:
        key = (name, self._scheme)
        if key not in self.recorded:
            self.recorded[key] = Recorded(self.model.device, lambda scheme=self._scheme: work(scheme))
        self.recorded[key]()
