"""wf.fit, end to end: what was simulated is found again, and what cannot be known is said."""

import numpy as np
import pytest
from fitted_cloth import BEND, HANGING, paper
from sample_cloth import golden_scene

import warp_fabric as wf
from warp_fabric.fitting.fit import FEW
from warp_fabric.fitting.targets import FramesTarget, RestShapeTarget
from warp_fabric.initial import initial_state
from warp_fabric.solver.rollout import Rollout


def errors_of(result: wf.FitResult, truth: wf.Scene) -> dict[str, float]:
    """Relative."""
    return {name: abs(value / truth.get(name) - 1.0) for name, value in result.values.items()}


@pytest.mark.parametrize(("size", "pair", "weave"), [(5, "1+2", "plain"), (5, "2+3", "twill22"), (10, "1+2", "plain")])
def test_the_papers_experiment(size, pair, weave):
    """All six numbers of both yarns from one motion, by default settings."""
    truth, start = paper(size, pair, **{"fabric.weave": weave})
    told = []
    result = wf.fit(truth.replace(start), wf.simulate(truth), list(start), on_evaluation=told.append)
    assert (result.outcome, result.method) == ("converged", "gauss-newton")
    assert max(errors_of(result, truth).values()) < 1e-6
    assert result.evaluations == len(result.history) == len(told) <= 10
    assert result.loss < 1e-12 * result.history[0]["loss"]
    assert all(0.0 < result.standard_errors[name] < 1e-3 * value for name, value in result.values.items())
    for name, value in result.values.items():
        assert result.scene.get(name) == pytest.approx(value, rel=1e-12)
        assert result.history[0]["values"][name] == pytest.approx(start[name], rel=1e-12)
    assert [entry["loss"] for entry in told] == [entry["loss"] for entry in result.history]


def test_friction_cannot_be_known_where_nothing_slips():
    truth, start = paper(5)
    start |= {"contact.friction": 0.6, "contact.shear_modulus": 700.0}
    result = wf.fit(truth.replace(start), wf.simulate(truth), list(start))
    assert result.outcome == "converged"
    errors = errors_of(result, truth)
    assert errors.pop("contact.friction") == pytest.approx(0.2)  # it stays where it was
    assert errors["contact.shear_modulus"] < 1e-2
    assert max(errors.values()) < 1e-2
    assert np.isinf(result.standard_errors["contact.friction"])
    assert any(statement.startswith("contact.friction: ") for statement in result.statements)
    assert "not determined" in result.table()


def test_friction_is_known_where_yarns_slip():
    truth = golden_scene("snag_plain_bdf2").replace({"time.duration": 0.02})
    start = {"contact.friction": 0.2, "contact.sliding_damping": 0.05, "yarns.y0.bending_modulus": 0.002}
    result = wf.fit(truth.replace(start), wf.simulate(truth), list(start))
    assert result.outcome == "converged"
    assert max(errors_of(result, truth).values()) < 1e-4
    assert np.isfinite(result.standard_errors["contact.friction"])


def test_noise_is_told_from_the_cloth():
    """Standard errors of about the right size, however far the start."""
    truth, start = paper(5)
    run = wf.simulate(truth)
    rng = np.random.default_rng(71)
    noise = 2e-6
    run.position = run.position + noise * rng.standard_normal(run.position.shape)
    names = [name for name in start if not name.endswith("young_modulus")]
    target = FramesTarget(run, sliding=False)
    result = wf.fit(truth.replace({name: start[name] for name in names}), target, names)
    assert result.outcome == "converged"
    assert result.noise == pytest.approx(noise, rel=0.1)
    for name in names:
        off = abs(result.values[name] - truth.get(name))
        assert off < 4.0 * result.standard_errors[name], name
        assert 1e-5 < result.standard_errors[name] / truth.get(name) < 0.1, name


def test_wind_gravity_and_a_pins_path():
    wind, gravity, path = [1.0, 4.0, -1.0], [1.0, 0.5, -9.0], [[0.0, 0.00402, 2e-5, 0.0], [0.02, 0.0044, 1e-4, 5e-5]]
    truth = HANGING.replace({"environment.wind": wind, "environment.gravity": gravity, "pins.1.path": path})
    result = wf.fit(HANGING, wf.simulate(truth), ["environment.wind", "environment.gravity", "pins.1.path"])
    assert result.outcome == "converged"
    np.testing.assert_allclose(result.values["environment.wind"], wind, atol=1e-4)
    np.testing.assert_allclose(result.values["environment.gravity"], gravity, atol=1e-4)
    np.testing.assert_allclose(result.values["pins.1.path"], path, atol=1e-8)
    errors = result.standard_errors["pins.1.path"]
    assert np.isnan(errors[:, 0]).all()  # times are given
    assert np.isfinite(errors[:, 1:]).all()
    np.testing.assert_allclose(result.scene.pins[1].path, result.values["pins.1.path"])


def test_an_initial_velocity():
    """Of all 75 numbers, border and pins included."""
    scene = HANGING.replace({"time.duration": 0.005})
    x, z = scene.build().position[..., 0], scene.build().position[..., 2]
    velocity = np.stack([0.0 * x, 3e4 * x * z, -0.02 + 0.0 * x], axis=-1)
    result = wf.fit(scene, with_velocity(scene, velocity), ["initial.velocity"], evaluations=40)
    assert result.method == "gauss-newton"
    assert result.evaluations <= 10
    assert np.abs(result.values["initial.velocity"] - velocity).max() < 1e-3 * np.abs(velocity).max()
    assert np.isfinite(result.standard_errors["initial.velocity"]).any()


def with_velocity(scene: wf.Scene, velocity: np.ndarray) -> wf.Trajectory:
    """A run from rest but for the velocities of its crossings."""
    run, rollout = wf.simulate(scene), Rollout(scene, initial=initial_state(scene) | {"velocity": velocity})
    for k, frame in enumerate(rollout.frames(), start=1):
        run.position[k], run.sliding[k] = frame.arrays["position"], frame.arrays["sliding"]
    return run


def test_forces():
    """Many unknowns, so by L-BFGS-B."""
    scene = HANGING.replace({"time.duration": 0.005})
    forces = np.zeros((5, 5, 5, 3))
    forces[:, 2:4, 1:4, 1] = 2e-4
    result = wf.fit(scene, wf.simulate(scene, forces=forces), ["forces"], evaluations=40)
    assert result.method == "l-bfgs-b"
    assert forces.size > FEW
    assert result.evaluations <= 40
    assert result.loss < 1e-3 * result.history[0]["loss"]
    assert result.values["forces"].shape == forces.shape
    push = result.values["forces"][..., 1].sum(axis=(1, 2))
    assert push[:2].mean() == pytest.approx(6 * 2e-4, rel=0.2)
    assert result.statements == ["standard errors were not worked out"]
    assert np.isnan(result.standard_errors["forces"]).all()


def test_one_cloth_seen_under_two_scenes():
    """Yarns are shared; each scene has its own pins, wind and length, and gravity is that of the fitted one."""
    pulled = {
        "pins": [{"crossing": [0, 0]}, {"crossing": [4, 4]}],
        "time.duration": 0.006,
        "environment.wind": [0, 0, 0],
    }
    second, told = HANGING.replace(pulled), []
    names = ["yarns.y0.young_modulus", "yarns.y1.bending_modulus", "environment.gravity"]
    begun = HANGING.replace(
        {names[0]: 4e5, names[1]: 1.3e-4, "environment.gravity": [0.5, 0.0, -9.0], "environment.wind": [0.0, 5.0, 0.0]}
    )
    targets = [wf.simulate(HANGING), FramesTarget(wf.simulate(second), scene=second)]
    result = wf.fit(begun, targets, names, on_step=lambda: told.append(1))
    assert result.outcome == "converged"
    for name in names[:2]:
        assert result.values[name] == pytest.approx(HANGING.get(name), rel=1e-6)
    np.testing.assert_allclose(result.values["environment.gravity"], [0.0, 0.0, -9.8], atol=1e-5)
    assert len(told) == (10 + 6) * (result.evaluations + 4)


def test_a_scene_of_its_own_that_is_the_fitted_one():
    """The uncertainty's finer steps are compared frame by frame, too."""
    begun, run = HANGING.replace({BEND: 2e-4}), wf.simulate(HANGING)
    plain = wf.fit(begun, [run, run], [BEND])
    own = wf.fit(begun, [run, FramesTarget(run, scene=wf.Scene.from_toml(begun.to_toml()))], [BEND])
    assert own.values[BEND] == pytest.approx(plain.values[BEND], rel=1e-9)
    assert own.standard_errors[BEND] == pytest.approx(plain.standard_errors[BEND], rel=1e-3)
    assert 0.0 < plain.standard_errors[BEND] < 0.1 * plain.values[BEND]


def test_a_rest_shape():
    """At rest only ratios count: bending against weight. One of the two finds the other; both together cannot be."""
    truth = golden_scene("static_strip").replace({"fabric.end_yarns": ["y0"], "contact.shear_modulus": 1.0})
    shape = wf.simulate(truth)
    bend, weight = "yarns.y0.bending_modulus", "yarns.y0.linear_density"
    result = wf.fit(truth.replace({bend: 2e-4}), RestShapeTarget(shape), [bend])
    assert result.outcome == "converged"
    assert result.values[bend] == pytest.approx(truth.get(bend), rel=1e-5)
    both = wf.fit(truth.replace({bend: 2e-4}), RestShapeTarget(shape), [bend, weight])
    assert both.outcome == "converged"
    ratio = truth.get(bend) / truth.get(weight)
    assert both.values[bend] / both.values[weight] == pytest.approx(ratio, rel=1e-2)
    assert any("rise and fall together" in statement for statement in both.statements), both.statements
