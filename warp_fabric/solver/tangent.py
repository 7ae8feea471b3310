"""The linearised rollout: how every state changes along given directions, for Gauss-Newton and for uncertainties.

Differentiating a step's residual r(v1, z) = 0 along dz gives J dv1 = -dr/dz dz with the exact Jacobian J. The right
side is a central difference of residuals at the converged step: no solve is repeated, and its error (about 1e-7) only
slows Gauss-Newton down, as does what rounding leaves of the linear solves; gradients come from `adjoint.py`. The
difference is of fourth order: a move d across a yarn that hardly stretches makes it longer by d^2/2 and pulls it back
with the cube of d, which at second order leaves 1e-4 of cotton's Jacobian.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import warp as wp

from warp_fabric.errors import SolverError
from warp_fabric.forces.friction import move_anchor
from warp_fabric.model import Model
from warp_fabric.solver.adjoint import Part
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.moves import Moves
from warp_fabric.solver.recorded import Recorded
from warp_fabric.state import State
from warp_fabric.types import f64, vec2, vec3, vec5


@dataclass
class Direction:
    """A way that everything a rollout starts from can change.

    Attributes:
        arrays: the model's arrays with the change of each, in its NumPy shape.
        initial: change of the first state by name, [N, 2 or 3].
        forces: [steps, N, 3] N, change of the forces from outside.
    """

    arrays: list[tuple[wp.array, np.ndarray]] = field(default_factory=list)
    initial: dict[str, np.ndarray] = field(default_factory=dict)
    forces: np.ndarray | None = None


@wp.kernel(enable_backward=False)
def _add(weight: f64, x: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    i = wp.tid()
    out[i] = out[i] + weight * x[i]


@wp.kernel(enable_backward=False)
def _advance(
    slides: wp.array(dtype=wp.int32),
    h: f64,
    w0: f64,
    w1: f64,
    solution: wp.array(dtype=vec5),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    previous_position: wp.array(dtype=vec3),
    previous_sliding: wp.array(dtype=vec2),
    out_position: wp.array(dtype=vec3),
    out_sliding: wp.array(dtype=vec2),
    out_velocity: wp.array(dtype=vec3),
    out_sliding_velocity: wp.array(dtype=vec2),
):
    i = wp.tid()
    v = solution[i]
    xd, sd = -vec3(v[0], v[1], v[2]), -vec2(v[3], v[4])
    out_velocity[i] = xd
    out_sliding_velocity[i] = sd
    out_position[i] = w0 * position[i] + w1 * previous_position[i] + h * xd
    out_sliding[i] = sliding[i]  # the border's stays, or follows the crimp
    if slides[i] != 0:
        out_sliding[i] = w0 * sliding[i] + w1 * previous_sliding[i] + h * sd


class Tangents:
    """Pushes directions forward through the steps of a rollout, as they are made.

    Args:
        model: What is simulated; its arrays are changed and put back. directions: One column each.

    Attributes:
        states: the change of the last step's state, one a direction.
        accuracy: the worst relative residual that a linear solve has left.
    """

    STEP = 3.0e-6  # relative change of a parameter, and the move in spacings, of a difference
    SIDES = ((1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0))  # steps of a difference, and their weights times 12
    RELATIVE = 1.0e-8  # what linear solves aim at
    WORTHLESS = 1.0e-2  # more is an error

    def __init__(self, model: Model, directions: list[Direction]) -> None:
        self.model, self.directions = model, directions
        self.equation = StepEquation(model)
        self._moves = Moves(self.equation) if model.bead_count else None
        self._right = wp.zeros_like(self.equation.residual)
        self.linear = StepSolver(self.equation.jacobian, self._right)
        self._recorded: dict[tuple[str, Scheme], Recorded] = {}
        self._state, self._previous, self._scratch = (State.empty(model) for _ in range(3))
        self._compressions = [wp.zeros_like(self.equation.held.compression) for _ in self.SIDES]
        self._starts = [wp.zeros_like(self._state.anchor) for _ in self.SIDES]
        self._moved = wp.zeros_like(self._state.anchor)
        self._spacing = float(model.grid.segment_length.numpy().min()) if len(model.topology.segment) else 1.0
        self.states = [self._first(direction) for direction in directions]
        self._before: list[State] | None = None
        self.accuracy = 0.0
        self._bases = {id(array): np.array(array.numpy()) for d in directions for array, _ in d.arrays}

    def _first(self, direction: Direction) -> State:
        state = State.empty(self.model)
        for name, change in direction.initial.items():
            getattr(state, name).assign(np.asarray(change, float).reshape(self.model.node_count, -1))
        return state

    def step(self, parts: list[Part], external: np.ndarray | None, index: int, remembers: bool) -> None:
        """Push all directions through one step.

        Args:
            parts: What it was made of. external: [N, 3] N, forces from outside during it.
            index: Number of the step, from 0. remembers: Whether it used the state before the last.
        """
        whole = len(parts) == 1
        for number, part in enumerate(parts):
            self._prepare(part, external)
            before = self._before if remembers and number == 0 else None
            after = [
                self._push(part, direction, state, before[k] if before else state, external, index)
                for k, (direction, state) in enumerate(zip(self.directions, self.states))
            ]
            self._before, self.states = (self.states if whole else None), after

    def _prepare(self, part: Part, external: np.ndarray | None) -> None:
        """The Jacobian at the converged step."""
        equation = self.equation
        self._state.copy_from(part.state)
        self._previous.copy_from(part.previous)
        self._take(external)
        equation.set_time(part.end, part.scheme.size)
        if self._moves is not None:
            self._moves.pose(part.state)
            self._moves.cover(part.state.position, part.out.position)
        equation.guess(part.out)
        self._run("evaluate", part.scheme)
        self._run("jacobian", part.scheme)
        self.linear.begin(part.scheme.h)
        self.linear.factor()

    def _push(self, part: Part, direction: Direction, state: State, before: State, external, index: int) -> State:
        amount = self._amount(state, before)
        change = direction.forces[index] if direction.forces is not None else None
        self._right.zero_()
        for side, (sign, weight) in enumerate(self.SIDES):
            self._apply(direction, sign * amount)
            self._state.combine(part.state, sign * amount, state)
            self._previous.combine(part.previous, sign * amount, before)
            if change is not None:
                self._take((0.0 if external is None else external) + sign * amount * change)
            self._run("evaluate", part.scheme)
            inputs = [weight / (12.0 * amount), self.equation.residual]
            wp.launch(_add, self.model.node_count, inputs, [self._right], device=self.model.device)
            wp.copy(self._compressions[side], self.equation.held.compression)
            wp.copy(self._starts[side], self._state.anchor)
        if change is not None:
            self._take(external)
        report = self.linear.solve(self.RELATIVE, 0.0)
        left = report.residual / report.start if report.start != 0.0 else 0.0
        self.accuracy = max(self.accuracy, left)
        if not left <= self.WORTHLESS:
            self._apply(direction, 0.0)
            raise SolverError(
                f"the linearised step cannot be solved (residual {report.residual:.1e})",
                where=f"the step that ends at {part.end:.6g} s",
                fix="take a smaller time.step, or softer yarns",
            )
        out = State.empty(self.model)
        scheme, device = part.scheme, self.model.device
        inputs = [self.model.grid.slides, scheme.h, *scheme.start, self.linear.solution]
        inputs += [state.position, state.sliding, before.position, before.sliding]
        wp.launch(_advance, self.model.node_count, inputs, out.moving(), device=device)
        anchor = np.zeros(self._moved.numpy().shape)
        for side, (sign, weight) in enumerate(self.SIDES):
            self._apply(direction, sign * amount)
            self._scratch.combine(part.out, sign * amount, out)
            sliding, compression = self._scratch.sliding, self._compressions[side]
            move_anchor(self.model, sliding, compression, self._starts[side], self._moved)
            anchor += weight / (12.0 * amount) * self._moved.numpy()
        out.anchor.assign(anchor)
        self._apply(direction, 0.0)
        return out

    def _amount(self, state: State, before: State) -> float:
        """How far to go along a direction: `STEP` in parameters, and no further than that, in spacings, in states."""
        reach = max(
            max(float(np.abs(each.position.numpy()).max()), float(np.abs(each.sliding.numpy()).max()))
            for each in (state, before)
        )
        return self.STEP / max(1.0, reach / self._spacing)

    def _apply(self, direction: Direction, amount: float) -> None:
        for array, change in direction.arrays:
            array.assign(self._bases[id(array)] + amount * change)

    def _take(self, external: np.ndarray | None) -> None:
        if external is None:
            self.equation.external.zero_()
        else:
            self.equation.external.assign(external)

    def _run(self, name: str, scheme: Scheme) -> None:
        def evaluate() -> None:
            self.equation.begin(scheme, self._state, self._previous)
            self.equation.evaluate(scheme)

        def jacobian() -> None:
            self.equation.evaluate_jacobian(scheme)

        key = (name, scheme)
        if key not in self._recorded:
            self._recorded[key] = Recorded(self.model.device, evaluate if name == "evaluate" else jacobian)
        self._recorded[key]()
