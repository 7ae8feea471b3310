"""The adjoint of one step: against dense linear algebra, as a transposed map, and against differences of the step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import warp as wp
from gradient_check import DT, STATE, moving_start, scene_of
from sample_cloth import difference, largest

from warp_fabric.errors import SolverError
from warp_fabric.forces import Elements
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.solver.adjoint import Part, StepAdjoint
from warp_fabric.solver.device_krylov import DeviceKrylov
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.linear import LinearReport
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


@pytest.fixture(params=["euler", "bdf2"])
def case(request, device) -> Case:
    return made(device, request.param)


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


def assert_same(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float) -> None:
    assert actual.keys() == expected.keys()
    for name, gradient in expected.items():
        assert difference(actual[name], gradient) < tolerance, name


def test_it_is_what_dense_algebra_gives(case):
    expected, _, _ = dense(case)
    assert_same(pulled(case), expected, EXACT)
    unfelt = {name for name, gradient in expected.items() if not gradient.any()}
    # What came before the last state tells where it was and how fast, not where its friction stuck.
    assert unfelt == ({"previous.anchor"} if case.integrator == "bdf2" else set())


def test_with_the_solver_of_a_gpu(case, monkeypatch):
    """On every device; it states the same residual."""
    expected, _, _ = dense(case)
    monkeypatch.setattr(wp.config, "verify_autograd_array_access", False)  # its kernels would not be cached
    adjoint = StepAdjoint(case.model)
    linear = adjoint.linear
    krylov = DeviceKrylov(linear.matrix, linear.right, linear)
    monkeypatch.setattr(linear, "_made", {"light": krylov})
    solved = []
    solve = krylov.solve_transposed
    monkeypatch.setattr(krylov, "solve_transposed", lambda relative: solved.append(relative) or solve(relative))
    assert_same(pulled(case, adjoint), expected, 1e-9)
    assert adjoint.iterations > 0
    assert solved == [StepAdjoint.RESIDUAL]


def test_replayed_work_gives_the_same(case):
    """Carried out, recorded, replayed."""
    adjoint = StepAdjoint(case.model)
    first = pulled(case, adjoint)
    for _ in range(3):
        assert_same(pulled(case, adjoint), first, 1e-13)


def test_a_tape_within_a_tapes_callback(case):
    """Where the reverse pass of the residual is itself an entry of a tape that runs backwards."""
    expected, _, _ = dense(case)
    case.clear()
    adjoint, part = StepAdjoint(case.model), case.part
    previous = part.previous.gradient() if case.integrator == "bdf2" else None

    def callback() -> None:
        adjoint.pull(part, case.external, case.gradient, part.state.gradient(), previous, case.external.grad)

    tape = wp.Tape()
    tape.record_func(callback, [*case.inputs().values()])
    for _ in range(3):
        tape.backward()
        actual = {name: np.array(array.grad.numpy()) for name, array in case.inputs().items()}
        assert_same(actual, expected, EXACT)
        tape.zero()
        assert not any(array.grad.numpy().any() for array in case.inputs().values())


def test_gradients_are_added_to_what_is_there(case):
    once = pulled(case)
    adjoint, part = StepAdjoint(case.model), case.part
    previous = part.previous.gradient() if case.integrator == "bdf2" else None
    adjoint.pull(part, case.external, case.gradient, part.state.gradient(), previous, case.external.grad)
    twice = {name: np.array(array.grad.numpy()) for name, array in case.inputs().items()}
    assert_same(twice, {name: 2.0 * gradient for name, gradient in once.items()}, 1e-12)


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


@pytest.mark.parametrize(("residual", "accepted"), [(1e-13, True), (0.9e-2, True), (2e-2, False), (np.nan, False)])
def test_a_residual_that_is_too_large_is_an_error(device, monkeypatch, residual, accepted):
    """Also one that a solver calls converged."""
    case = made(device, "euler")
    adjoint = StepAdjoint(case.model)
    start = 0.3
    report = LinearReport("some method", 0, residual * start, start, True)
    monkeypatch.setattr(adjoint.linear, "solve_transposed", lambda relative: report)
    if accepted:
        pulled(case, adjoint)
    else:
        with pytest.raises(SolverError, match="linear system"):
            pulled(case, adjoint)


def test_what_cannot_be_solved_is_an_error(device, monkeypatch):
    """With the step's time."""
    if device != "cpu":
        pytest.skip("breaks the CPU's solver")
    case = made(device, "euler")
    monkeypatch.setattr(Gmres, "RESTARTS", 0)
    monkeypatch.setattr(StepSolver, "DIRECTLY", np.inf)
    with pytest.raises(SolverError, match="linear system") as error:
        pulled(case)
    assert "0.002 s" in error.value.where
