"""Moves of touching cloth within a step: candidates for contact that hold on them, and those that are barred."""

from __future__ import annotations

from collections.abc import Callable

import warp as wp

from warp_fabric.forces import POSED, Moment, hold
from warp_fabric.solver.covering import Covering
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.recorded import Recorded
from warp_fabric.state import State
from warp_fabric.types import f64, vec2, vec3, vec5


@wp.kernel(enable_backward=False)
def _thought(
    a: f64,
    b: f64,
    h: f64,
    position: wp.array(dtype=vec3),
    previous: wp.array(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    out: wp.array(dtype=vec3),
):
    i = wp.tid()
    out[i] = a * position[i] + b * previous[i] + h * velocity[i]


@wp.kernel(enable_backward=False)
def _shorten(
    share: f64,
    h: f64,
    begun: wp.array(dtype=vec3),
    begun_sliding: wp.array(dtype=vec2),
    start: wp.array(dtype=vec3),
    start_sliding: wp.array(dtype=vec2),
    guess: wp.array(dtype=vec5),
    slides: wp.array(dtype=wp.int32),
    unknown: wp.array(dtype=vec5),
):
    """The velocities that lead to a share of the way from where the step began to where the guess leads."""
    i = wp.tid()
    v = guess[i]
    back = (f64(1.0) - share) / h * (begun[i] - start[i])
    slide = (f64(1.0) - share) / h * (begun_sliding[i] - start_sliding[i])
    if slides[i] == 0:
        slide = vec2()
    unknown[i] = share * v + vec5(back[0], back[1], back[2], slide[0], slide[1])


@wp.kernel(enable_backward=False)
def _place(h: f64, start: wp.array(dtype=vec3), unknown: wp.array(dtype=vec5), out: wp.array(dtype=vec3)):
    i = wp.tid()
    v = unknown[i]
    out[i] = start[i] + h * vec3(v[0], v[1], v[2])


class Moves(Covering):
    """The moves of one step's equation, whose model has beads.

    Args:
        equation: Its trial state is where moves lead.
    """

    HALVINGS = 20

    def __init__(self, equation: StepEquation) -> None:
        super().__init__(equation.model, equation.held)
        self.equation = equation
        self._base = wp.zeros_like(equation.start_position, requires_grad=False)
        self._guess = wp.zeros_like(equation.unknown, requires_grad=False)
        self._recorded: dict[tuple[str, Scheme, int], Recorded] = {}

    def prepare(self, scheme: Scheme, state: State, previous: State) -> None:
        """Find candidates for a step from a state to where its velocities lead; before `StepEquation.begin`, after
        `set_time`."""
        self.pose(state)
        inputs = [*scheme.start, scheme.h, state.position, previous.position, state.velocity]
        wp.launch(_thought, self.model.node_count, inputs, [self._base], device=self.model.device)
        self.cover(state.position, self._base)

    def pose(self, state: State) -> None:
        """Put obstacles where they are in the step."""
        POSED.hold(self.model, Moment.of(state, self.equation.clock), self.held)

    def rest(self, state: State) -> None:
        """Hold what contact holds at a state that stays where it is."""
        self.pose(state)
        self.cover(state.position, state.position)
        hold(self.model, Moment.of(state, self.equation.clock), self.held)

    def shorten_guess(self, scheme: Scheme, state: State) -> None:
        """Halve the move from the step's start to the first guess until it is not barred; in `unknown`."""
        equation, device = self.equation, self.model.device
        wp.copy(self._guess, equation.unknown)

        def look() -> None:
            equation.move(scheme)
            self.bars.look(state.position, equation.trial.position)

        for halvings in range(self.HALVINGS + 1):
            if halvings:
                share = 0.0 if halvings == self.HALVINGS else 0.5**halvings
                inputs = [share, scheme.h, state.position, state.sliding, equation.start_position]
                inputs += [equation.start_sliding, self._guess, self.model.grid.slides]
                wp.launch(_shorten, self.model.node_count, inputs, [equation.unknown], device=device)
            self._run(("guess", scheme, state), look)
            if self.bars.admitted():
                return

    def admit(self, scheme: Scheme, base: wp.array) -> bool:
        """Whether the move from an earlier `unknown` to the trial state is not barred."""
        equation, trial = self.equation, self.equation.trial.position

        def look() -> None:
            inputs = [scheme.h, equation.start_position, base]
            wp.launch(_place, self.model.node_count, inputs, [self._base], device=self.model.device)
            self.candidates.look(trial)
            self.bars.look(self._base, trial)

        self._run(("move", scheme, base), look)
        if self.candidates.found_outside():
            self.cover(self._base, trial, moved=False, besides=equation.begun)  # where what touches has friction
            equation.hold_contacts()
            self.bars.look(self._base, trial)
        return self.bars.admitted()

    def _run(self, key: tuple[str, Scheme, object], work: Callable[[], None]) -> None:
        """Work that is the same each time, with the same arrays: it is recorded."""
        name, scheme, arrays = key
        place = (name, scheme, id(arrays))  # the work that is kept keeps them, so that no others get their id
        if place not in self._recorded:
            self._recorded[place] = Recorded(self.model.device, work)
        self._recorded[place]()
