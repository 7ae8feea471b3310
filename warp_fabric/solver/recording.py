"""What the reverse pass of a rollout needs: states kept at checkpoints, and gradients on their way back.

Between checkpoints states are simulated again when the reverse pass comes to them: with a checkpoint every sqrt(T)
steps of T, a gradient costs one more rollout and the states kept grow as sqrt(T).
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import warp as wp

from warp_fabric.solver.adjoint import Part, StepAdjoint
from warp_fabric.solver.equation import Scheme
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State

BYTES_PER_STATE = 96  # of one crossing: 12 numbers of 8 bytes
ROOM = 32 * 2**20
"""Bytes of states that "auto" keeps rather than simulates again."""


def stride_of(checkpoint: str | int, steps: int, crossings: int) -> int:
    """Steps between checkpoints: 1 keeps every state.

    Args:
        checkpoint: A number of steps, or "auto": every state where all of them are small (`ROOM`), else sqrt(steps).
    """
    if checkpoint != "auto":
        return int(checkpoint)
    return 1 if steps * crossings * BYTES_PER_STATE <= ROOM else math.ceil(math.sqrt(steps))


@dataclass
class _Step:
    """One recorded step: the scheme of its first part, whether it went in one piece, its time and forces.

    Attributes:
        external: Its forces as they were given, for their gradient. forces: their values.
        out: The arrays it led to, as far as somebody else holds them and they have gradients.
    """

    scheme: Scheme
    remembers: bool  # whether it used the state before the last
    whole: bool
    start: float
    end: float
    external: wp.array | None
    forces: wp.array | None
    out: list[Callable[[], wp.array | None]]


class Recording:
    """The steps of one rollout, to be pulled back in reverse order.

    Args:
        stepper: What the steps are simulated with, and simulated again.
        adjoint: What pulls gradients back through a step.
        initial: The first state; it may have gradients, which then are added to.
        stride: Steps between checkpoints.
        previous: The state one step before, where the first step to be recorded uses it.
    """

    def __init__(
        self, stepper: Stepper, adjoint: StepAdjoint, initial: State, stride: int, previous: State | None = None
    ) -> None:
        self.stepper, self.adjoint, self.stride = stepper, adjoint, stride
        self.steps: list[_Step] = []
        self._first = {0: initial} if previous is None else {0: initial, -1: previous}
        self._kept = dict(self._first)
        self._gradients: dict[int, State] = {}
        self._own: dict[int, State] = {}
        self._free: list[State] = []

    def add(
        self, parts: list[Part], remembers: bool, start: float, external: wp.array | None, lasting: bool = False
    ) -> None:
        """Take in a step that has just been made. Its states must not be written again.

        Args:
            external: [N] vec3, N, forces from outside. lasting: Whether their values stay; else a copy is kept where
                the step will be simulated again.
        """
        out, k = parts[-1].out, len(self.steps) + 1
        again = self.stride > 1 or len(parts) > 1
        forces = wp.clone(external, requires_grad=False) if external is not None and again and not lasting else external
        held = [weakref.ref(array) for array in out.arrays() if array.grad is not None]
        self.steps.append(
            _Step(parts[0].scheme, remembers, len(parts) == 1, start, parts[-1].end, external, forces, held)
        )
        self._kept[k] = out
        if self.stride > 1 and k >= 2 and not self._at_checkpoint(k - 2):
            del self._kept[k - 2]

    def held(self, k: int) -> list[wp.array | None]:
        """The arrays of the state after step k that have gradients and are held by somebody, in order; else None."""
        if k <= 0:
            return [array if array.grad is not None else None for array in self._first[k].arrays()]
        return [ref() for ref in self.steps[k - 1].out] or [None] * 5

    def gradient(self, k: int) -> State:
        """Gradient by the state after step k (0: the initial state), to be added to before that step is pulled."""
        if k not in self._gradients:
            held = self.held(k)
            if None in held:
                self._own[k] = self._scratch()
                own = self._own[k].arrays()
                self._gradients[k] = State(*(b if a is None else a.grad for a, b in zip(held, own)))
            else:
                self._gradients[k] = State(*(array.grad for array in held if array is not None))
        return self._gradients[k]

    def pull(self, k: int, to_external: wp.array | None = None) -> None:
        """Pull the gradient by the state after step k back to the states before it; steps go in reverse order.

        Args:
            to_external: [N] vec3, gradient by the step's forces from outside, added to.
        """
        step = self.steps[k - 1]
        if k == len(self.steps):
            self.adjoint.begin()
        parts = self._parts(k)
        arriving, last = self.gradient(k), len(parts) - 1
        for i in range(last, -1, -1):
            part = parts[i]
            leaving = self.gradient(k - 1) if i == 0 else self._scratch()
            previous = self.gradient(k - 2) if i == 0 and step.remembers else None
            self.adjoint.pull(part, step.forces, arriving, leaving, previous, to_external)
            if i != last:
                self._release(arriving)
            arriving = leaving
        del self._gradients[k]
        if (own := self._own.pop(k, None)) is not None:
            self._release(own)
        if self.stride > 1 and not self._at_checkpoint(k):
            self._kept.pop(k, None)

    def backward(self, seed: Callable[[int, State], None]) -> State:
        """Pull all steps back; the gradient by the initial state.

        Args:
            seed: Called with k and the gradient by the state after step k, to which it adds the loss's own; for all
                steps in reverse order, then for 0.
        """
        for k in range(len(self.steps), 0, -1):
            seed(k, self.gradient(k))
            self.pull(k, self._external_gradient(k))
        seed(0, self.gradient(0))
        return self.gradient(0)

    def clear(self) -> None:
        """Forget all steps."""
        self.steps.clear()
        self._kept = dict(self._first)
        for state in self._own.values():
            self._release(state)
        self._own.clear()
        self._gradients.clear()

    @property
    def states_kept(self) -> int:
        return len(self._kept)

    def _external_gradient(self, k: int) -> wp.array | None:
        external = self.steps[k - 1].external
        return external.grad if external is not None else None

    def _at_checkpoint(self, k: int) -> bool:
        """Whether state k is kept: every `stride`-th, and the one before it, which bdf2 starts from too."""
        return k % self.stride == 0 or (k + 1) % self.stride == 0

    def _parts(self, k: int) -> list[Part]:
        """The parts of step k, with their states; simulated again where they were not kept."""
        step = self.steps[k - 1]
        if not {k, k - 1, k - 2 if step.remembers else k} <= self._kept.keys():
            first = (k - 1) // self.stride * self.stride
            for j in range(first + 1, k + 1):
                if j not in self._kept:
                    self._repeat(j, State.empty(self.stepper.model))
        if not step.whole:
            return self._repeat(k, State.empty(self.stepper.model), keep=False)
        state = self._kept[k - 1]
        previous = self._kept[k - 2] if step.remembers else state
        return [Part(step.scheme, step.end, state, previous, self._kept[k])]

    def _repeat(self, k: int, out: State, keep: bool = True) -> list[Part]:
        step, parts = self.steps[k - 1], []
        previous = self._kept[k - 2] if step.remembers else None
        self.stepper.step(self._kept[k - 1], previous, out, step.start, step.forces, k, parts)
        if keep:
            self._kept[k] = out
        return parts

    def _scratch(self) -> State:
        return self._free.pop() if self._free else State.empty(self.stepper.model)

    def _release(self, state: State) -> None:
        for array in state.arrays():
            array.zero_()
        self._free.append(state)
