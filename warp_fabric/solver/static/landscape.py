"""The total potential of a cloth as a function of its coordinates: value, net force, stiffness."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import warp as wp

from warp_fabric.forces import POTENTIALS, Convexity, Elements, Held
from warp_fabric.forces.friction import LIMIT_FLOOR, STICK_END
from warp_fabric.layout import ALONG_PICK
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.covering import Covering
from warp_fabric.solver.recorded import Recorded
from warp_fabric.solver.static.sparse_factors import factors_for
from warp_fabric.state import State
from warp_fabric.types import f64, vec3, vec5

STICKS = float(STICK_END)


class Landscape:
    """The potential of a model; `state` is where it was evaluated last.

    Args:
        model: Its potentials act. state: Moved about; velocities must be zero. held: What they hold.

    Attributes:
        free: [N, 5] bool, the unknowns. hessian: second derivative at `state`, after `curve`.
        spacing: Least rest length of a segment, m. factors: solves with `hessian`.
    """

    def __init__(self, model: Model, state: State, held: Held) -> None:
        self.model, self.state, self.held = model, state, held
        self.hessian, self._elements = BlockMatrix(model, held.candidates), Elements(model)
        slides = model.grid.slides.numpy() != 0
        self.free = np.concatenate([np.ones((model.node_count, 3), bool), np.repeat(slides[:, None], 2, 1)], 1)
        self.factors = factors_for(model, self.free)
        lengths = model.grid.segment_length.numpy()
        self.spacing = float(lengths.min()) if len(lengths) else 1.0
        self._gradient = wp.zeros(model.node_count, dtype=vec5, device=model.device)
        self._energy = wp.zeros(1, dtype=f64, device=model.device)
        self.contact = Covering(model, held) if held.candidates is not None else None
        self._evaluate = Recorded(model.device, self._forces)
        self._curve = Recorded(model.device, lambda: self._stiffness(False))
        self._curve_definite = Recorded(model.device, lambda: self._stiffness(True))

    def coordinates(self) -> np.ndarray:
        """[N, 5] positions and sliding coordinates of `state`."""
        return np.concatenate([self.state.position.numpy(), self.state.sliding.numpy()], axis=1)

    def at(self, q: np.ndarray) -> tuple[float, np.ndarray]:
        """Energy [J] and its gradient [N, 5] at coordinates q [N, 5]; the energy is NaN where there is none."""
        self.state.position.assign(q[:, :3])
        self.state.sliding.assign(q[:, 3:])
        if self.contact is not None:
            self.contact.cover(self.state.position, self.state.position)
        self._evaluate()
        gradient = np.array(self._gradient.numpy())
        energy = float(self._energy.numpy()[0])
        return (energy if np.isfinite(gradient).all() else np.nan), gradient

    def admits(self, q: np.ndarray, target: np.ndarray) -> bool:
        """Whether the cloth may move straight from coordinates q to others, [N, 5]: whether nothing bars the move."""
        if self.contact is None:
            return True
        start, end = (wp.array(each[:, :3], dtype=vec3, device=self.model.device) for each in (q, target))
        self.contact.cover(start, end)
        return self.contact.bars.admit(start, end)

    def curve(self, definite: bool = False) -> None:
        """Evaluate `hessian` at `state`; `definite`: without what pushed yarns take from it."""
        (self._curve_definite if definite else self._curve)()

    def mass(self) -> np.ndarray:
        """[N, 5] kg of the yarn about each crossing at rest, for each of its coordinates."""
        grid, table = self.model.grid, self.model.topology
        axis, first = table.segment_axis, table.segment[:, 0]
        yarn = np.where(axis == ALONG_PICK, grid.pick_yarn.numpy()[first], grid.end_yarn.numpy()[first])
        half = 0.5 * self.held.material.linear_density.numpy()[yarn] * grid.segment_length.numpy()
        mass = np.zeros(self.model.node_count)
        for side in (0, 1):
            np.add.at(mass, table.segment[:, side], half)
        return np.repeat(mass[:, None], 5, axis=1)

    def room(self, q: np.ndarray, step: np.ndarray) -> float:
        """How much of a step [N, 5] takes half of the yarn between two crossings; infinite where none is taken."""
        yarn, change = self._yarn(q), self._yarn(step)
        shrinks = change < 0.0
        return float((-0.5 * yarn[shrinks] / change[shrinks]).min(initial=np.inf))

    def least_yarn(self, q: np.ndarray) -> tuple[float, int, int]:
        """The least yarn between two crossings, relative to rest, and their numbers."""
        share = self._yarn(q) / self.model.grid.segment_length.numpy()
        if not len(share):
            return np.inf, 0, 0
        worst = int(np.argmin(share))
        first, second = self.model.topology.segment[worst].tolist()
        return float(share[worst]), first, second

    def held_back(self, q: np.ndarray, target: np.ndarray) -> np.ndarray:
        """A target [N, 5] of a step from q, with yarns stopped at their anchors that would slide back over them."""
        anchor, reach = self._anchor
        before, after = q[:, 3:] - anchor, target[:, 3:] - anchor
        over = (before * after < 0.0) & (np.abs(before) > STICKS * reach) & (np.abs(after) > 0.5 * reach)
        if not over.any():
            return target
        target = target.copy()
        target[:, 3:] = np.where(over & self.free[:, 3:], anchor, target[:, 3:])
        return target

    def _yarn(self, q: np.ndarray) -> np.ndarray:
        """[M] difference of sliding coordinates over each segment."""
        first, second = self.model.topology.segment.T
        column = 3 + self.model.topology.segment_axis
        return q[second, column] - q[first, column]

    @cached_property
    def _anchor(self) -> tuple[np.ndarray, np.ndarray]:
        """Anchors [N, 2] and how far from them friction sticks [N, 1], m."""
        material, fabric = self.model.material, self.model.topology.fabric
        limit = material.friction.numpy()[fabric] * self.held.compression.numpy() + float(LIMIT_FLOOR)
        return self.held.anchor.numpy(), (limit / material.friction_stiffness.numpy()[fabric])[:, None]

    def rounding(self) -> float:
        """Force [N] that rounding of coordinates causes, after `curve`."""
        stiffest = float(np.abs(self.hessian.blocks.numpy()[:, 0]).max())
        return 8.0 * float(np.finfo(float).eps) * stiffest * float(np.abs(self.coordinates()).max())

    def _forces(self) -> None:
        self._elements.clear()
        self._energy.zero_()
        for force in POTENTIALS:
            force.add_force(self.model, self.state, self.held, self._elements, -1.0)
            force.add_energy(self.model, self.state, self.held, self._energy)
        self._elements.collect(self._gradient)

    def _stiffness(self, definite: bool) -> None:
        convexity = Convexity.NO_BUCKLING if definite else Convexity.EXACT
        self._elements.clear_jacobian()
        self.held.clear_couplings()
        for force in POTENTIALS:
            force.add_jacobian(self.model, self.state, self.held, self._elements, -1.0, 0.0, convexity)
        self._elements.collect_jacobian(self.hessian.blocks)
        self.held.pack_couplings()
