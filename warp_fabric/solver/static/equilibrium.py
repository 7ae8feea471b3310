"""Equilibrium: a local minimum of the total potential, downhill from the start state (`docs/physics.md`, section 7).

The shape is found in bundles of yarns, coarser first; then on the cloth itself, first without sliding, then with it.
All levels hold what physics wants held from the start state. At the end the Hessian must be definite: from a saddle the
search goes on along a direction of negative curvature, and a cloth that is free to move is an error that says how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from warp_fabric.errors import SceneError, SolverError
from warp_fabric.filling import filled
from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.layout import Layouts
from warp_fabric.model import Model
from warp_fabric.solver.static.bundles import levels, spread
from warp_fabric.solver.static.freedom import freedom, rigid_freedom
from warp_fabric.solver.static.inertia import Inertia, inertia
from warp_fabric.solver.static.landscape import Landscape
from warp_fabric.solver.static.search import Manner, Point, Search
from warp_fabric.state import State

Lines = tuple[np.ndarray, np.ndarray]


@dataclass
class StaticReport:
    """How the search went.

    Attributes:
        iterations: Newton steps on all levels. energies: total potential of the best point before each, J.
        largest_force: largest component of the net force there, N. grid: (picks, ends), of bundles at first.
        modified: how often the Hessian was not definite, and modified. saddles: how often a saddle was left.
    """

    iterations: int = 0
    largest_force: float = float("nan")
    energies: list[float] = field(default_factory=list)
    grid: tuple[int, int] = (0, 0)
    modified: int = 0
    saddles: int = 0

    def as_dict(self) -> dict:
        return {
            "iterations": self.iterations,
            "largest_force": self.largest_force,
            "energy": self.energies[-1] if self.energies else None,
            "modified": self.modified,
            "saddles": self.saddles,
        }


@dataclass(frozen=True)
class Reached:
    """Where a search stands, to go on from: the number of its stage, and coordinates [N, 5] of the whole cloth."""

    stage: int
    coordinates: np.ndarray

    @classmethod
    def of(cls, stage: int, arrays: Mapping[str, np.ndarray], layouts: Layouts) -> Reached:
        """From the `position` and `sliding` of a state, of all crossings or of the nodes."""
        parts = [layouts.pack(arrays["position"], 3), layouts.pack(arrays["sliding"], 2)]
        return cls(stage, np.concatenate(parts, axis=1))

    def arrays(self) -> dict[str, np.ndarray]:
        """`position` [N, 3] and `sliding` [N, 2]."""
        return {"position": self.coordinates[:, :3], "sliding": self.coordinates[:, 3:]}


@dataclass
class _Stage:
    """Part of a search: which of the cloth's picks and ends, and of its nodes, are there, on what landscape, in what
    manner."""

    lines: Lines
    nodes: np.ndarray
    landscape: Landscape
    manner: Manner


class Equilibrium:
    """Finds the equilibrium of a model from a state.

    Args:
        model: What to relax; air must not act on it.
        start: The start state. Crossings and anchors are held as they are there; velocities are ignored.
        tolerance: Largest net force component to leave, N.

    Attributes:
        state: The equilibrium, after `solve`. held: what the potentials hold. reached: where the search stands.
    """

    MAX_SADDLES = 50
    NUDGE = 1.0e-6  # of a spacing
    FIRST_PATIENCE = 40
    NEAR = 0.25  # spacings of the coarsest level: a start that moves less there is near its equilibrium

    def __init__(self, model: Model, start: State, tolerance: float) -> None:
        self.model, self.tolerance = model, tolerance
        self.state = start.clone()
        self.state.velocity.zero_()
        self.state.sliding_velocity.zero_()
        self.held = empty_held(model)
        hold(model, Moment.of(start), self.held)
        self.landscape = Landscape(model, self.state, self.held)
        self._start = self.landscape.coordinates()
        self.reached = Reached(0, self._start)

    def solve(
        self, on_iteration: Callable[[StaticReport], None] | None = None, reached: Reached | None = None
    ) -> StaticReport:
        """Search until the net force is within tolerance at a minimum.

        Args:
            on_iteration: Called before each Newton step.
            reached: Where an earlier search from the same start stood.

        Raises:
            SceneError: where nothing is pinned.
            SolverError: where it is not reached, or where the cloth is free to move; says where, or how.
        """
        if reached is not None:
            self.reached = reached  # also where this is stopped before its first step
        self._check()
        report = StaticReport()
        stages = self._stages()
        q = self._nudged(stages[0]) if reached is None else reached.coordinates
        k = 0 if reached is None else min(reached.stage, len(stages) - 1)
        while k < len(stages):
            stage, last = stages[k], k == len(stages) - 1
            found = self._descend(k, stage, self._onto(stage, q), report, on_iteration, last)
            stage.landscape.factors.release()
            if last:
                energy, gradient = self.landscape.at(found.q)
                report.energies.append(energy)
                report.largest_force = float(np.abs(gradient).max())
                self.reached = Reached(k, found.q)
                break
            moved = self._spread(stage, found.q)
            if k == 0 and len(stages) > 2 and self._is_near(stage, found.q):
                k, moved = len(stages) - 2, self._start
            q, k = moved, k + 1
        return report

    def _check(self) -> None:
        model = self.model
        if model.pin_count == 0:
            raise SceneError(
                "nothing holds the cloth, so it has no equilibrium", where="pins", fix="add a [[pins]] table"
            )
        energy, _ = self.landscape.at(self._start)
        if not np.isfinite(energy):
            raise SolverError(
                "the start state has an inverted or empty yarn segment", fix="start from another frame, or from rest"
            )
        crossings = np.concatenate([layout.crossing for layout in model.layouts.parts])
        for fabric, piece, pinned in self._pieces():
            if np.ptp(crossings[piece], axis=0).all():
                self._refuse(rigid_freedom(pinned, self._gravity), fabric)

    def _check_freedom(self, q: np.ndarray, lowest: Inertia | None) -> None:
        """Whether the cloth can move at an equilibrium: as a whole, or along a mode without stiffness."""
        pinned, position = self.held.pin_target.numpy(), q[:, :3]
        for fabric, piece, pulled in self._pieces():
            self._refuse(rigid_freedom(pulled, self._gravity, position[piece]), fabric)
        if lowest is not None:
            raise freedom(lowest.modes[0], position, pinned, self._gravity, self.model)

    def _refuse(self, free: SolverError | None, fabric: int) -> None:
        """Say of which fabric it is that its cloth is free to move, if it is."""
        if free is not None:
            raise SolverError(free.what, where=f"{free.where}{self.model.of_fabric[fabric]}", fix=free.fix)

    def _pieces(self) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """The fabric and the nodes of each piece of cloth, and what its pins pull to, [pins, 3] m; of pieces that have
        pins."""
        crossing, target = self.model.pins.crossing.numpy(), self.held.pin_target.numpy()
        found, first = [], 0
        for fabric, layout in enumerate(self.model.layouts.parts):
            for piece in layout.pieces:
                held = np.isin(crossing, first + piece)
                found += [(fabric, first + piece, target[held])] if held.any() else []
            first += layout.count
        return found

    @property
    def _gravity(self) -> np.ndarray:
        return self.model.material.gravity.numpy()[0]

    def _stages(self) -> list[_Stage]:
        """Bundles, the coarsest first; then the cloth without sliding, then as it is."""
        stages = [
            _Stage(level.lines, level.nodes, Landscape(level.model, level.state, level.held), Manner())
            for level in levels(self.model, self.state, self.held)
        ]
        picks, ends = self.model.layouts.shapes[0]
        whole = ((np.arange(picks), np.arange(ends)), np.arange(self.model.node_count))
        slides = bool(self.model.topology.slides.any())
        if slides:
            stages.append(_Stage(*whole, Landscape(self.model.without_sliding(), self.state, self.held), Manner()))
        # Yarn that has begun to slide must not be let go far uphill.
        patience = 3 if slides else self.FIRST_PATIENCE
        stages.append(_Stage(*whole, self.landscape, Manner(self.tolerance, patience=patience, reach=1.0)))
        if len(stages) > 1:
            stages[0].manner = Manner(patience=self.FIRST_PATIENCE)
        return stages

    def _nudged(self, stage: _Stage) -> np.ndarray:
        """The start, off by a little that is the same every time, so that it lies on no ridge."""
        free = stage.landscape.free
        q = self._start.copy()
        off = np.random.default_rng(0).standard_normal(free.shape) * free
        q[stage.nodes] += self.NUDGE * stage.landscape.spacing * off
        return q

    def _descend(self, number, stage: _Stage, q: np.ndarray, report: StaticReport, on_iteration, last: bool) -> Point:
        """Go down on one stage, past saddles."""
        landscape = stage.landscape
        report.grid = landscape.model.layouts.shapes[0]

        def tell(best: np.ndarray, energy: float, force: float, modified: bool) -> None:
            report.iterations += 1
            report.modified += modified
            report.energies.append(energy)
            report.largest_force = force
            self.reached = Reached(number, self._spread(stage, best))
            if on_iteration is not None:
                on_iteration(report)

        search = Search(landscape, stage.manner, tell)
        while True:
            found = search.run(q)
            if not last and search.definite:
                return found
            if search.definite:
                found = _polished(landscape, found)
            landscape.at(found.q)
            # also where the Hessian was definite: what net force is left there can feign stiffness
            lowest = inertia(landscape)
            if not last and (lowest is None or not lowest.saddle):
                return found
            if lowest is None or not lowest.saddle:
                self._check_freedom(found.q, lowest)
                return found
            report.saddles += 1
            if report.saddles > self.MAX_SADDLES:
                raise SolverError(
                    "the search ends at saddles again and again", where="static", fix="pin more crossings"
                )
            q = _beside(landscape, found, lowest.modes[0])

    def _onto(self, stage: _Stage, q: np.ndarray) -> np.ndarray:
        """Coordinates on a stage's lines from those of the whole cloth; bundles take in yarn of their own."""
        if len(stage.landscape.free) == len(q):
            return q
        return np.concatenate([q[stage.nodes, :3], stage.landscape.state.sliding.numpy()], axis=1)

    def _is_near(self, stage: _Stage, q: np.ndarray) -> bool:
        moved = np.abs(q - self._start[stage.nodes])[:, :3].max()
        return bool(moved < self.NEAR * stage.landscape.spacing)

    def _spread(self, stage: _Stage, q: np.ndarray) -> np.ndarray:
        """Coordinates of the whole cloth from a stage's; bundles do not slide."""
        if len(stage.nodes) == self.model.node_count:
            return q
        (layout,), whole = stage.landscape.model.layouts.parts, self._start.copy()
        onto = tuple(map(np.arange, self.model.layouts.shapes[0]))
        position = spread(stage.lines, filled(stage.lines, q[:, :3], layout), onto)
        whole[:, :3] = self.model.layouts.pack(position, 3)
        return whole


def _polished(landscape: Landscape, found: Point) -> Point:
    """One more Newton step with the factors at hand: the answer then varies smoothly with what it depends on, and not
    with where the search happened to meet the tolerance."""
    q = found.q + found.step
    energy, gradient = landscape.at(q)
    better = np.isfinite(energy) and np.abs(gradient).max() <= found.force and landscape.admits(found.q, q)
    return Point(q, energy, gradient, found.step) if better else found


def _beside(landscape: Landscape, found: Point, mode: np.ndarray) -> np.ndarray:
    """Coordinates on the lower side of a saddle."""
    for exponent in range(4, 40):
        for sign in (1.0, -1.0):
            q = found.q + sign * 0.5**exponent * landscape.spacing * mode
            energy, _ = landscape.at(q)
            if np.isfinite(energy) and energy < found.energy and landscape.admits(found.q, q):
                return q
    raise SolverError(
        "the search stands on a saddle that it cannot leave", where="static", fix="loosen solver.tolerance"
    )
