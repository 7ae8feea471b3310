"""Rollouts of panels that nothing couples: each is solved by itself, so that none costs another's iterations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from warp_fabric.errors import SolverError
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import joined, parted, split
from warp_fabric.solver.rollout import Frame, Rollout
from warp_fabric.solver.step import StepReport
from warp_fabric.state import State

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class States:
    """The states of all panels at one moment; None where a panel's next step is an Euler step."""

    states: Sequence[State | None]


class SideBySide:
    """A running simulation of a scene's panels, to be used like a `Rollout`; each moves as in a run of its own, to the
    last bit.

    Args:
        scene, device, forces, initial: See `Rollout`; the arrays are [steps, crossings, 3] and [crossings, k].

    Attributes:
        parts: The rollout of each panel.
        steps_done, frame_count, steps_per_frame: See `Rollout`.
    """

    def __init__(self, scene: Scene, device: str, forces: np.ndarray | None, initial: Arrays) -> None:
        self.scene = scene
        pushed = [None] * len(scene.parts) if forces is None else parted(scene, forces, axis=1)
        self.parts = [
            Rollout(part, device, force, arrays)
            for part, force, arrays in zip(scene.parts, pushed, split(scene, initial))
        ]
        self.frame_count, self.steps_per_frame = scene.time.frame_count, scene.time.steps_per_frame

    @property
    def steps_done(self) -> int:
        """Steps that all panels have taken."""
        return min(part.steps_done for part in self.parts)

    @property
    def state(self) -> States:
        """The states reached."""
        return States([part.state for part in self.parts])

    @property
    def previous(self) -> States | None:
        """Those a step before; None where each panel's next step must be an Euler step."""
        states = [part.previous for part in self.parts]
        return States(states) if any(states) else None

    def arrays_of(self, states: States) -> Arrays:
        """Arrays of the states of all panels by name, [crossings, k]; not a number where a panel has no state."""
        pairs = zip(self.parts, states.states)
        arrays = [{} if state is None else part.arrays_of(state) for part, state in pairs]
        return joined(self.scene, arrays, absent=np.nan)

    def resume(self, previous: Arrays | None, steps_done: int) -> None:
        """See `Rollout.resume`."""
        before = [None] * len(self.parts) if previous is None else split(self.scene, previous)
        for part, arrays in zip(self.parts, before):
            known = arrays is not None and not np.isnan(arrays["position"]).any()
            part.resume(arrays if known else None, steps_done)

    def step(self) -> StepReport:
        """Take one step.

        Raises:
            SolverError: where a panel's does not converge.
        """
        reports = []
        for k, part in enumerate(self.parts):
            with naming_panel(self.scene, k):
                reports.append(part.step())
        return StepReport.sum(reports)

    def frame(self) -> Frame:
        """The present state of all panels with its compression, as NumPy."""
        frames = [part.frame() for part in self.parts]
        return Frame(frames[0].time, joined(self.scene, [frame.arrays for frame in frames]))


@contextmanager
def naming_panel(scene: Scene, k: int) -> Iterator[None]:
    """Say in a solver's errors which of the scene's panels, if it has some, is meant."""
    try:
        yield
    except SolverError as error:
        if not scene.panels:
            raise
        where = f"{error.where} of panel {scene.panels[k].name!r}"
        raise SolverError(error.what, where=where, fix=error.fix) from error


def rollout_of(scene: Scene, device: str, forces: np.ndarray | None, initial: Arrays) -> Rollout | SideBySide:
    """What runs a scene: where panels do not touch each other, each has a rollout of its own; else one solves all of
    them together."""
    if scene.panels and not scene.collision.self:
        return SideBySide(scene, device, forces, initial)
    return Rollout(scene, device, forces, initial)
