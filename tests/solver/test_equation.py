"""The residual of one step and its exact Jacobian."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference, golden, golden_elements, golden_order, perturbed, sample_model, sample_scene

from warp_fabric.forces import Moment, hold
from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.state import State

DT = 1e-3
EXACT = 1e-9
SCHEMES = [Scheme.euler(DT), Scheme.bdf2(DT)]
CRIMPED = ("crimped_twill", "flattening_twill", "touching_satin", "mixed")
each_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)


@each_scheme
@pytest.mark.parametrize(
    "case",
    [
        *(f"elements_{name}" for name in ("gentle", "harsh", "stick", "rest")),
        *(f"crimp_elements_{name}" for name in ("gentle", "harsh", "rest", "flatten", "bound")),
    ],
)
def test_golden_residual_and_jacobian(device, case, scheme):
    arrays, model = golden(case), golden_elements(case, device)
    names = ("position", "sliding", "velocity", "sliding_velocity")
    state = State.of(model, anchor=arrays["anchor"], **{name: arrays[name] for name in names})
    previous = State.of(model, **{name: arrays[f"previous_{name}"] for name in names})
    following = State.of(model, velocity=arrays["next_velocity"], sliding_velocity=arrays["next_sliding_velocity"])
    equation = StepEquation(model)
    equation.set_time(0.0)
    equation.begin(scheme, state, previous)
    # The golden data hold these at the state for both schemes, not at the predicted one.
    hold(model, Moment.of(state), equation.held)
    equation.guess(following)
    equation.evaluate(scheme)
    equation.evaluate_jacobian(scheme)

    residual = equation.residual.numpy().reshape(6, 7, 5)
    assert difference(residual[..., :3], arrays[f"residual_{scheme.name}_position"]) < EXACT
    assert difference(residual[..., 3:], arrays[f"residual_{scheme.name}_sliding"]) < EXACT
    order = golden_order(model)
    jacobian = equation.jacobian.to_scipy().toarray()[np.ix_(order, order)]
    expected = arrays[f"residual_{scheme.name}_jacobian"].copy()
    if case.endswith("rest"):
        add_slope_of_sticking(expected, jacobian, model, scheme)
    assert difference(jacobian, expected) < EXACT


def add_slope_of_sticking(expected: np.ndarray, jacobian: np.ndarray, model: Model, scheme: Scheme) -> None:
    """Complete the golden Jacobian at rest, where nothing slips and parallel yarns just touch.

    The program behind the golden data differentiates |z| at exactly 0 and finds the slope 0 for the soft clamp, where
    it is C'(0) = 1: friction's h^2 kf is missing from its sliding diagonal at every inner crossing. bdf2 starts from
    (4 s - s) / 3, which is s but for the last bit: there some crossings slip by that bit, so that nothing is missing,
    and some yarns overlap by it, which adds or takes the contact stiffness kc L; crimped ones do from the start.
    """
    slides = np.arange(3 * model.node_count, len(expected))
    stiffness = scheme.h**2 * float(model.material.friction_stiffness.numpy()[0])
    missing = (jacobian - expected)[slides, slides]
    if scheme.name == "euler" and not model.crimped:
        np.testing.assert_allclose(missing, stiffness, rtol=1e-9)
        expected[slides, slides] += stiffness
        return
    touching = 4 * scheme.h**2 * 1.0 * float(model.grid.segment_length.numpy().max()) * 1.1
    slipped = np.abs(missing) <= touching
    assert slipped.sum() < 0.2 * len(slides)
    expected[slides, slides] += np.where(slipped, 0.0, stiffness)
    block = np.ix_(slides, slides)
    assert np.abs(jacobian[block] - expected[block]).max() <= touching
    expected[block] = jacobian[block]


@each_scheme
@pytest.mark.parametrize("fabric", ["twill", "plain", "one_pick", "two_by_two", *CRIMPED, "damped_twill"])
def test_jacobian_is_the_slope_of_the_residual(device, fabric, scheme):
    model = sample_model(fabric, device)
    point = perturbed(model, seed=101, amount=0.05 if model.crimped else 0.15)
    before = perturbed(model, seed=102, amount=0.02)
    equation = StepEquation(model)
    equation.set_time(DT)
    equation.begin(scheme, point.state, before.state)
    equation.guess(point.state)
    equation.evaluate(scheme)
    equation.evaluate_jacobian(scheme)
    jacobian = equation.jacobian.to_scipy().toarray()
    start, columns = np.array(equation.unknown.numpy()), []
    step = 1e-7 if fabric != "plain" else 1e-6
    for k in np.flatnonzero(point.free):
        residuals = []
        for sign in (1.0, -1.0):
            moved = start.copy()
            moved.flat[k] += sign * step
            equation.unknown.assign(moved)
            equation.evaluate(scheme)
            residuals.append(np.array(equation.residual.numpy()).ravel()[point.free])
        columns.append((residuals[0] - residuals[1]) / (2 * step))
    assert difference(jacobian[np.ix_(point.free, point.free)], np.stack(columns, axis=1)) < 2e-6
    border = ~point.free
    np.testing.assert_array_equal(jacobian[border], np.eye(len(border))[border])
    assert not equation.residual.numpy().ravel()[border].any()


def test_schemes():
    euler, bdf2 = SCHEMES
    assert (euler.name, euler.h, euler.start, euler.predicted) == ("euler", DT, (1.0, 0.0), (1.0, 0.0))
    assert (bdf2.name, bdf2.predicted) == ("bdf2", (2.0, -1.0))
    # Exact for what moves with constant acceleration: q = t^2 / 2, v = t.
    q, v = np.array([0.0, 0.5 * DT**2]), DT
    assert bdf2.start[0] * q[0] + bdf2.start[1] * q[1] + bdf2.h * v == pytest.approx(0.5 * DT**2, rel=1e-12)


@each_scheme
def test_free_fall(device, scheme):
    """Cloth without air or pins that falls as it should leaves no residual, from state to state."""
    model = Model(sample_scene("open_plain").replace({"pins": []}), device)
    g = np.array([0.0, 0.0, -9.8])
    states = []
    for time in (0.0, -DT):
        velocity = np.tile(g * time, (model.node_count, 1))
        states.append(State.of(model, position=model.rest_position + 0.5 * g * time**2, velocity=velocity))
    equation = StepEquation(model)
    equation.set_time(DT)
    equation.begin(scheme, *states)
    equation.guess(State.of(model, velocity=np.tile(g * DT, (model.node_count, 1))))
    equation.evaluate(scheme)
    weight = 9.8 * DT * 2e-3 * 1.5e-3  # of one segment, over a step
    np.testing.assert_allclose(equation.residual.numpy()[:, :3], 0.0, atol=1e-9 * weight)
    np.testing.assert_allclose(equation.trial.velocity.numpy(), np.tile(g * DT, (model.node_count, 1)), rtol=1e-15)


def test_forces_from_outside(device):
    """They take h times their value off the residual, at positions only."""
    model = sample_model("twill", device)
    point = perturbed(model, seed=103)
    equation, scheme = StepEquation(model), SCHEMES[0]
    equation.set_time(DT)
    equation.begin(scheme, point.state, point.state)
    equation.guess(point.state)
    equation.evaluate(scheme)
    before = np.array(equation.residual.numpy())
    force = np.random.default_rng(104).standard_normal((model.node_count, 3))
    equation.external.assign(force)
    equation.evaluate(scheme)
    change = np.array(equation.residual.numpy()) - before
    np.testing.assert_allclose(change[:, :3], -DT * force, rtol=1e-9)
    np.testing.assert_array_equal(change[:, 3:], 0.0)


def test_trial_state_follows_the_unknown(device):
    model = sample_model("twill", device)
    point, before = perturbed(model, seed=105), perturbed(model, seed=106)
    equation, scheme = StepEquation(model), SCHEMES[1]
    equation.begin(scheme, point.state, before.state)
    equation.guess(point.state)
    np.testing.assert_array_equal(equation.unknown.numpy(), point.speeds())
    equation.move(scheme)
    expected = (4 * point.coordinates() - before.coordinates()) / 3 + 2 * DT / 3 * point.speeds()
    trial = equation.trial
    actual = np.concatenate([trial.position.numpy(), trial.sliding.numpy()], axis=1)
    assert difference(actual, expected) < 1e-15
    out = State.empty(model)
    equation.finish(out)
    for name in ("position", "sliding", "velocity", "sliding_velocity"):
        np.testing.assert_array_equal(getattr(out, name).numpy(), getattr(trial, name).numpy())


def test_what_a_step_holds_is_taken_at_the_predicted_state(device):
    model = sample_model("twill", device)
    point, before = perturbed(model, seed=107, amount=0.05), perturbed(model, seed=108, amount=0.05)
    equation = StepEquation(model)
    for scheme, predicted in zip(SCHEMES, (point.coordinates(), 2 * point.coordinates() - before.coordinates())):
        equation.begin(scheme, point.state, before.state)
        there = perturbed(model, seed=107, amount=0.05)
        there.move_to(predicted)
        there.hold()
        for name in ("normal", "compression", "air"):
            expected = getattr(there.held, name).numpy()
            assert difference(getattr(equation.held, name).numpy(), expected) < 1e-9, name
        np.testing.assert_array_equal(equation.held.anchor.numpy(), point.state.anchor.numpy())


def test_anchors_after_the_step(device):
    """Those that stick stay; all keep within reach of their crossing."""
    model = sample_model("twill", device)
    point = perturbed(model, seed=110)
    equation, scheme = StepEquation(model), SCHEMES[0]
    equation.begin(scheme, point.state, point.state)
    wp.copy(equation.held.compression, point.held.compression)
    equation.unknown.zero_()
    equation.move(scheme)
    out = State.empty(model)
    equation.move_anchors(point.state, out)
    inner = model.topology.inner
    slip = np.abs(point.state.sliding.numpy() - point.state.anchor.numpy())[inner]
    left = np.abs(point.state.sliding.numpy() - out.anchor.numpy())[inner]
    reach = (0.5 * point.held.compression.numpy()[inner, None] + 1e-12) / 800.0
    sticks = slip < 0.9 * reach
    assert 0 < sticks.sum() < sticks.size
    np.testing.assert_allclose(left[sticks], slip[sticks], rtol=1e-9)
    assert (left <= reach * (1 + 1e-9)).all()


@pytest.mark.parametrize("fault", ["inverted", "no length"])
def test_impossible_trials_are_not_a_number(device, fault):
    """So that a line search sees that they are out of bounds."""
    model = sample_model("plain", device)
    point = perturbed(model, seed=111, amount=0.01)
    equation, scheme = StepEquation(model), SCHEMES[0]
    equation.begin(scheme, point.state, point.state)
    equation.unknown.zero_()
    equation.evaluate(scheme)
    assert np.isfinite(equation.residual.numpy()).all()
    if fault == "inverted":
        equation.unknown.assign(np.where(np.arange(25)[:, None] == 12, [0.0, 0.0, 0.0, 1.5e-3 / DT, 0.0], 0.0))
    else:
        position = point.state.position.numpy()
        equation.start_position.assign(np.where(np.arange(25)[:, None] == 12, position[13], position))
    equation.evaluate(scheme)
    assert np.isnan(equation.residual.numpy()).any()
