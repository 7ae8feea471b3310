"""The adjoint of one step as a transposed map, and against differences of the step."""

from __future__ import annotations

import numpy as np
import pytest
import warp as wp
from gradient_check import DT, scene_of
from pulled_step import EXACT, Case, at_answer, dense, made, pulled, random_state
from sample_cloth import difference, largest

from warp_fabric.forces import Elements
from warp_fabric.model import Model
from warp_fabric.solver.adjoint import StepAdjoint
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State
from warp_fabric.types import vec3, vec5


@pytest.fixture(params=["euler", "bdf2"])
def case(request, device) -> Case:
    return made(device, request.param)


def test_dot_products(case):
    """<g, d out> = <pulled g, d in>, with d v1 = -J^-1 (dr/dz) dz pushed forward through dense matrices."""
    _, jacobian, g = dense(case)
    rng, part = np.random.default_rng(23), case.part
    changes = {name: rng.standard_normal(array.numpy().shape) for name, array in case.inputs().items()}
    changes = {name: change * (largest(case.inputs()[name].numpy()) or 1.0) for name, change in changes.items()}
    rows = []
    for row in range(len(g)):  # of dr/dz, one by one
        case.clear()
        equation, holding, residual = at_answer(case), wp.Tape(), wp.Tape()
        with holding:
            equation.begin(part.scheme, part.state, part.previous)
        with residual:
            equation.evaluate(part.scheme)
        seed = np.zeros(len(g))
        seed[row] = 1.0
        device = case.model.device
        residual.backward(grads={equation.residual: wp.array(seed.reshape(-1, 5), dtype=vec5, device=device)})
        case.external.grad.assign(equation.external.grad)
        equation.elements.clear_gradients()
        holding.backward()
        rows.append(sum(float(np.vdot(case.inputs()[name].grad.numpy(), change)) for name, change in changes.items()))
    dv = -np.linalg.solve(jacobian, rows)
    # What the inputs change in the new state at fixed v1: its start, and the anchors' reach.
    case.clear()
    equation, explicit, out = at_answer(case), wp.Tape(), State.empty(case.model, requires_grad=True)
    with explicit:
        equation.begin(part.scheme, part.state, part.previous)
        equation.move(part.scheme)
        equation.move_anchors(part.state, out)
        equation.finish(out)
    explicit.backward(grads=dict(zip(out.arrays(), case.gradient.arrays())))
    direct = [float(np.vdot(case.inputs()[name].grad.numpy(), change)) for name, change in changes.items()]
    found = pulled(case)
    terms = [float(np.vdot(found[name], change)) for name, change in changes.items()]
    scale = sum(map(abs, terms))
    assert abs(sum(terms) - (g @ dv + sum(direct))) < EXACT * scale
    assert abs(sum(direct)) < 0.999 * scale  # the solve matters


def test_the_transposed_solve_inverts_the_transposed_matrix(case):
    """<y, J x> = <J' y, x>, and J' (J'^-1 g) = g to the residual that is stated."""
    adjoint = StepAdjoint(case.model)
    pulled(case, adjoint)
    matrix, rng, device = adjoint.equation.jacobian, np.random.default_rng(24), case.model.device
    x, y = (rng.standard_normal((case.model.node_count, 5)) for _ in range(2))
    images = [wp.zeros(len(x), dtype=vec5, device=device) for _ in range(2)]
    for vector, image, transposed in zip((x, y), images, (False, True)):
        on_device = wp.array(vector, dtype=vec5, device=device)
        matrix.multiply(on_device, on_device, image, transposed=transposed)
    jx, jy = (image.numpy() for image in images)
    assert np.vdot(y, jx) == pytest.approx(np.vdot(jy, x), rel=1e-12)
    adjoint.linear.right.assign(y)
    report = adjoint.linear.solve_transposed(StepAdjoint.RESIDUAL)
    assert report.converged
    solution = adjoint.linear.solution
    matrix.multiply(solution, solution, images[0], transposed=True)
    assert difference(images[0].numpy(), y) < 1e-11


@pytest.mark.parametrize("kind", ["segment", "triple", "corner", "triangle", "node"])
def test_collecting_is_the_transpose_of_its_adjoint(device, kind):
    """<w, collect f> = <collect' w, f>."""
    model, rng = Model(scene_of("small", "euler", 1), device), np.random.default_rng(25)
    elements = Elements(model, requires_grad=True)
    buffer = elements.forces[kind]
    f, w = rng.standard_normal(buffer.numpy().shape), rng.standard_normal((model.node_count, 5))
    buffer.assign(f)
    out = wp.zeros(model.node_count, dtype=vec5, device=device, requires_grad=True)
    with wp.Tape() as tape:
        elements.collect(out)
    tape.backward(grads={out: wp.array(w, dtype=vec5, device=device)})
    assert abs(np.vdot(w, out.numpy())) > 0.1
    assert np.vdot(buffer.grad.numpy(), f) == pytest.approx(np.vdot(w, out.numpy()), rel=1e-12)


@pytest.mark.parametrize("scheme", [Scheme.euler(DT), Scheme.bdf2(DT)], ids=lambda scheme: scheme.name)
def test_moving_is_the_transpose_of_its_adjoint(device, scheme):
    """From two states and the unknown to the trial state: combined, then moved."""
    model, rng = Model(scene_of("small", "euler", 1), device), np.random.default_rng(26)
    equation = StepEquation(model, requires_grad=True)
    states = [State.of(model, requires_grad=True, **random_state(model, rng).numpy()) for _ in range(2)]
    equation.unknown.assign(rng.standard_normal((model.node_count, 5)))
    out = random_state(model, rng)
    with wp.Tape() as tape:
        equation._combine(scheme.start, *states, (equation.start_position, equation.start_sliding))
        equation.move(scheme)
    tape.backward(grads=dict(zip(equation.trial.moving(), out.moving())))
    forward = sum(np.vdot(w.numpy(), x.numpy()) for w, x in zip(out.moving(), equation.trial.moving()))
    inputs = [equation.unknown, *(array for state in states for array in state.moving())]
    backward = sum(np.vdot(array.grad.numpy(), array.numpy()) for array in inputs)
    assert backward == pytest.approx(forward, rel=1e-12)


def test_it_is_the_slope_of_the_step(case):
    """Central differences of whole steps, each input in a direction of its own."""
    model, part, found = case.model, case.part, pulled(case)
    stepper, out = Stepper(model, case.integrator, DT, 1e-13), State.empty(model)
    previous = part.previous if case.integrator == "bdf2" else None
    rng, inner = np.random.default_rng(27), model.topology.inner[:, None]
    sizes = {"position": 1e-3, "sliding": 1e-3, "anchor": 1e-3, "velocity": 0.1, "sliding_velocity": 0.1}
    expected, actual = {}, {}
    for name, array in case.inputs().items():
        start = np.array(array.numpy())
        size = sizes.get(name.split(".")[-1], 1e-3 if name.startswith("key_") else largest(start))
        change = size * rng.standard_normal(start.shape)
        if array.dtype is not vec3 and len(start) == model.node_count:
            change *= inner
        values = []
        for amount in (1e-6, -1e-6):
            array.assign(start + amount * change)
            report, _ = stepper.step(part.state, previous, out, part.end - DT, case.external)
            assert report.parts == 1
            values.append(sum(np.vdot(w.numpy(), x.numpy()) for w, x in zip(case.gradient.arrays(), out.arrays())))
        array.assign(start)
        expected[name], actual[name] = (values[0] - values[1]) / 2e-6, float(np.vdot(found[name], change))
    scale = max(map(abs, expected.values()))
    for name, value in expected.items():
        assert abs(actual[name] - value) < 1e-7 * scale, name
