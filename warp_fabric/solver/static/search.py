"""The way down to a minimum on one landscape: Newton steps, watched.

A step is Newton's, cut to a few spacings. Where the Hessian is not definite, it is taken without what pushed yarns take
from it, and a little mass is added. A yarn's stretch is far stiffer than all else, so that hardly any full step goes
downhill at once: the search may climb for some steps (`patience`) and goes back, to a shorter step, only if it has not
got below the best point by then.

Friction bends the potential sharply where a yarn would slide back over its anchor: a step ends there, in the crossings
that it concerns. And a step never takes more than half of the yarn between two crossings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from warp_fabric.errors import SolverError
from warp_fabric.solver.static.landscape import Landscape

ARMIJO = 1.0e-4
NOISE = 1.0e-11
"""Energies that differ by less, relative to their size, are told apart by the net force."""
SHORTEST = 1.0e-9
"""A step cut to less of its length has failed."""
RELAXING = 10.0
"""Mass that is added to an indefinite Hessian, times 1/s2."""
HEAVIEST = 1.0e20
EMPTY = 0.02
"""Yarn left between two crossings, relative to rest, at which they count as pushed together."""

LIMP = ": yarns that do not resist bending fold at every crossing wherever they are pushed, in countless ways alike"


@dataclass
class Point:
    """Coordinates [N, 5], their energy [J] and gradient [N, 5], and the step from there."""

    q: np.ndarray
    energy: float
    gradient: np.ndarray
    step: np.ndarray
    length: float = 1.0

    @property
    def force(self) -> float:
        """Largest component of the net force, N."""
        return float(np.abs(self.gradient).max())

    def improved_by(self, energy: float, gradient: np.ndarray) -> bool:
        """Whether a point is lower."""
        fall = ARMIJO * self.length * float(np.vdot(self.gradient, self.step))
        if energy <= self.energy + fall:
            return True
        return abs(energy - self.energy) < NOISE * abs(energy) and float(np.abs(gradient).max()) < self.force


@dataclass(frozen=True)
class Manner:
    """How to search.

    Attributes:
        tolerance: Net force to leave, N; None: stop where a step is below `rough` spacings.
        patience: Steps that may be taken above the best point. reach, slide: most spacings that a step moves
            crossings, and yarns through them.
    """

    tolerance: float | None = None
    rough: float = 0.02
    patience: int = 8
    reach: float = 3.0
    slide: float = 0.1
    limit: int = 300


class Search:
    """A search on one landscape.

    Args:
        tell: Called with the coordinates [N, 5] of the best point so far, its energy and net force, and whether the
            Hessian was modified there, before each step.

    Attributes:
        definite: Whether the Hessian was definite where the search ended; the landscape's factors are then its own.
    """

    def __init__(
        self, landscape: Landscape, manner: Manner, tell: Callable[[np.ndarray, float, float, bool], None]
    ) -> None:
        self.landscape, self.manner, self._tell = landscape, manner, tell
        self.definite = False
        self._mass = landscape.mass()

    def run(self, q: np.ndarray) -> Point:
        """Go down from q; the point where there is little enough net force, or that a last rough step leads to.

        Raises:
            SolverError: where the limit of steps is reached, where steps fail, or where crossings are pushed together.
        """
        energy, gradient = self.landscape.at(q)
        best: Point | None = None
        least, stuck, waited, steps = np.inf, 0, 0, 0
        while True:
            lower = best is None or best.improved_by(energy, gradient)
            waited = 0 if lower else waited + 1
            if not lower and waited >= self.manner.patience:
                assert best is not None
                q, energy, gradient = self._shorter(best)
                waited, steps = 0, steps + 1
                continue
            here = Point(q, energy, gradient, self._step(q, gradient))
            if lower:
                self._check_room(q)
                best = here
            assert best is not None
            self._tell(best.q, best.energy, best.force, not self.definite)
            stuck = 0 if here.force < 0.5 * least else stuck + 1
            least = min(least, here.force)
            if self._arrived(here, stuck):
                return here
            if self.manner.tolerance is None and self.definite and lower:
                largest = float(np.abs(here.step).max())
                near = largest < self.manner.rough * self.landscape.spacing
                if near and self.landscape.admits(q, q + here.step):
                    return Point(q + here.step, energy, gradient, here.step)
            if steps >= self.manner.limit:
                raise self._failed(best, f"no equilibrium in {steps} iterations")
            q, energy, gradient = self._move(here)
            steps += 1

    def _arrived(self, here: Point, stuck: int) -> bool:
        enough = 0.0 if self.manner.tolerance is None else self.manner.tolerance
        return here.force <= enough or (stuck >= 3 and here.force <= self.landscape.rounding())

    def _step(self, q: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        landscape = self.landscape
        landscape.at(q)
        landscape.curve()
        self.definite = landscape.factors.factor(landscape.hessian)
        if not self.definite:
            landscape.curve(definite=True)
            mass = RELAXING
            while not landscape.factors.factor(landscape.hessian, mass * self._mass):
                mass *= 10.0
                if mass > HEAVIEST:
                    raise SolverError(
                        "the potential has no finite curvature", where="static", fix="check yarns and pins"
                    )
        return -landscape.factors.solve(gradient)

    def _move(self, here: Point) -> tuple[np.ndarray, float, np.ndarray]:
        """Take the step as far as it may go."""
        spacing = self.landscape.spacing
        largest = [max(float(np.abs(here.step[:, part]).max()), 1e-300) for part in (slice(3), slice(3, 5))]
        room = self.landscape.room(here.q, here.step)
        here.length = min(1.0, self.manner.reach * spacing / largest[0], self.manner.slide * spacing / largest[1], room)
        while True:
            q = self.landscape.held_back(here.q, here.q + here.length * here.step)
            if self.landscape.admits(here.q, q):
                energy, gradient = self.landscape.at(q)
                if np.isfinite(energy):
                    return q, energy, gradient
            here.length *= 0.5

    def _shorter(self, best: Point) -> tuple[np.ndarray, float, np.ndarray]:
        """A lower point nearer on the way that the best point's step takes."""
        best.length *= 0.25
        while best.length >= SHORTEST:
            q = self.landscape.held_back(best.q, best.q + best.length * best.step)
            if self.landscape.admits(best.q, q):
                energy, gradient = self.landscape.at(q)
                if best.improved_by(energy, gradient):
                    return q, energy, gradient
            best.length *= 0.5
        raise self._failed(best, "no equilibrium: the search found no way down")

    def _check_room(self, q: np.ndarray) -> None:
        """Whether yarn is left between all crossings."""
        share, crossing, other = self.landscape.least_yarn(q)
        if share >= EMPTY:
            return
        model = self.landscape.model
        here, there = model.layouts.locate(crossing)[1:], model.layouts.locate(other)[1:]
        along = "ends" if here[0] == there[0] else "picks"
        numbers = (here[1], there[1]) if along == "ends" else (here[0], there[0])
        raise SolverError(
            f"{along} {numbers[0]} and {numbers[1]} slide onto each other: friction and contact do not keep them apart",
            where=f"static, crossings [{here[0]}, {here[1]}] and {model.place(other)}",
            fix='let it come to rest in motion, where sliding is damped (time.integrator = "euler"); or give it the '
            "contact.friction or contact.parallel_stiffness that holds its weight, or pin more crossings",
        )

    def _failed(self, best: Point, what: str) -> SolverError:
        model = self.landscape.model
        worst = model.place(int(np.argmax(np.abs(best.gradient).max(axis=1))))
        limp = not model.material.bending_modulus.numpy().all()
        return SolverError(
            f"{what}; {best.force:.1e} N are left" + (LIMP if limp else ""),
            where=f"static, worst crossing {worst}",
            fix=(
                "give every yarn a bending_modulus above 0"
                if limp
                else "pin the cloth so that it can hang, or loosen solver.tolerance"
            ),
        )
