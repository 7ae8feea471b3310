"""Many steps: from a scene's initial state, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.errors import SceneError
from warp_fabric.forces.base import Held
from warp_fabric.forces.crossing import hold_crossings
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.step import Stepper, StepReport
from warp_fabric.state import State
from warp_fabric.types import vec3


@dataclass
class Frame:
    """What is kept of one moment: `arrays` by data set name, [picks, ends, ...], with `compression`."""

    time: float
    arrays: dict[str, np.ndarray]


class Rollout:
    """A running simulation of one scene.

    Args:
        scene: What to simulate; its integrator is "euler" or "bdf2".
        device: Warp device name; None takes the scene's.
        forces: [steps, picks, ends, 3], N, forces from outside, per step.
        initial: Arrays of the first state by name; None is the fabric at rest.

    Attributes:
        state: The state reached. previous: the one a step before, None where the next step must be an Euler step.
        steps_done: Steps taken. frame_count: frames to come after the first.
    """

    def __init__(
        self,
        scene: Scene,
        device: str | None = None,
        forces: np.ndarray | None = None,
        initial: dict[str, np.ndarray] | None = None,
    ) -> None:
        self.scene = scene
        self.model = Model(scene, device)
        self.frame_count, self.steps_per_frame = scene.time.frame_count, scene.time.steps_per_frame
        self.step_size = scene.time.step_size
        self.stepper = Stepper(self.model, scene.time.integrator, self.step_size, scene.tolerance)
        self.state = State.of(self.model, **(initial or {}))
        self.previous: State | None = None
        self.steps_done = 0
        self._spare = [State.empty(self.model), State.empty(self.model)]
        self._forces = self._device_forces(forces)
        self._frame_state = Held.empty(self.model)

    @property
    def time(self) -> float:
        """Time reached, s."""
        return self.steps_done / (self.scene.time.frames_per_second * self.steps_per_frame)

    def resume(self, previous: dict[str, np.ndarray] | None, steps_done: int) -> None:
        """Continue an interrupted run whose last state was given as `initial`, bit for bit.

        Args:
            previous: Arrays of the state one step before, None where the next step must be an Euler step.
        """
        self.previous = State.of(self.model, **previous) if previous is not None else None
        self.steps_done = steps_done

    def step(self) -> StepReport:
        """Take one step.

        Raises:
            SolverError: where it does not converge.
        """
        out = self._spare.pop()
        external = self._forces[self.steps_done] if self._forces is not None else None
        try:
            report, whole = self.stepper.step(
                self.state, self.previous, out, self.time, external, index=self.steps_done + 1
            )
        except BaseException:
            self._spare.append(out)
            raise
        if self.previous is not None:
            self._spare.append(self.previous)
        if whole:
            self.previous = self.state
        else:
            self._spare.append(self.state)
            self.previous = None
        self.state = out
        self.steps_done += 1
        return report

    def frame(self) -> Frame:
        """The present state with its compression, as NumPy."""
        held = self._frame_state
        hold_crossings(self.model, self.state.position, self.state.sliding, held.normal, held.compression)
        picks, ends = self.model.shapes[0]
        arrays = {name: array.reshape(picks, ends, -1) for name, array in self.state.numpy().items()}
        arrays["compression"] = np.array(held.compression.numpy()).reshape(picks, ends)
        return Frame(self.time, arrays)

    def frames(self, on_step: Callable[[StepReport], None] | None = None) -> Iterator[Frame]:
        """Run to the end, from wherever the run stands; yields each frame still to come as it is done."""
        while self.steps_done < self.frame_count * self.steps_per_frame:
            report = self.step()
            if on_step is not None:
                on_step(report)
            if self.steps_done % self.steps_per_frame == 0:
                yield self.frame()

    def _device_forces(self, forces: np.ndarray | None) -> wp.array | None:
        if forces is None:
            return None
        needed = (self.frame_count * self.steps_per_frame, *self.model.shapes[0], 3)
        forces = np.asarray(forces, float)
        if forces.shape != needed or not np.isfinite(forces).all():
            raise SceneError(
                f"forces have shape {forces.shape}" if forces.shape != needed else "forces are not finite",
                where="forces",
                fix=f"give finite numbers of shape (steps, picks, ends, 3) = {needed}, in N",
            )
        return wp.array(forces.reshape(needed[0], -1, 3), dtype=vec3, device=self.model.device)
