"""Results: scene files that simulate what was fitted, and tables."""

import re

import numpy as np
import pytest
from made_result import made_result
from panelled_scene import panelled_scene
from small_run import small_scene
from touching_panels import touching_panels

import warp_fabric as wf
from warp_fabric.fitting.problem import Problem
from warp_fabric.initial import initial_state
from warp_fabric.inputs import value_shape
from warp_fabric.scene.panels import of_fabrics

SHORT = small_scene(time__duration=0.01)


def test_save_writes_a_scene_with_the_values(tmp_path):
    result = made_result()
    assert result.save(tmp_path / "fitted.toml") == tmp_path / "fitted.toml"
    scene = wf.load_scene(tmp_path / "fitted.toml")
    for name, value in result.values.items():
        np.testing.assert_array_equal(scene.get(name), value)
    assert [each.name for each in tmp_path.iterdir()] == ["fitted.toml"]


def test_a_fitted_start_and_forces_simulate_to_the_fitted_motion(tmp_path):
    rng = np.random.default_rng(1)
    fabric = SHORT.build()
    inner = fabric.slides[..., None]
    values = {
        "contact.friction": 0.4,
        "initial.position": fabric.position + rng.normal(0.0, 1e-5, fabric.position.shape),
        "initial.velocity": rng.normal(0.0, 0.02, fabric.position.shape),
        "initial.sliding": fabric.sliding + inner * rng.normal(0.0, 1e-6, fabric.sliding.shape),
        "initial.sliding_velocity": inner * rng.normal(0.0, 1e-3, fabric.sliding.shape),
        "forces": rng.normal(0.0, 1e-5, value_shape(SHORT, "forces")),
    }
    made_result(scene=SHORT, values=values).save(tmp_path / "fitted.toml")
    (tmp_path / "moved").mkdir()  # the files belong together wherever they are
    for each in [*tmp_path.glob("fitted*")]:
        each.rename(tmp_path / "moved" / each.name)
    assert {each.name for each in (tmp_path / "moved").iterdir()} == {
        "fitted.toml",
        "fitted.initial.h5",
        "fitted.forces.npy",
    }
    scene = wf.load_scene(tmp_path / "moved" / "fitted.toml")
    run = wf.simulate(scene, forces=np.load(tmp_path / "moved" / "fitted.forces.npy"))
    np.testing.assert_array_equal(run.velocity[0], values["initial.velocity"])
    arrays = {name: np.asarray(value) for name, value in values.items()}
    problem = Problem(SHORT, run, [*values])
    assert problem.loss(problem.values()) > 1e-12
    assert problem.loss(arrays) < 1e-24


CRIMPED = {f"panels.{name}.{key}": 0.05 for name in ("front", "left side") for key in ("end_crimp", "pick_crimp")}
PANELS = {
    "plain": panelled_scene(time__duration=0.004),
    "crimped": panelled_scene(time__duration=0.004).replace(CRIMPED),
    "touching": touching_panels("cotton"),
}


@pytest.mark.parametrize("kind", PANELS)
def test_a_fitted_start_of_panels_simulates_to_the_fitted_motion(tmp_path, kind):
    scene, rng = PANELS[kind], np.random.default_rng(2)
    rest, inner = initial_state(scene), of_fabrics(scene, "slides")[..., None]
    values = {
        "initial.position": rest["position"] + rng.normal(0.0, 1e-7, rest["position"].shape),
        "initial.velocity": rng.normal(0.0, 0.02, rest["position"].shape),
        "initial.sliding": rest["sliding"] + inner * rng.normal(0.0, 1e-8, rest["sliding"].shape),
        "initial.sliding_velocity": inner * rng.normal(0.0, 1e-3, rest["sliding"].shape),
    }
    made_result(scene=scene, values=values).save(tmp_path / "fitted.toml")
    run = wf.simulate(wf.load_scene(tmp_path / "fitted.toml"))
    for name, value in values.items():
        np.testing.assert_array_equal(getattr(run, name.removeprefix("initial."))[0], value)
    problem = Problem(scene, run, [*values])
    at_rest = problem.loss(problem.values())
    assert problem.loss(values) < 1e-9 * at_rest


def test_files_that_cannot_be_written(tmp_path):
    forces = {"forces": np.zeros(value_shape(SHORT, "forces"))}
    with pytest.raises(wf.FitError, match="forces cannot be written"):
        made_result(scene=SHORT, values=forces).save(tmp_path / "missing" / "fitted.toml")
    with pytest.raises(wf.SceneError, match="cannot be saved"):
        made_result().save(tmp_path / "missing" / "fitted.toml")


def test_numbers_follow_the_labels():
    result = made_result()
    assert result.labels[1:4] == ["environment.wind[0]", "environment.wind[1]", "environment.wind[2]"]
    np.testing.assert_allclose(result.numbers(result.values)[1:], [0.6, 3.6, 0.0, 0.6])
    assert np.isnan(result.numbers({"contact.friction": 1.0})).tolist() == [True] * 4 + [False]
    path = made_result(values={"pins.1.path": np.array([[0.0, 0.004, 0, 0], [0.02, 0.0035, 0, 0]])})
    assert path.labels[3:5] == ["pins.1.path[1,1]", "pins.1.path[1,2]"]
    np.testing.assert_allclose(path.numbers(path.values), [0.004, 0, 0, 0.0035, 0, 0])


def test_the_table_has_start_value_and_error():
    errors = {"yarns.soft.young_modulus": 12.0, "environment.wind": np.array([np.inf, 0.02, 0.5])}
    result = made_result(standard_errors={**errors, "contact.friction": np.nan})
    head, young, x, y, z, friction = result.table().splitlines()
    assert head.split() == ["start", "fitted", "standard", "error"]
    value = result.values["yarns.soft.young_modulus"]
    start, fitted, error, percent, sign = young.split()[1:]
    assert float(start) == pytest.approx(value / 1.2, rel=1e-5)
    assert float(fitted) == pytest.approx(value, abs=12.0)
    assert (error, float(percent), sign) == ("12", pytest.approx(1200.0 / value, rel=0.1), "%")
    assert x.split() == ["environment.wind[0]", "0.5", "0.6", "not", "determined"]
    assert y.split() == ["environment.wind[1]", "3", "3.6", "0.02", "0.56", "%"]
    assert z.split() == ["environment.wind[2]", "0", "0", "0.5"]
    assert friction.split() == ["contact.friction", "0.5", "0.6"]


def test_long_arrays_are_cut_short():
    values = {"initial.velocity": np.ones((6, 5, 3)), "contact.friction": 0.5}
    lines = made_result(values=values).table().splitlines()
    assert len(lines) == 1 + 12 + 1 + 1
    assert lines[13] == "initial.velocity: 78 more"
    assert lines[14].startswith("contact.friction")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("converged", r"^converged\."),
        ("budget", "^NOT CONVERGED, all"),
        ("stuck", "^NOT CONVERGED, no way"),
    ],
)
def test_the_summary_says_how_it_ended_and_what_is_not_determined(outcome, told):
    statement = "contact.friction: this observation cannot determine it; its value means nothing"
    text = made_result(outcome=outcome, statements=[statement]).summary()
    assert re.search(told, text)
    assert "4 evaluations in 2.5 s: loss 1e-12 m2, residuals of 1e-06 m." in text
    assert statement in text
    assert "residuals" not in made_result(noise=float("nan")).summary()
    assert "What this observation leaves open" not in made_result().summary()


def test_plot_draws(tmp_path):
    path = made_result().plot(tmp_path / "fit.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_summary_says_what_depends_on_rounding():
    sound = made_result(gradient_accuracy=1e-9, steps_taken=400)
    assert sound.notes() == []
    text = made_result(gradient_accuracy=3e-5, steps_taken=400, halved_steps=12).summary()
    assert "\n12 of 400 steps were halved: results depend on rounding there; take a smaller time.step.\n" in text
    assert "\nGradients are accurate to 3e-05 only, as far as rounding lets linear solves go; take a smaller" in text
