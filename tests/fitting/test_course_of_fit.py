"""The course of wf.fit: repeated, stopped and gone on with, bounded, watched, refused."""

import numpy as np
import pytest
from fitted_cloth import BEND, HANGING, paper
from small_run import halve_steps

import warp_fabric as wf
from warp_fabric.errors import FitError, SceneError, SolverError
from warp_fabric.fitting.fit_progress import FitProgress


def test_the_same_fit_twice():
    truth, start = paper(5, **{"time.duration": 0.006})
    run = wf.simulate(truth, device="cpu")
    one, two = (wf.fit(truth.replace(start), run, list(start), device="cpu") for _ in range(2))
    assert one.values == two.values
    assert one.standard_errors == two.standard_errors
    assert [entry["loss"] for entry in one.history] == [entry["loss"] for entry in two.history]
    np.testing.assert_array_equal(one.correlations, two.correlations)


def test_stopped_by_the_user_and_gone_on_with(tmp_path):
    """As if it had not been stopped; the scene is as it was."""
    truth, start = paper(5, **{"time.duration": 0.006})
    scene, run, names = truth.replace(start), wf.simulate(truth, device="cpu"), list(start)
    text, count = scene.to_toml(), [0]
    whole = wf.fit(scene, run, names, device="cpu")

    def interrupt() -> None:
        count[0] += 1
        if count[0] == 15:
            raise KeyboardInterrupt

    path = tmp_path / "history.jsonl"
    with pytest.raises(KeyboardInterrupt):
        wf.fit(scene, run, names, device="cpu", on_step=interrupt, history=path)
    assert scene.to_toml() == text
    gone_on = wf.fit(scene, run, names, device="cpu", history=path, resume=True)
    for name in names:
        assert gone_on.values[name] == pytest.approx(whole.values[name], rel=1e-9)
    assert gone_on.evaluations == whole.evaluations


def test_bounds_budget_and_method():
    truth, start = paper(5, **{"time.duration": 0.006})
    scene, run, names = truth.replace(start), wf.simulate(truth), list(start)
    density = "yarns.y0.linear_density"
    bounded = wf.fit(scene, run, names, bounds={density: (2.1e-3, None)}, uncertainty=False)
    assert bounded.values[density] == pytest.approx(2.1e-3, rel=1e-9)
    assert bounded.statements[0] == f"{density}: it is at its lower bound, and would go further without"
    assert np.isnan(bounded.noise)
    short = wf.fit(scene, run, names, evaluations=2, uncertainty=False)
    assert (short.outcome, short.evaluations) == ("budget", 2)
    assert short.loss == min(entry["loss"] for entry in short.history)
    other = wf.fit(scene, run, names, method="l-bfgs-b", evaluations=10, uncertainty=False)
    assert other.method == "l-bfgs-b"
    assert other.loss < 0.1 * other.history[0]["loss"]
    assert {*other.standard_errors} == {*names}


def listener() -> tuple[FitProgress, list[str]]:
    """What it is told, as it comes; the facts it begins with are in `begun`."""
    told, calls = FitProgress(), []
    for name in ("step", "evaluation", "uncertainty", "done", "close"):
        setattr(told, name, lambda *_, name=name: calls.append(name))
    told.begin = lambda facts: (calls.append("begin"), setattr(told, "begun", facts))
    return told, calls


def test_progress():
    scene, run = HANGING.replace({BEND: 2e-4}), wf.simulate(HANGING)
    told, calls = listener()
    count = wf.fit(scene, run, [BEND], progress=told).evaluations
    forward = [*["step"] * 10, "evaluation"]
    assert calls == ["begin", *forward * count, "uncertainty", *["step"] * 40, "done", "close"]
    assert told.begun["steps"] == 10
    failing, calls = listener()
    with pytest.raises(ZeroDivisionError):
        wf.fit(scene, run, [BEND], progress=failing, on_evaluation=lambda entry: 1 / 0)
    assert calls == ["begin", *forward, "close"]


def test_what_does_not_fit():
    run = wf.simulate(HANGING.replace({"time.duration": 0.002}))
    with pytest.raises(FitError, match="no method") as error:
        wf.fit(HANGING, run, [BEND], method="adam")
    assert error.value.where == "method"
    assert "gauss-newton" in error.value.fix
    with pytest.raises(FitError, match="evaluations"):
        wf.fit(HANGING, run, [BEND], evaluations=0)
    with pytest.raises(SceneError):
        wf.fit(HANGING, run, [])
    with pytest.raises(SceneError):
        wf.fit(HANGING, run, [BEND], bounds={"contact.friction": (0.1, 0.2)})
    torn = HANGING.replace({"pins.1.path": [[0.0, 0.004, 0.0, 0.0], [1e-4, 1000.0, 0.0, 0.0]]})
    with pytest.raises(SolverError):
        wf.fit(torn, run, [BEND])


@pytest.mark.parametrize("method", ["gauss-newton", "l-bfgs-b"])
def test_halved_steps_and_the_gradients_accuracy_are_kept(method, monkeypatch):
    scene = HANGING.replace({"yarns.y0.bending_modulus": 1e-4})
    run = wf.simulate(HANGING)
    halve_steps(monkeypatch, 1e-3, 2)
    result = wf.fit(scene, run, [BEND], method=method, evaluations=3, uncertainty=False)
    assert (result.halved_steps, result.steps_taken) == (2, 10 * result.evaluations)
    assert [entry["halved_steps"] for entry in result.history][:2] == [2, 0]
    assert 0.0 < result.gradient_accuracy < 1e-6
    assert "of 30 steps were halved" in result.summary() or result.evaluations < 3
