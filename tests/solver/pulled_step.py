"""A step in the midst of motion, and how a loss pulls at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from gradient_check import DT, STATE, moving_start, scene_of
from sample_cloth import largest

from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.solver.adjoint import Part, StepAdjoint
from warp_fabric.solver.equation import StepEquation
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State
from warp_fabric.types import vec3, vec5

EXACT = 1e-10


@dataclass
class Case:
    """A step that slips, sticks, blows about and is pulled from outside; `gradient` by the state it led to."""

    model: Model
    part: Part
    external: wp.array
    gradient: State
    integrator: str

    def inputs(self) -> dict[str, wp.array]:
        """All that entered the step, by name."""
        states = {"state": self.part.state, "previous": self.part.previous}
        if self.integrator == "euler":
            del states["previous"]
        model, found = self.model, {"external": self.external}
        found |= {f"{which}.{name}": getattr(state, name) for which, state in states.items() for name in STATE}
        found |= {name: getattr(model.material, name) for name in Material.vars}
        return found | {name: getattr(model.pins, name) for name in ("stiffness", "key_position", "key_time")}

    def clear(self) -> None:
        for array in self.inputs().values():
            array.grad.zero_()


def random_state(model: Model, rng: np.random.Generator) -> State:
    """Numbers in all arrays but the anchors and slides of the border, which do not move."""
    state, inner = State.empty(model), model.topology.inner[:, None]
    for name in STATE:
        array = getattr(state, name)
        free = inner if array.dtype is not vec3 else True
        array.assign(rng.standard_normal(array.numpy().shape) * free)
    return state


def made(device: str, integrator: str) -> Case:
    rng = np.random.default_rng(22)
    model = Model(scene_of("small", integrator, 4), device)
    stepper = Stepper(model, integrator, DT, 1e-13)
    first = State.of(model, requires_grad=True, **moving_start(model, 21))
    second, third = (State.empty(model, requires_grad=True) for _ in range(2))
    force = 1e-5 * rng.standard_normal((model.node_count, 3))
    external = wp.array(force, dtype=vec3, device=device, requires_grad=True)
    parts: list[Part] = []
    stepper.step(first, None, second, 0.0)
    stepper.step(second, first, third, DT, external, parts=parts)
    assert [part.scheme.name for part in parts] == [integrator]
    return Case(model, parts[0], external, random_state(model, rng), integrator)


def pulled(case: Case, adjoint: StepAdjoint | None = None) -> dict[str, np.ndarray]:
    """The gradients that `StepAdjoint` finds."""
    case.clear()
    part, previous = case.part, case.part.previous.gradient() if case.integrator == "bdf2" else None
    adjoint = adjoint or StepAdjoint(case.model)
    adjoint.pull(part, case.external, case.gradient, part.state.gradient(), previous, case.external.grad)
    return {name: np.array(array.grad.numpy()) for name, array in case.inputs().items()}


def at_answer(case: Case) -> StepEquation:
    """The step's equation at its answer, on arrays that take gradients."""
    equation = StepEquation(case.model, requires_grad=True)
    wp.copy(equation.external, case.external)
    equation.set_time(case.part.end)
    equation.guess(case.part.out)
    return equation


def dense(case: Case) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The same gradients, with J inverted as a dense matrix and plain tapes; J itself, and the gradient by v1."""
    case.clear()
    part, equation = case.part, at_answer(case)
    holding, moving, residual = wp.Tape(), wp.Tape(), wp.Tape()
    out = State.empty(case.model, requires_grad=True)
    with holding:
        equation.begin(part.scheme, part.state, part.previous)
    with moving:
        equation.move(part.scheme)
        equation.move_anchors(part.state, out)
        equation.finish(out)
    moving.backward(grads=dict(zip(out.arrays(), case.gradient.arrays())))
    for array in equation.trial.arrays():
        array.grad.zero_()
    g = np.array(equation.unknown.grad.numpy()).ravel()
    with residual:
        equation.evaluate(part.scheme)
    assert largest(equation.residual.numpy()) < 1e-15  # kg m/s
    equation.evaluate_jacobian(part.scheme)
    jacobian = equation.jacobian.to_scipy().toarray()
    y = np.linalg.solve(jacobian.T, g)
    seed = wp.array(-y.reshape(-1, 5), dtype=vec5, device=case.model.device)
    residual.backward(grads={equation.residual: seed})
    case.external.grad.assign(equation.external.grad)
    equation.elements.clear_gradients()
    holding.backward()
    return {name: np.array(array.grad.numpy()) for name, array in case.inputs().items()}, jacobian, g
