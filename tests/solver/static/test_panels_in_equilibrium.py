"""Equilibria of panels that lie on each other: what holds them up, derivatives, and fits of what they rest on."""

import numpy as np
import pytest
from touching_panels import SPACING, lying_panels

import warp_fabric as wf
from warp_fabric.errors import SceneError, SolverError
from warp_fabric.fitting.experiment import Experiment
from warp_fabric.fitting.targets import FramesTarget, RestShapeTarget
from warp_fabric.initial import initial_state
from warp_fabric.inputs import differentiable_names
from warp_fabric.model import Model
from warp_fabric.relaxation import Relaxation
from warp_fabric.solver.static import Equilibrium
from warp_fabric.state import State

each_yarn = pytest.mark.parametrize("yarn", SPACING)
STEPS = (1e-5, 1e-6)
ALONE = ("collision.stiffness", "obstacles.0.radius", "pins.4.path", "pins.5.path", "yarns.yarn.radius")
AGREEMENT = 1e-6
"""Of the largest scaled component."""


def weights(scene: wf.Scene) -> list[float]:
    """N, of each panel's yarns."""
    found = []
    for part in scene.parts:
        fabric = part.build()
        sliding = fabric.sliding
        length = np.ptp(sliding[..., 0], axis=1).sum() + np.ptp(sliding[..., 1], axis=0).sum()
        found.append(scene.yarns["yarn"].linear_density * float(length) * 9.8)
    return found


def pulls(scene: wf.Scene, run: wf.Trajectory) -> list[np.ndarray]:
    """[3] N, what the pins of each panel do to it."""
    found = []
    for part, at_rest in zip(scene.parts, run.parts):
        targets = [part.build().position[pin.crossing] for pin in part.pins]
        moved = [at_rest.position[0][pin.crossing] for pin in part.pins]
        stiffness = np.array([[pin.stiffness] for pin in part.pins])
        found.append((stiffness * (np.array(targets) - np.array(moved))).sum(axis=0))
    return found


@each_yarn
def test_what_lies_on_another_is_held_by_it(device, yarn):
    scene = lying_panels(yarn)
    run = wf.simulate(scene, device=device)
    totals = run.statistics["totals"]
    assert len(run.statistics["steps"]) == 1
    assert totals["largest_force"] <= scene.tolerance
    support = [part.contact_force[0].sum(axis=(0, 1)) for part in run.parts]
    weight = weights(scene)
    assert support[1][2] > 0.05 * weight[1], "it hangs by its pins alone"
    for force, own, pulled in zip(support, weight, pulls(scene, run)):
        np.testing.assert_allclose(force + pulled, [0.0, 0.0, own], rtol=0.0, atol=1e-6 * own)
    gap = 4.0 * scene.yarns["yarn"].radius
    below, above = (part.position[0].reshape(-1, 3) for part in run.parts)
    least = np.linalg.norm(below[:, None] - above, axis=-1).min()
    assert 0.8 * gap < least < gap


@each_yarn
def test_it_is_a_minimum(device, yarn):
    scene = lying_panels(yarn)
    model = Model(scene, device)
    search = Equilibrium(model, State.of(model, False, **initial_state(scene)), scene.tolerance)
    search.solve()
    search.landscape.curve()
    assert search.landscape.factors.factor(search.landscape.hessian)
    run = wf.simulate(scene, device=device)
    np.testing.assert_array_equal(search.state.position.numpy(), run.position[0])


def observed(scene: wf.Scene, seed: int) -> wf.Trajectory:
    """A shape nearby."""
    rng, start, length = np.random.default_rng(seed), initial_state(scene), scene.fabric.end_spacing
    arrays = {name: np.zeros_like(array)[None] for name, array in start.items()}
    for name in ("position", "sliding"):
        arrays[name] = (start[name] + 0.1 * length * rng.standard_normal(start[name].shape))[None]
    crimped = {name: np.zeros((1, *scene.grid)) for name in ("compression", "interchange")}
    touched = {"contact_force": np.zeros((1, *scene.grid, 3))}
    return wf.Trajectory(time=np.zeros(1), **arrays, **crimped, **touched, scene=scene, version="test", device="none")


def way(scene: wf.Scene, name: str, value: np.ndarray, rng) -> np.ndarray:
    length = scene.fabric.end_spacing
    change = rng.standard_normal(value.shape)
    if name.endswith("path"):
        return length * change * np.array([0.0, 1.0, 1.0, 1.0])
    sizes = {"position": 1e-2 * length, "center": 0.1 * length, "gravity": 9.8, "thickness": 0.1 * length}
    return sizes.get(name.rpartition(".")[2], np.abs(value)) * change


@each_yarn
def test_gradients_against_whole_searches(device, yarn):
    scene = lying_panels(yarn, size=4)
    skipped = ("environment.wind", "initial.velocity", "initial.sliding", "contact.friction", "pins.0", "pins.3")
    names = [name for name in differentiable_names(scene) if not name.startswith(skipped)]
    assert {"pins.4.path", "collision.stiffness", "obstacles.0.radius", "fabric.end_crimp"} <= {*names}
    experiment = Experiment(scene, [FramesTarget(observed(scene, 51))], names, device)
    values = experiment.values()
    loss, gradient = experiment.loss_and_gradient(values)
    assert loss == pytest.approx(experiment.loss(values), rel=1e-12)
    rng = np.random.default_rng(52)
    ways = {name: {name: way(scene, name, value, rng)} for name, value in values.items()}
    found = {name: float(np.vdot(gradient[name], ways[name][name])) for name in names}
    size = max(abs(each) for each in found.values())
    for name in ALONE:
        assert abs(found[name]) > 1e-8 * size, name
    others = [name for name in names if name not in ALONE]  # all at once
    ways["others"] = {name: ways.pop(name)[name] for name in others}
    found["others"] = sum(found.pop(name) for name in others)
    for name, changes in ways.items():
        errors = []
        for step in STEPS:
            ends = [{each: values[each] + way * x for each, x in changes.items()} for way in (step, -step)]
            high, low = (experiment.loss(values | end) for end in ends)
            errors.append(abs(found[name] - (high - low) / (2.0 * step)) / size)
            if errors[-1] < AGREEMENT:
                break
        assert min(errors) < AGREEMENT, (name, errors)
    (frame,) = experiment.linearise(values, [*ways.values()]).frames
    slopes = 2.0 * frame.jacobian.T @ frame.residual
    np.testing.assert_allclose(slopes, list(found.values()), rtol=0.0, atol=AGREEMENT * size)


@each_yarn
def test_a_fit_finds_what_it_rests_on(yarn):
    truth = lying_panels(yarn)
    factors = {"obstacles.0.radius": 1.01, "collision.stiffness": 1.2, "yarns.yarn.bending_modulus": 1.1}
    start = {name: factor * truth.get(name) for name, factor in factors.items()}
    result = wf.fit(truth.replace(start), RestShapeTarget(wf.simulate(truth)), list(start), uncertainty=False)
    assert result.outcome == "converged"
    for name, value in result.values.items():
        assert value == pytest.approx(truth.get(name), rel=1e-4), name


def test_a_panel_that_lies_on_another_but_has_no_pins_is_refused():
    scene = lying_panels("cotton", size=4)
    loose = scene.replace({"pins": [pin for pin in scene.pins if pin.panel == "below"]})
    with pytest.raises(SceneError, match="nothing holds panel 'above'"):
        wf.simulate(loose)


def test_errors_name_the_panel():
    scene = lying_panels("cotton", size=4)
    held = [pin for pin in scene.pins if pin.panel == "below"]
    swings = scene.replace({"pins": [*held, scene.pins[-1]]})
    with pytest.raises(SolverError, match="free to swing about the vertical line through its pin") as told:
        wf.simulate(swings)
    assert told.value.where == "pins of panel 'above'"


def test_it_goes_on_where_it_was_stopped(device):
    scene = lying_panels("cotton", size=4)
    start = initial_state(scene)
    whole = Relaxation(scene, device, start, None)
    expected = whole.solve(lambda report: None)

    class Stopped(Exception):
        pass

    first = Relaxation(scene, device, start, None)

    def stop(report):
        if report.iterations == whole.reports[0]["iterations"] - 1:
            raise Stopped

    with pytest.raises(Stopped):
        first.solve(stop)
    second = Relaxation(scene, device, start, first.reached())
    found = second.solve(lambda report: None)
    assert second.reports[0]["iterations"] < whole.reports[0]["iterations"]
    np.testing.assert_allclose(found["position"], expected["position"], rtol=0.0, atol=1e-9)
