"""The equation of one implicit step: its residual and exact Jacobian (`docs/physics.md`, section 7).

q1 = qh + h v1,   r(v1) = p(q1, v1) - ph - h [ dT/dq(q1, v1) + F(q1, v1) ] = 0
"""

from __future__ import annotations

from dataclasses import dataclass

import warp as wp

from warp_fabric.clearing import clear
from warp_fabric.forces import (
    FORCES,
    INERTIA,
    SELF_FRICTION,
    Convexity,
    Elements,
    Force,
    Held,
    Moment,
    empty_held,
    hold,
)
from warp_fabric.forces.friction import move_anchor
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.state import State
from warp_fabric.types import f64, vec2, vec3, vec5


@dataclass(frozen=True)
class Scheme:
    """A time integration scheme: how a step of `dt` seconds starts from the last state (0) and the one before (-1).

    h: factor of the new velocity. start: weights of states 0 and -1 in qh and ph. predicted: in the predicted q.
    """

    name: str
    h: float
    start: tuple[float, float]
    predicted: tuple[float, float]

    @property
    def size(self) -> float:
        """The step's length dt, s."""
        return self.h * (1.0 if self.start[1] == 0.0 else 1.5)

    @classmethod
    def euler(cls, dt: float) -> Scheme:
        """Implicit Euler: first order, robust, damps motion."""
        return cls("euler", dt, (1.0, 0.0), (1.0, 0.0))

    @classmethod
    def bdf2(cls, dt: float) -> Scheme:
        """Second-order backward differences; needs the previous state, one `dt` earlier."""
        return cls("bdf2", 2.0 * dt / 3.0, (4.0 / 3.0, -1.0 / 3.0), (2.0, -1.0))


@wp.kernel
def _combine(
    slides: wp.array(dtype=wp.int32),
    a: f64,
    b: f64,
    position: wp.array(dtype=vec3),
    previous_position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    previous_sliding: wp.array(dtype=vec2),
    out_position: wp.array(dtype=vec3),
    out_sliding: wp.array(dtype=vec2),
):
    i = wp.tid()
    out_position[i] = a * position[i] + b * previous_position[i]
    if slides[i] == 0:
        out_sliding[i] = sliding[i]  # stays to the last bit
    else:
        out_sliding[i] = a * sliding[i] + b * previous_sliding[i]


@wp.kernel
def _move(
    h: f64,
    start_position: wp.array(dtype=vec3),
    start_sliding: wp.array(dtype=vec2),
    unknown: wp.array(dtype=vec5),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
):
    i = wp.tid()
    v = unknown[i]
    xd = vec3(v[0], v[1], v[2])
    sd = vec2(v[3], v[4])
    velocity[i] = xd
    sliding_velocity[i] = sd
    position[i] = start_position[i] + h * xd
    sliding[i] = start_sliding[i] + h * sd


@wp.kernel
def _start(h: f64, momentum: wp.array(dtype=vec5), external: wp.array(dtype=vec3), node: wp.array(dtype=vec5)):
    i = wp.tid()
    f = h * external[i]
    node[i] = -momentum[i] - vec5(f[0], f[1], f[2], f64(0.0), f64(0.0))


@wp.kernel(enable_backward=False)
def _unknown_of(velocity: wp.array(dtype=vec3), sliding_velocity: wp.array(dtype=vec2), unknown: wp.array(dtype=vec5)):
    i = wp.tid()
    xd, sd = velocity[i], sliding_velocity[i]
    unknown[i] = vec5(xd[0], xd[1], xd[2], sd[0], sd[1])


class StepEquation:
    """Buffers and kernels of one implicit step; everything in it is device work and can be captured in a graph.

    Attributes:
        unknown: [N] vec5, the new velocities v1 (position, then sliding; m/s); zero for a border crossing's sliding.
        trial: the state they lead to. external: [N] vec3, N, forces from outside.
        residual: [N] vec5, kg m/s. jacobian: dr/dv1.
    """

    def __init__(
        self,
        model: Model,
        held: Held | None = None,
        forces: tuple[Force, ...] = FORCES,
        requires_grad: bool = False,
    ) -> None:
        self.model, self.forces = model, forces
        self.held = held or empty_held(model, requires_grad)
        self.elements = Elements(model, requires_grad)
        self.trial = State.empty(model, requires_grad)
        self.jacobian = BlockMatrix(model, self.held.candidates)

        def new(kind) -> wp.array:
            return wp.zeros(model.node_count, dtype=kind, device=model.device, requires_grad=requires_grad)

        self.predicted_position, self.predicted_sliding = new(vec3), new(vec2)
        self.start_position, self.start_sliding, self.start_momentum = new(vec3), new(vec2), new(vec5)
        self.clock = wp.zeros(2, dtype=f64, device=model.device)
        self._end, self._start = self.clock[0:1], self.clock[1:2]
        self.unknown, self.residual, self.external = new(vec5), new(vec5), new(vec3)

    def begin(self, scheme: Scheme, state: State, previous: State) -> None:
        """Evaluate what the step holds: qh, ph, and what forces hold at the predicted state. Nothing that is read is
        written again, so it can be differentiated; the step's end comes from `set_time`, before."""
        held, predicted = self.held, (self.predicted_position, self.predicted_sliding)
        self._combine(scheme.predicted, state, previous, predicted)
        self._moment = Moment(*predicted, state.anchor, self.clock, state.position)
        hold(self.model, self._moment, held)
        self.elements.clear()
        for weight, at in zip(scheme.start, (state, previous)):
            if weight != 0.0:
                INERTIA.add_momentum(self.model, at, held, self.elements, weight)
        self.elements.collect(self.start_momentum)
        self._combine(scheme.start, state, previous, (self.start_position, self.start_sliding))

    @property
    def begun(self) -> wp.array:
        """[N] vec3 m, where crossings are at the start of the step."""
        return self._moment.start

    def hold_contacts(self) -> None:
        """Evaluate anew what is held of pairs of beads, whose candidates have changed since `begin`."""
        SELF_FRICTION.hold(self.model, self._moment, self.held)

    def set_time(self, end: float, size: float = 0.0) -> None:
        """Tell `begin` when the step ends, s, and how long it is."""
        self._end.fill_(end)
        self._start.fill_(end - size)

    def guess(self, state: State) -> None:
        """Take the unknown from a state's velocities."""
        inputs = [state.velocity, state.sliding_velocity]
        wp.launch(_unknown_of, self.model.node_count, inputs, [self.unknown], device=self.model.device)

    def evaluate(self, scheme: Scheme) -> None:
        """Trial state and residual at `unknown`. Not a number where a segment is inverted or has no length."""
        model, elements = self.model, self.elements
        self.move(scheme)
        elements.clear()
        inputs = [scheme.h, self.start_momentum, self.external]
        wp.launch(_start, model.node_count, inputs, [elements.forces["node"]], device=model.device)
        INERTIA.add_momentum(model, self.trial, self.held, elements, 1.0)
        for force in (*self.forces, INERTIA):
            force.add_force(model, self.trial, self.held, elements, -scheme.h)
        elements.collect(self.residual)

    def move(self, scheme: Scheme) -> None:
        """The trial state that `unknown` leads to."""
        trial = self.trial
        inputs = [scheme.h, self.start_position, self.start_sliding, self.unknown]
        outputs = [trial.position, trial.sliding, trial.velocity, trial.sliding_velocity]
        wp.launch(_move, self.model.node_count, inputs, outputs, device=self.model.device)

    def move_anchors(self, state: State, out: State) -> None:
        """Anchors after the step: those of `state`, moved on where the trial state slips."""
        move_anchor(self.model, self.trial.sliding, self.held.compression, state.anchor, out.anchor)

    def finish(self, out: State) -> None:
        """Write the trial state, all but its anchors, to `out`."""
        for name in ("position", "sliding", "velocity", "sliding_velocity"):
            wp.copy(getattr(out, name), getattr(self.trial, name))

    def evaluate_jacobian(self, scheme: Scheme, convexity: int = Convexity.EXACT) -> None:
        """dr/dv1 at the trial state of the last `evaluate`, or without what makes it indefinite."""
        model, elements, h = self.model, self.elements, scheme.h
        elements.clear_jacobian()
        self.held.clear_couplings()
        for force in self.forces:
            force.add_jacobian(model, self.trial, self.held, elements, -h * h, -h, convexity)
        INERTIA.add_step_jacobian(model, self.trial, self.held, elements, h, convexity)
        elements.collect_jacobian(self.jacobian.blocks)
        self.held.pack_couplings()

    def clear_gradients(self) -> None:
        """Zero the gradients of all buffers."""
        own = [value for value in vars(self).values() if isinstance(value, wp.array)]
        for array in (*own, *self.held.arrays(), *self.trial.arrays()):
            if array.grad is not None:
                clear(array.grad)
        self.elements.clear_gradients()

    def _combine(self, weights: tuple[float, float], state: State, previous: State, out: tuple) -> None:
        coordinates = [state.position, previous.position, state.sliding, previous.sliding]
        inputs = [self.model.grid.slides, *weights, *coordinates]
        wp.launch(_combine, self.model.node_count, inputs, [*out], device=self.model.device)
