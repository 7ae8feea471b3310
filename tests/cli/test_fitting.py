"""`warp-fabric fit`, in this process and as a process that is interrupted."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_run import small_scene
from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app

ROOT = Path(wf.__file__).parents[1]
WIND = ["--parameter", "environment.wind"]
TRUTH = {"environment__wind": [0.4, 3.6, 0.2], "contact__friction": 0.5}


@pytest.fixture(scope="module")
def observed(tmp_path_factory) -> wf.Trajectory:
    return wf.simulate(small_scene(time__duration=0.01, **TRUTH))


@pytest.fixture
def folder(observed, tmp_path, monkeypatch) -> Path:
    """The working directory, with a scene and a run of another one."""
    monkeypatch.chdir(tmp_path)
    small_scene(time__duration=0.01).save("scene.toml")
    observed.save("run.h5")
    return tmp_path


def run(*arguments: object, target: str = "run.h5", output: str = "fitted.toml"):
    everything = ["fit", "scene.toml", "--target", target, "-o", output, *map(str, arguments)]
    return CliRunner().invoke(app, everything, env={"COLUMNS": "100"})


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_it_writes_the_fitted_scene_and_says_how_sure_it_is(folder, observed):
    result = run(*WIND, "--plot", "fit.png", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert names(folder) == {"scene.toml", "run.h5", "fitted.toml", "fit.png"}
    fitted = wf.load_scene("fitted.toml")
    np.testing.assert_allclose(fitted.get("environment.wind"), TRUTH["environment__wind"], atol=1e-5)
    assert "   1  loss " in result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "converged."
    assert [line.split()[0] for line in lines if "%" in line] == [f"environment.wind[{k}]" for k in range(3)]
    assert lines[-1] == "wrote fitted.toml and fit.png"
    again = wf.simulate(fitted)
    np.testing.assert_allclose(again.position, observed.position, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (["--parameter", "environment.wnid"], "environment.wnid"),
        (["--parameter", "contact.friction=0.6:0.9"], "not within its bounds"),
        ([*WIND, "--target", "none.h5"], "none.h5"),
    ],
)
def test_a_leftover_history_does_not_hide_a_mistake(folder, arguments, mistake):
    Path("fitted.toml.history").write_text("of another fit")
    result = run(*arguments)
    assert result.exit_code == 1
    assert mistake in result.stderr
    assert "can be resumed" not in result.stderr
    result = run(*WIND)
    assert result.exit_code == 1
    assert "an interrupted fit to this file can be resumed" in result.stderr
    assert Path("fitted.toml.history").read_text() == "of another fit"


def test_progress_json_is_all_there_is_on_stdout(folder):
    result = run(*WIND, "--progress", "json", "--frames", 2, "--history", "kept.jsonl")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    events = [json.loads(line) for line in result.stdout.splitlines()]
    kinds = [event["event"] for event in events if event["event"] != "step"]
    count = kinds.count("evaluation")
    assert kinds == ["start", *["evaluation"] * count, "uncertainty", "done", "saved"]
    assert events[0]["method"] == "gauss-newton"
    assert events[0]["parameters"] == ["environment.wind"]
    done = events[-2]
    assert (done["outcome"], done["evaluations"]) == ("converged", count)
    np.testing.assert_allclose(done["values"]["environment.wind"], TRUTH["environment__wind"], atol=1e-4)
    assert len(done["standard_errors"]["environment.wind"]) == 3
    assert events[-1] == {"event": "saved", "path": "fitted.toml", "plot": None}
    kept = [json.loads(line) for line in Path("kept.jsonl").read_text().splitlines()]
    assert [each["loss"] for each in kept[1:-1]] == [each["loss"] for each in events if each["event"] == "evaluation"]


def test_bounds_methods_and_several_targets(folder):
    options = ["--parameter", "contact.friction=0.1:", "--parameter", "yarns.soft.young_modulus=1e5:1e6"]
    result = run(*options, "--target", "run.h5,weight=2,sliding=no", "--method", "l-bfgs-b", "--evaluations", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("NOT CONVERGED, all evaluations are used")
    assert "contact.friction" in result.stdout
    # what was evaluated is kept for more evaluations, and not lost by accident
    assert "fitted.toml.history" in names(folder)
    command = shlex.split(result.stdout.split("Continue with more evaluations:\n  ")[1].splitlines()[0])
    assert command[command.index("--evaluations") + 1] == "2"
    assert command.count("--target") == 2
    refused = run(*WIND)
    assert refused.exit_code == 1
    assert "can be resumed" in refused.stderr
    assert "--resume" in refused.stderr
    other = run(*WIND, "--resume")
    assert other.exit_code == 1
    assert "history of another fit, with a difference in the targets" in other.stderr
    more = CliRunner().invoke(app, command[command.index("fit") :])
    assert more.exit_code == 0, more.output
    assert "   2  loss" in more.stderr
    assert "   1  loss" not in more.stderr
    assert run(*WIND, "--restart").exit_code == 0
    assert names(folder) == {"scene.toml", "run.h5", "fitted.toml"}


def test_a_start_of_motion_is_fitted_into_files_that_simulate(folder):
    # Held still: pins that draw together make cloth buckle one way or the other, as its first motion decides.
    scene = small_scene(time__duration=0.01, pins=[{"crossing": [0, 0]}, {"crossing": [0, 4]}])
    scene.save("scene.toml")
    wf.simulate(scene.replace({"environment.wind": [0.4, 3.6, 0.2]})).save("run.h5")
    result = run("--parameter", "initial.velocity", "--evaluations", 3, "--progress", "none")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "NOT CONVERGED" in result.stdout
    fitted = wf.load_scene("fitted.toml")
    assert np.abs(wf.simulate(fitted).velocity[0]).max() > 1e-4
    assert "fitted.initial.h5" in names(folder)


def test_resume_without_a_history_says_so_and_starts(folder):
    result = run(*WIND, "--resume", "--progress", "none", "--evaluations", 1)
    assert result.exit_code == 0
    assert "there is no fitted.toml.history: starting from the beginning" in result.stderr


@pytest.mark.parametrize("progress", ["bar", "json"])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"arguments": ["--parameter", "yarns.silk.young_modulus"]}, "yarns.silk.young_modulus"),
        ({"arguments": ["--parameter", "environment.wind=:1.0"]}, "not within its bounds"),
        ({"arguments": [*WIND, "--plot", "fit.bmp"]}, "plots are not written in this format"),
        ({"arguments": [*WIND, "--plot", "missing/fit.png"]}, "missing"),
        ({"arguments": [*WIND, "--history", "missing/history"]}, "missing"),
        ({"arguments": [*WIND, "--history", "fitted.toml"]}, "share this file"),
        ({"arguments": [*WIND, "--history", "scene.toml"]}, "would overwrite what the fit reads"),
        ({"arguments": [*WIND, "--plot", "fitted.svg"], "output": "fitted.svg"}, "share this file"),
        ({"arguments": WIND, "output": "scene.toml"}, "would overwrite what the fit reads"),
        ({"arguments": WIND, "output": "run.h5", "target": "run.h5,weight=2"}, "would overwrite what the fit reads"),
        ({"arguments": WIND, "output": "missing/fitted.toml"}, "missing"),
        ({"arguments": WIND, "target": "none.h5"}, "none.h5"),
        ({"arguments": WIND, "target": "run.h5,wait=3"}, "no key 'wait'"),
        ({"arguments": [*WIND, "--device", "cuda:77"]}, "cuda:77"),
    ],
)
def test_errors_are_told_once_and_nothing_is_written(options, told, progress, folder):
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    result = run(*options["arguments"], "--progress", progress, **{k: options[k] for k in options if k != "arguments"})
    assert result.exit_code == 1, result.output
    assert result.stderr.count("error: ") == 1
    assert told in result.stderr
    assert "fix: " in result.stderr
    assert "Traceback" not in result.output
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    if progress == "json":
        event = json.loads(result.stdout.splitlines()[-1])
        assert event["event"] == "error"
        assert told in f"{event['where']}: {event['what']}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([*WIND, "--resume", "--restart"], "exclude each other"),
        (["--parameter", "contact.friction=0.5"], "bounds are LOW:HIGH"),
        (["--parameter", "contact.friction=a:b"], "bounds are LOW:HIGH"),
        (["--parameter", "contact.friction=nan:"], "not a number"),
        ([], "--parameter"),
        ([*WIND, "--evaluations", "0"], "evaluations"),
        ([*WIND, "--method", "newton"], "newton"),
        ([*WIND, "--frames", "0"], "frames"),
    ],
)
def test_wrong_usage(arguments, told, folder):
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


# As a process


def start(folder: Path, *options: str) -> subprocess.Popen:
    arguments = [sys.executable, "-m", "warp_fabric", "fit", "scene.toml", "--target", "run.h5", "-o", "fitted.toml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*arguments, *WIND, "--progress", "json", *options],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(process: subprocess.Popen, kind: str, number: int | None = None) -> dict:
    """The first event of a kind, of this evaluation."""
    assert process.stdout
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == kind and number in (None, event.get("evaluation")):
            return event
    raise AssertionError(f"no such event; {process.stderr.read() if process.stderr else ''}")


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell, and signals")
def test_stopped_fits_go_on_with_the_command_told(folder):
    whole = wf.fit(wf.load_scene("scene.toml"), "run.h5", ["environment.wind"])
    process = start(folder)  # Ctrl-C
    wait_for(process, "evaluation", 2)
    process.send_signal(signal.SIGINT)
    event = wait_for(process, "interrupted")
    _, told = process.communicate()
    assert process.returncode == 130
    assert event["history"] == "fitted.toml.history"
    assert event["resume"] in told
    assert names(folder) == {"scene.toml", "run.h5", "fitted.toml.history"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = subprocess.run(
        event["resume"], shell=True, check=True, env=environment, stdout=subprocess.PIPE, text=True
    )
    events = [json.loads(line) for line in command.stdout.splitlines()]
    assert events[0]["evaluations_done"] >= 2
    assert events[-1]["event"] == "saved"
    assert events[-2]["evaluations"] == whole.evaluations
    assert names(folder) == {"scene.toml", "run.h5", "fitted.toml"}
    fitted = wf.load_scene("fitted.toml").get("environment.wind")
    np.testing.assert_allclose(fitted, whole.values["environment.wind"], rtol=1e-7, atol=1e-9)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to one process")
def test_stopped_before_the_first_evaluation_nothing_is_kept(folder):
    small_scene(time__duration=0.5).save("scene.toml")
    process = start(folder)
    wait_for(process, "step")
    process.send_signal(signal.SIGTERM)
    event = wait_for(process, "interrupted")
    _, told = process.communicate()
    assert process.returncode == 130
    assert (event["history"], event["resume"]) == (None, None)
    assert "Nothing was saved." in told
    assert names(folder) == {"scene.toml", "run.h5"}
