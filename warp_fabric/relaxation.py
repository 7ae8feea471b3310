"""The equilibrium of a scene: of all panels together where they touch each other, else one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np

from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.forces.contact_force import contact_force
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import joined, split
from warp_fabric.solver.covering import Covering
from warp_fabric.solver.rollout import held_at_crossings
from warp_fabric.solver.side_by_side import naming_panel
from warp_fabric.solver.static import Equilibrium, Reached, StaticReport
from warp_fabric.state import State

Arrays = dict[str, np.ndarray]
STAGES = 1000
"""More than a search has: stages are counted from search to search, so that one number says where a scene's stands."""


class Relaxation:
    """The search for the equilibrium of a scene.

    Args:
        scene: A static one. device: A Warp device.
        start: Arrays of the first state, see `initial_state`.
        left: Where an earlier search stood, as `reached` gave it; None: there was none.

    Attributes:
        reports: How each search went that is done.
    """

    def __init__(self, scene: Scene, device: str, start: Arrays, left: tuple[int, Arrays] | None) -> None:
        self.scene, self.device, self._start, self._left = scene, device, start, left
        self._together = bool(scene.panels) and scene.collision.self
        self._scenes = (scene,) if self._together else scene.parts
        self._searches: list[Equilibrium] = []
        self.reports: list[dict] = []

    def solve(self, on_iteration: Callable[[StaticReport], None]) -> Arrays:
        """Search to the end; the arrays of the frame.

        Raises:
            SolverError: where an equilibrium is not reached, or cloth is free to move; says of which panel.
        """
        found = []
        for k, (scene, start) in enumerate(zip(self._scenes, self._split(self._start))):
            with nullcontext() if self._together else naming_panel(self.scene, k):
                found.append(self._relaxed(k, scene, start, on_iteration))
        return found[0] if self._together else joined(self.scene, found)

    def reached(self) -> tuple[int, Arrays]:
        """Where the search stands: a number of its stage, and arrays of a state."""
        state = {name: array.copy() for name, array in self._start.items()}
        state |= {name: np.zeros_like(state[name]) for name in ("velocity", "sliding_velocity")}
        for scene, part, search in zip(self._scenes, self._split(state), self._searches):
            for name, array in search.model.on_grid(search.reached.arrays(), scene.grid).items():
                part[name][...] = array
        if not self._searches:
            return 0, state
        return (len(self._searches) - 1) * STAGES + self._searches[-1].reached.stage, state

    def _split(self, arrays: Arrays) -> list[Arrays]:
        """The arrays of each scene that is searched for."""
        return [arrays] if self._together else split(self.scene, arrays)

    def _reached_before(self, k: int, model: Model) -> Reached | None:
        """Where an earlier search left the k-th scene; what was done is done again from its answer, at once."""
        if self._left is None or self._left[0] < k * STAGES:
            return None
        return Reached.of(self._left[0] - k * STAGES, self._split(self._left[1])[k], model.layouts)

    def _relaxed(self, k: int, scene: Scene, start: Arrays, tell) -> Arrays:
        """The frame of the k-th scene at rest."""
        model = Model(scene, self.device)
        reached = self._reached_before(k, model)
        search = Equilibrium(model, State.of(model, False, **start), scene.tolerance)
        search.reached = reached or search.reached  # also where this is stopped before its first step
        self._searches.append(search)
        begun = time.perf_counter()
        report = search.solve(tell, reached)
        self.reports.append({**report.as_dict(), "seconds": time.perf_counter() - begun})
        held, state = empty_held(model), search.state
        hold(model, Moment.of(state), held)
        arrays = {"position": np.array(state.position.numpy()), "sliding": np.array(state.sliding.numpy())}
        arrays |= held_at_crossings(model, held)
        if model.bead_count:
            Covering(model, held).cover(state.position, state.position)
            arrays["contact_force"] = contact_force(model, state, held, moving=False)
        still = {name: np.zeros_like(array) for name, array in start.items()} | {"anchor": start["anchor"]}
        return still | model.on_grid(arrays, scene.grid)
