"""Experiments: the loss, its gradient and the residuals' Jacobian say the same, and nothing is left behind."""

import numpy as np
import pytest
from moving_cloth import midway, trajectory
from sample_cloth import difference, golden, golden_scene, largest

from warp_fabric.errors import SceneError, SolverError, TargetError
from warp_fabric.fitting.experiment import Experiment
from warp_fabric.fitting.targets import FramesTarget
from warp_fabric.solver.newton import NewtonReport

SNAG = "snag_plain_bdf2"
STEPS = 5
NAMES = [
    "yarns.y0.radius",
    "yarns.y1.young_modulus",
    "contact.friction",
    "contact.sliding_damping",
    "environment.gravity",
    "environment.wind",
    "environment.wind_density",
    "pins.4.path",
    "pins.4.stiffness",
    "initial.position",
    "initial.velocity",
    "initial.sliding",
    "initial.sliding_velocity",
    "forces",
]
SIZES = {
    "initial.position": 1e-5,
    "initial.velocity": 0.1,
    "initial.sliding": 1e-7,
    "forces": 1e-4,
    "pins.4.path": 1e-4,
}


def moving(integrator="bdf2", names=NAMES, device="cpu", steps=STEPS, **options) -> tuple[Experiment, dict]:
    """Cloth whose yarns slip, compared with one that does something else."""
    scene, initial = midway(SNAG, integrator, steps)
    rng = np.random.default_rng(61)
    shape = (steps + 1, 7, 7)
    target = trajectory(
        scene,
        position=initial["position"] + 1e-3 * rng.standard_normal((*shape, 3)),
        sliding=initial["sliding"] + 1e-3 * rng.standard_normal((*shape, 2)),
    )
    experiment = Experiment(scene, [FramesTarget(target, frames=2), FramesTarget(target)], names, device, **options)
    values = experiment.values()
    values |= {f"initial.{name}": array for name, array in initial.items() if f"initial.{name}" in values}
    if "forces" in values:
        values["forces"] = 5e-5 * rng.standard_normal(values["forces"].shape)
    return experiment, values


def changes_of(values: dict) -> list[dict]:
    """A random direction for each name, and one for all."""
    rng, found = np.random.default_rng(62), []
    inner = golden_scene(SNAG).build().slides[..., None]
    for name, value in values.items():
        size = SIZES.get(name, float(np.linalg.norm(value)) or 0.01)
        change = size * rng.standard_normal(value.shape)
        found.append({name: change * inner if "sliding" in name and value.ndim else change})
    together = {name: change for each in found for name, change in each.items()}
    return [{name: each.get(name, np.zeros_like(value)) for name, value in values.items()} for each in found] + [
        together
    ]


def expected_slopes(values: dict, gradient: dict) -> np.ndarray:
    return np.array([sum(np.vdot(gradient[name], change[name]) for name in values) for change in changes_of(values)])


def slopes(found) -> np.ndarray:
    return 2.0 * sum(frame.jacobian.T @ frame.residual for frame in found.frames)


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_the_jacobian_against_the_gradient(device, integrator):
    experiment, values = moving(integrator, device=device)
    loss, gradient = experiment.loss_and_gradient(values)
    found = experiment.linearise(values, changes_of(values))
    assert loss == pytest.approx(found.loss, rel=1e-12) == pytest.approx(experiment.loss(values), rel=1e-12)
    expected = expected_slopes(values, gradient)
    for name, one, other in zip([*NAMES, "together"], slopes(found), expected):
        assert one == pytest.approx(other, rel=1e-5), name
    assert difference(slopes(found), expected) < 1e-7


def test_a_halved_step():
    """The reverse pass and the directions go through the same parts."""
    experiment, values = moving()
    stepper, halved = experiment.rollout.stepper, []
    step, solve = stepper.step, stepper.newton.solve

    def numbered(state, previous, out, start, external, index, parts):
        halved.append(index == 3)
        return step(state, previous, out, start, external, index, parts)

    def shorter(scheme, *args):
        too_long = halved[-1] and scheme.h > 0.3e-3
        return NewtonReport(reason="too long for this test") if too_long else solve(scheme, *args)

    whole, _ = experiment.loss_and_gradient(values)
    stepper.step, stepper.newton.solve = numbered, shorter
    loss, gradient = experiment.loss_and_gradient(values)
    assert halved == [False, False, True, False, False, True]  # it is made again on the way back
    assert 1e-9 < abs(loss / whole - 1.0) < 0.1
    found = experiment.linearise(values, changes_of(values))
    assert found.loss == pytest.approx(loss, rel=1e-12)
    assert difference(slopes(found), expected_slopes(values, gradient)) < 1e-7


def test_the_frames_that_are_compared():
    """In order, with all their comparisons; the run goes no further than the last of them."""
    scene, _ = midway(SNAG, "bdf2", 10)
    scene = scene.replace({"time.step": 5e-4})
    arrays = {name: golden(SNAG)[name][:11] for name in ("position", "sliding")}
    target, told = trajectory(scene, **arrays), []
    targets = [FramesTarget(target, frames=[2, 6], weight=3.0), FramesTarget(target, frames=[4, 6])]
    experiment = Experiment(scene, targets, ["contact.friction"], "cpu", on_step=lambda: told.append(1))
    assert experiment.frames == [2, 4, 6]
    assert experiment.steps == 12
    values = experiment.values()
    found = experiment.linearise(values, [{"contact.friction": np.array(1.0)}])
    assert len(told) == 12
    assert [len(frame.residual) for frame in found.frames] == [245, 245, 490]
    assert [frame.jacobian.shape for frame in found.frames] == [(245, 1), (245, 1), (490, 1)]
    # A squared metre at a crossing makes weight / (crossings frames), in each residual.
    assert [frame.weight for frame in found.frames] == pytest.approx([3 / 98, 1 / 98, 2 / 98], rel=1e-12)
    told.clear()
    loss, _ = experiment.loss_and_gradient(values)
    assert 24 <= len(told) <= 25  # forward, and back
    assert loss == pytest.approx(found.loss, rel=1e-12)
    told.clear()
    assert experiment.loss(values) == pytest.approx(loss, rel=1e-12)
    assert len(told) == 12
    assert experiment.linearise(values, []).frames[0].jacobian.shape == (245, 0)


def test_motion():
    experiment, values = moving(names=["initial.velocity"])
    rest = experiment.inputs.initial.position.numpy().copy()
    squares = []
    for _, position, _ in experiment._states():
        squares.append(((position - rest) ** 2).sum(axis=1).mean())
    experiment.set(values)
    assert experiment.linearise(experiment.values(), []).motion > 0.0
    fresh, _ = moving(names=["initial.velocity"])
    assert fresh.linearise(fresh.values(), []).motion == pytest.approx(np.mean(squares) ** 0.5, rel=1e-9)


def test_values_stay_set_and_results_are_the_same_again():
    experiment, values = moving()
    first = experiment.loss_and_gradient(values)
    lines = experiment.linearise(values, changes_of(values)[:3])
    moved = values | {"contact.friction": 2.0 * values["contact.friction"]}
    assert experiment.loss(moved) != first[0]
    assert experiment.values()["contact.friction"] == moved["contact.friction"]
    again = experiment.loss_and_gradient(values)
    assert again[0] == first[0]
    for name in values:
        np.testing.assert_array_equal(experiment.values()[name], values[name], err_msg=name)
        np.testing.assert_array_equal(again[1][name], first[1][name], err_msg=name)
    for one, other in zip(experiment.linearise(values, changes_of(values)[:3]).frames, lines.frames):
        np.testing.assert_array_equal(one.jacobian, other.jacobian)


@pytest.mark.parametrize("work", ["loss", "loss_and_gradient", "linearise"])
def test_stopped_in_the_middle(work):
    """By the user, say: what was set is still set, and the next work is whole."""
    remaining = [0]

    def on_step():
        remaining[0] -= 1
        if remaining[0] == 0:
            raise KeyboardInterrupt

    experiment, values = moving(on_step=on_step)
    expected = experiment.loss_and_gradient(values)
    arguments = [values, changes_of(values)] if work == "linearise" else [values]
    for when in (2, 7) if work == "loss_and_gradient" else (2,):
        remaining[0] = when
        with pytest.raises(KeyboardInterrupt):
            getattr(experiment, work)(*arguments)
        for name, value in experiment.values().items():
            np.testing.assert_array_equal(value, values[name], err_msg=name)
        loss, gradient = experiment.loss_and_gradient(values)
        assert loss == expected[0]
        for name in values:
            np.testing.assert_array_equal(gradient[name], expected[1][name], err_msg=name)


def test_values_that_cannot_be_simulated():
    """Work goes on with others."""
    experiment, values = moving(names=["initial.velocity", "contact.friction"])
    loss = experiment.loss(values)
    wild = values | {"initial.velocity": 1e5 * np.random.default_rng(63).standard_normal((7, 7, 3))}
    with pytest.raises(SolverError):
        experiment.linearise(wild, changes_of(values))
    assert experiment.loss(values) == loss


def test_air_that_is_not_there_yet():
    """Only where it is asked for do steps have air without any density."""
    scene = golden_scene(SNAG).replace({"time.duration": 0.003, "environment.wind": [0.0, 0.0, 2.0]})
    target = trajectory(scene, **{name: golden(SNAG)[name][:4] for name in ("position", "sliding")})
    experiment = Experiment(scene, [FramesTarget(target)], ["environment.wind_density"], "cpu")
    loss, gradient = experiment.loss_and_gradient(experiment.values())
    slope = (experiment.loss({"environment.wind_density": np.array(1e-3)}) - loss) / 1e-3
    assert slope == pytest.approx(float(gradient["environment.wind_density"]), rel=1e-2)
    assert slope != 0.0
    still = Experiment(scene, [FramesTarget(target)], ["environment.wind"], "cpu")
    assert not still.loss_and_gradient(still.values())[1]["environment.wind"].any()


def test_an_equilibrium(device):
    """One frame, told after each iteration; directions as the gradient says, and all is put back."""
    scene = golden_scene("static_strip").replace({"solver.tolerance": 1e-12})
    target = trajectory(scene, **{name: 1.001 * golden("static_strip")[name][None] for name in ("position", "sliding")})
    names, told = ["yarns.y0.bending_modulus", "yarns.y1.linear_density", "environment.gravity", "pins.3.path"], []
    experiment = Experiment(scene, [FramesTarget(target)], names, device, on_step=lambda: told.append(1))
    assert (experiment.frames, experiment.steps) == ([0], 0)
    values = experiment.values()
    loss, gradient = experiment.loss_and_gradient(values)
    assert told
    changes = changes_of(values)
    found = experiment.linearise(values, changes)
    assert found.loss == pytest.approx(loss, rel=1e-9)
    assert difference(slopes(found), expected_slopes(values, gradient)) < 1e-7
    assert 1e-3 < found.motion < 1e-2
    for name, value in experiment.values().items():
        np.testing.assert_array_equal(value, values[name])
    assert experiment.linearise(values, []).frames[0].jacobian.shape == (200, 0)
    assert largest(gradient["pins.3.path"]) > 0.0


def test_what_does_not_fit():
    scene, target = golden_scene(SNAG), trajectory(golden_scene(SNAG), position=np.zeros((2, 7, 7, 3)))
    with pytest.raises(SceneError, match="not a scene"):
        Experiment("hang.toml", [FramesTarget(target)], [])
    with pytest.raises(TargetError):
        Experiment(scene.replace({"fabric.ends": 8}), [FramesTarget(target)], [])
    strip = golden_scene("static_strip")
    with pytest.raises(SceneError, match="nothing holds"):
        Experiment(strip.replace({"pins": []}), [], [])
    with pytest.raises(SceneError, match="forces"):
        Experiment(strip, [], ["contact.friction"], forces=np.zeros((1, 8, 5, 3)))
