"""Several targets, under one scene or several: what they share, and that everything adds up."""

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError, TargetError
from warp_fabric.fitting.problem import Problem
from warp_fabric.fitting.targets import FramesTarget, RestShapeTarget

SCENE = small_scene(time__duration=0.01, time__frames_per_second=500.0)
OTHER = SCENE.replace({"environment.wind": [0.0, 0.0, 0.0], "time.duration": 0.006, "pins": [{"crossing": [0, 2]}]})
STIFF, FRICTION, WIND, PATH = "yarns.soft.bending_modulus", "contact.friction", "environment.wind", "pins.1.path"


def seen(scene) -> wf.Trajectory:
    return wf.simulate(scene.replace({"yarns.soft.linear_density": 1.2e-3}), device="cpu")


@pytest.fixture(scope="module")
def run() -> wf.Trajectory:
    return seen(SCENE)


@pytest.fixture(scope="module")
def other() -> wf.Trajectory:
    return seen(OTHER)


def problem_of(target, names, **options) -> Problem:
    return Problem(SCENE, target, names, "cpu", **options)


def names_of(problem: Problem) -> list[tuple[str, ...]]:
    return [experiment.names for experiment in problem.experiments]


def test_targets_of_one_scene_are_simulated_once(run):
    problem = problem_of([run, FramesTarget(run, frames=[2]), FramesTarget(run, weight=2.0)], [STIFF])
    assert len(problem.experiments) == 1
    assert problem.steps == 10
    one = problem_of(run, [STIFF])
    values = problem.values()
    assert values[STIFF] == SCENE.yarns["soft"].bending_modulus
    few = problem_of(FramesTarget(run, frames=[2]), [STIFF]).loss(values)
    assert few > 0.0
    assert problem.loss(values) == pytest.approx(3.0 * one.loss(values) + few, rel=1e-12)


def test_one_cloth_under_two_scenes(run, other):
    """They share yarns and contact; wind and pins are the fitted scene's own."""
    names = [STIFF, FRICTION, WIND, PATH]
    problem = problem_of([run, FramesTarget(other, scene=OTHER)], names)
    assert names_of(problem) == [(STIFF, FRICTION, WIND, PATH), (STIFF, FRICTION)]
    assert problem.steps == 10 + 6
    values = {name: 1.1 * value for name, value in problem.values().items()}
    parts = [problem_of(run, names), Problem(OTHER, other, names[:2], "cpu")]
    expected = [part.loss_and_gradient(values) for part in parts]
    loss, gradient = problem.loss_and_gradient(values)
    assert min(part for part, _ in expected) > 0.0
    assert loss == pytest.approx(expected[0][0] + expected[1][0], rel=1e-12) == pytest.approx(problem.loss(values))
    assert gradient.keys() == {*names}
    for name in (STIFF, FRICTION):
        assert gradient[name] == pytest.approx(float(expected[0][1][name] + expected[1][1][name]), rel=1e-9)
    for name in (WIND, PATH):
        np.testing.assert_allclose(gradient[name], expected[0][1][name], rtol=1e-9)


def test_their_residuals_are_put_together(run, other):
    names = [STIFF, WIND]
    problem = problem_of([run, FramesTarget(other, scene=OTHER)], names)
    values = problem.values()
    changes = [
        {STIFF: values[STIFF], WIND: np.zeros(3)},
        {STIFF: np.zeros(()), WIND: np.array([0.0, 1.0, 0.0])},
        {STIFF: np.zeros(()), WIND: np.zeros(3)},
    ]
    found = problem.linearise(values, changes)
    assert len(found.frames) == 5 + 3
    jacobians = [np.abs(frame.jacobian).max(axis=0) for frame in found.frames]
    assert np.all(np.array(jacobians)[:, 0] > 0.0)
    assert np.all(np.array(jacobians)[:5, 1] > 0.0)
    assert not np.array(jacobians)[5:, 1].any()  # the wind of the fitted scene does not blow there
    assert not np.array(jacobians)[:, 2].any()
    loss, gradient = problem.loss_and_gradient(values)
    slopes = 2.0 * sum(frame.jacobian.T @ frame.residual for frame in found.frames)
    expected = [float(gradient[STIFF] * values[STIFF]), float(gradient[WIND][1]), 0.0]
    np.testing.assert_allclose(slopes, expected, rtol=1e-5, atol=1e-7 * np.abs(expected).max())
    assert found.loss == pytest.approx(loss, rel=1e-12)
    motions = [experiment.linearise(values, []).motion for experiment in problem.experiments]
    assert found.motion == pytest.approx(np.mean(np.square(motions)) ** 0.5, rel=1e-9)


def test_a_scene_of_its_own_that_is_the_same(run):
    """It is the fitted one: simulated once, with its wind."""
    same = wf.Scene.from_toml(SCENE.to_toml())
    assert same is not SCENE
    for targets in ([FramesTarget(run, scene=same), run], [run, FramesTarget(run, scene=same)]):
        problem = problem_of(targets, [WIND, "forces"])
        assert names_of(problem) == [(WIND, "forces")]
        assert problem.experiments[0].rollout.forces is not None


def test_a_rest_shape_beside_a_motion(run):
    """The equilibrium is of the same cloth and the same weight; its pins stand where they end, and no wind blows."""
    shape = wf.simulate(SCENE.replace({"time.integrator": "static", "environment.wind": [0.0] * 3}), device="cpu")
    names = [STIFF, "environment.gravity", PATH, "pins.0.path", "initial.velocity"]
    problem = problem_of([run, RestShapeTarget(shape)], names)
    moving, still = names_of(problem)
    assert moving == tuple(names)
    assert still == (STIFF, "environment.gravity", "pins.0.path", "initial.velocity")
    assert problem.steps == 10
    _, gradient = problem.loss_and_gradient(problem.values())
    assert all(np.abs(gradient[name]).max() > 0.0 for name in names)


def test_forces_act_in_the_fitted_scene(run, other):
    forces = np.zeros((10, 6, 5, 3))
    forces[..., 1] = 1e-5
    targets = [FramesTarget(other, scene=OTHER), run]
    problem = problem_of(targets, [STIFF], forces=forces)
    assert [experiment.rollout.forces is None for experiment in problem.experiments] == [True, False]
    values = problem.values()
    without = [experiment.loss(values) for experiment in problem_of(targets, [STIFF]).experiments]
    with_forces = [experiment.loss(values) for experiment in problem.experiments]
    assert with_forces[0] == without[0]
    assert with_forces[1] != without[1]
    assert names_of(problem_of(targets, ["forces", STIFF])) == [(STIFF,), ("forces", STIFF)]


def test_finer_steps(run, other):
    """In all scenes but equilibria, for the same frames."""
    shape = wf.simulate(SCENE.replace({"time.integrator": "static", "environment.wind": [0.0] * 3}), device="cpu")
    targets = [run, FramesTarget(other, scene=OTHER), RestShapeTarget(shape)]
    one, four = (problem_of(targets, [STIFF], finer=finer) for finer in (1, 4))
    assert four.steps == 4 * one.steps == 4 * (10 + 6)
    frames = [[frame.residual for frame in each.linearise(one.values(), []).frames] for each in (one, four)]
    assert [len(r) for r in frames[0]] == [len(r) for r in frames[1]]
    for k, (a, b) in enumerate(zip(*frames)):
        shift = np.linalg.norm(a - b) / np.linalg.norm(a)
        assert shift < 1e-9 if k == 8 else 1e-6 < shift < 10.0, k


def test_every_step_is_told(run, other):
    told = []
    targets = [run, FramesTarget(other, scene=OTHER)]
    problem = problem_of(targets, [STIFF], on_step=lambda: told.append(1))
    problem.loss(problem.values())
    assert len(told) == problem.steps


def test_what_no_target_depends_on(other):
    """A wind that did not blow where the cloth was seen."""
    with pytest.raises(SceneError, match="no target depends") as error:
        problem_of(FramesTarget(other, scene=OTHER), [STIFF, WIND])
    assert error.value.where == WIND
    with pytest.raises(SceneError, match="nothing to compare"):
        problem_of([], [STIFF])
    with pytest.raises(TargetError):
        problem_of([None], [STIFF])
    with pytest.raises(SceneError, match="no such parameter"):
        problem_of(FramesTarget(other, scene=OTHER), ["contact.frictoin"])
