"""Many steps: from a scene's initial state, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.errors import SceneError
from warp_fabric.forces import Held, Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.adjoint import Part, StepAdjoint
from warp_fabric.solver.recording import Recording, stride_of
from warp_fabric.solver.step import Stepper, StepReport
from warp_fabric.solver.tape import off_tape
from warp_fabric.state import State
from warp_fabric.types import f64, vec3


@dataclass
class Frame:
    """What is kept of one moment: `arrays` by data set name, [picks, ends, ...], with `compression`; with panels
    [crossings, ...], those of the first panel first."""

    time: float
    arrays: dict[str, np.ndarray]


def held_at_crossings(model: Model, held: Held) -> dict[str, np.ndarray]:
    """What is held at the crossings, [N]: `compression`, and of crimped yarns `interchange` and `flattening`."""
    found = {"compression": np.array(held.compression.numpy())}
    if model.crimped:
        pick, end = held.held_change.numpy().T
        found |= {"interchange": 0.25 * (end - pick), "flattening": -0.5 * (pick + end)}
    return found


class Rollout:
    """A running simulation of one scene.

    Steps taken inside `with wp.Tape() as tape:` are recorded, one entry a step, and `tape.backward(loss)` then gives
    gradients in the arrays of `model.material` and `model.pins`, in `initial`, in `forces`, and in every state that a
    step led to. Each recorded step leads to a state of its own; arrays that entered a step must not be written again
    before `backward`. As with all of Warp, `tape.zero()` comes before a second `backward`.

    Args:
        scene: What to simulate; its integrator is "euler" or "bdf2".
        device: Warp device name; None takes the scene's.
        forces: [steps, picks, ends, 3], N, forces from outside, per step.
        initial: Arrays of the first state by name; None is the fabric at rest.
        checkpoint: Recorded steps between states kept for the reverse pass, which simulates those between again;
            1 keeps all, "auto" about sqrt(steps) of them where all would be large.
        varied: See `Model`.

    Attributes:
        state: The state reached. previous: the one a step before, None where the next step must be an Euler step.
        parts: What the last step was made of. initial: The first state. forces: [steps, N] vec3 on the device, or None.
        steps_done: Steps taken. halved_steps: how many of them since the start went through in parts only; where they
            did, results depend on rounding. frame_count: frames to come after the first.
    """

    def __init__(
        self,
        scene: Scene,
        device: str | None = None,
        forces: np.ndarray | None = None,
        initial: dict[str, np.ndarray] | None = None,
        checkpoint: str | int = "auto",
        varied: Iterable[str] = (),
    ) -> None:
        if scene.time.integrator == "static":
            fix = 'use wf.simulate or wf.loss_and_gradient, or set time.integrator = "bdf2"'
            raise SceneError("an equilibrium has no steps", where="time.integrator", fix=fix)
        self.scene = scene
        self.model = Model(scene, device, varied)
        self.frame_count, self.steps_per_frame = scene.time.frame_count, scene.time.steps_per_frame
        self.step_size = scene.time.step_size
        self.stepper = Stepper(self.model, scene.time.integrator, self.step_size, scene.tolerance)
        self.initial = State.of(self.model, requires_grad=True, **(initial or {}))
        self.forces = self._device_forces(forces)
        self.stride = stride_of(checkpoint, self.frame_count * self.steps_per_frame, self.model.node_count)
        self._adjoint: StepAdjoint | None = None
        self._spare: list[State] = []
        self._frame_state, self._clock = empty_held(self.model), wp.zeros(2, dtype=f64, device=self.model.device)
        self.restart()

    def restart(self) -> None:
        """Go back to the initial state, as its arrays are now; what was recorded is forgotten."""
        self.state = self.initial
        self.previous: State | None = None
        self.steps_done = self.halved_steps = 0
        self.recording: Recording | None = None
        self.parts: list[Part] = []

    @property
    def time(self) -> float:
        """Time reached, s."""
        return self.steps_done / (self.scene.time.frames_per_second * self.steps_per_frame)

    @property
    def gradient_accuracy(self) -> float:
        """How accurate the last gradient is, relative to what it was pulled back from; see `StepAdjoint`. Not a number
        before the first."""
        return self._adjoint.accuracy if self._adjoint is not None else float("nan")

    def resume(self, previous: dict[str, np.ndarray] | None, steps_done: int) -> None:
        """Continue an interrupted run whose last state was given as `initial`, bit for bit.

        Args:
            previous: Arrays of the state one step before, None where the next step must be an Euler step.
        """
        self.previous = State.of(self.model, **previous) if previous is not None else None
        self.steps_done = steps_done

    def record(self) -> Recording:
        """Record all steps from here on, for `Recording.backward`, without a tape."""
        self.recording = self._new_recording()
        return self.recording

    def step(self, external: wp.array | None = None) -> StepReport:
        """Take one step.

        Args:
            external: [N] vec3, N, forces from outside during this step, instead of its row of `forces`.

        Raises:
            SolverError: where it does not converge.
        """
        lasting = external is None
        if lasting and self.forces is not None:
            external = self.forces[self.steps_done]
        with off_tape() as tape:
            if tape is not None and self.recording is None:
                self.recording = self._new_recording()
            report, entry = self._step(external, lasting, visible=tape is not None)
        if tape is not None:
            self._record_on(tape, external, entry)
        return report

    def _step(self, external: wp.array | None, lasting: bool, visible: bool) -> tuple[StepReport, int]:
        recording = self.recording
        out = self._spare.pop() if self._spare and recording is None else State.empty(self.model, requires_grad=visible)
        self.parts = parts = []
        start, previous = self.time, self.previous
        try:
            report, whole = self.stepper.step(self.state, previous, out, start, external, self.steps_done + 1, parts)
        except BaseException:
            if recording is None:
                self._spare.append(out)
            raise
        if recording is not None:
            recording.add(parts, previous is not None, start, external, lasting)
        else:
            for passed in (self.previous, None if whole else self.state):
                if passed is not None and passed is not self.initial:
                    self._spare.append(passed)
        self.previous = self.state if whole else None
        self.state = out
        self.steps_done += 1
        self.halved_steps += not whole
        return report, len(recording.steps) if recording is not None else 0

    def _record_on(self, tape: wp.Tape, external: wp.array | None, entry: int) -> None:
        recording, to_external = self.recording, None if external is None else external.grad
        assert recording is not None
        # A state held here would be kept; where checkpoints do, whoever reads a state holds it.
        states = [self.initial, self.state] if recording.stride == 1 else [self.initial]
        arrays = [array for state in states for array in state.arrays()] + self.model.differentiable()
        arrays += [external] if to_external is not None else []
        known = tape.gradients

        def pull() -> None:
            # The tape zeroes what it knows: also states that are held, but that no kernel has read.
            known.update((array, array.grad) for array in recording.held(entry) if array is not None)
            recording.pull(entry, to_external)

        tape.record_func(pull, arrays)

    def _new_recording(self) -> Recording:
        self._adjoint = self._adjoint or StepAdjoint(self.model)
        if self.state is not self.initial:
            self._spare.clear()  # the ring of states that are written again ends here
        return Recording(self.stepper, self._adjoint, self.state, self.stride, self.previous)

    def frame(self) -> Frame:
        """The present state with its compression, as NumPy."""
        held = self._frame_state
        with off_tape():
            hold(self.model, Moment.of(self.state, self._clock), held)
        arrays = self.state.numpy() | held_at_crossings(self.model, held)
        if self.model.bead_count:
            with off_tape():
                arrays["contact_force"] = self.stepper.contact_force(self.state, self.time)
        return Frame(self.time, self.model.on_grid(arrays, self.scene.grid))

    def arrays_of(self, state: State) -> dict[str, np.ndarray]:
        """Arrays of a state of this run by name, [picks, ends, k]; with panels [crossings, k]."""
        return self.model.on_grid(state.numpy(), self.scene.grid)

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
        needed = (self.frame_count * self.steps_per_frame, *self.scene.grid, 3)
        forces = np.asarray(forces, float)
        axes = "crossings" if self.scene.panels else "picks, ends"
        if forces.shape != needed or not np.isfinite(forces).all():
            raise SceneError(
                f"forces have shape {forces.shape}" if forces.shape != needed else "forces are not finite",
                where="forces",
                fix=f"give finite numbers of shape (steps, {axes}, 3) = {needed}, in N",
            )
        values = self.model.layouts.pack(forces, 3, before=1)
        return wp.array(values, dtype=vec3, device=self.model.device, requires_grad=True)
