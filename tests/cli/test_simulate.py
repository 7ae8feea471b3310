"""`warp-fabric simulate` in this process: what it writes, says and refuses."""

import json
from pathlib import Path

import pytest
from simulating import names
from small_run import differing, small_scene
from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app


def run(*arguments: object):
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture
def scene(tmp_path) -> Path:
    return small_scene().save(tmp_path / "small.toml")


def test_it_writes_what_the_function_returns(scene, tmp_path):
    stats = tmp_path / "stats.json"
    result = run(scene, "-o", tmp_path / "run.h5", "--device", "cpu", "--stats", stats)
    assert result.exit_code == 0, result.output
    assert "frame 8/8" in result.stderr
    expected = wf.simulate(wf.load_scene(scene))
    assert differing(wf.load_trajectory(tmp_path / "run.h5"), expected) == []
    told = json.loads(stats.read_text())
    assert len(told["steps"]) == 40
    assert told["totals"]["newton_iterations"] == expected.statistics["totals"]["newton_iterations"]
    assert (told["version"], told["device"]) == (wf.__version__, "cpu")
    assert names(tmp_path) == {"small.toml", "run.h5", "stats.json"}


def test_progress_json_is_all_there_is_on_stdout(scene, tmp_path):
    result = run(scene, "-o", tmp_path / "run.h5", "--progress", "json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events if event["event"] != "step"] == [
        "start",
        *["frame"] * 9,
        "done",
        "saved",
    ]
    assert events[-1]["path"] == str(tmp_path / "run.h5")
    assert result.stderr == ""
    assert run(scene, "-o", tmp_path / "run.h5", "--progress", "none").output == ""


def test_resume_without_a_checkpoint_says_so_and_starts(scene, tmp_path):
    result = run(scene, "-o", tmp_path / "run.h5", "--resume", "--progress", "none")
    assert result.exit_code == 0
    assert "starting from the beginning" in result.stderr
    assert wf.load_trajectory(tmp_path / "run.h5").frame_count == 9


def test_resume_of_a_finished_run_says_so(scene, tmp_path):
    output = tmp_path / "run.h5"
    assert run(scene, "-o", output, "--progress", "none").exit_code == 0
    before = output.stat().st_mtime_ns
    result = run(scene, "-o", output, "--resume", "--progress", "json")
    assert result.exit_code == 0
    assert "run.h5 is finished" in result.stderr
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == ["saved"]
    assert output.stat().st_mtime_ns == before
    small_scene(time__duration=0.02).save(scene)
    result = run(scene, "-o", output, "--resume", "--progress", "none")
    assert result.exit_code == 1  # nothing to go on from, and another scene's run is not replaced
    assert "not a finished run of this scene" in result.stderr
    assert output.stat().st_mtime_ns == before


def test_a_run_that_does_not_fit_is_refused(scene, tmp_path):
    """In lines for programs too, and nothing is left."""
    small_scene(fabric__ends=8000, fabric__picks=8000, pins=[]).save(scene)
    result = run(scene, "-o", tmp_path / "run.h5", "--progress", "json")
    assert result.exit_code == 1
    (event,) = map(json.loads, result.stdout.splitlines())
    assert event["event"] == "error"
    assert "this run of 8000 x 8000 crossings takes about" in event["what"]
    assert "fit), or" in event["fix"]
    assert names(tmp_path) == {"small.toml"}


def test_memory_that_runs_out_is_told(scene, tmp_path, monkeypatch):
    def no_memory(*_arguments, **_options):
        raise MemoryError

    monkeypatch.setattr("warp_fabric.run.rollout_of", no_memory)
    result = run(scene, "-o", tmp_path / "run.h5", "--progress", "json")
    assert result.exit_code == 1
    assert "memory ran out with 6 x 5 crossings" in result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["event"] == "error"


def test_endings_of_other_formats_are_refused(scene, tmp_path):
    result = run(scene, "-o", tmp_path / "run.usdc")
    assert result.exit_code == 1
    assert "a trajectory is written as .h5, not as .usdc" in result.stderr
    result = run(scene, "-o", tmp_path / "run.h5", "--stats", tmp_path / "stats.csv")
    assert "statistics are written as .json" in result.stderr
    assert names(tmp_path) == {"small.toml"}
    result = run(scene, "-o", tmp_path / "run.first", "--progress", "none")
    assert result.exit_code == 0
    assert "note: " in result.stderr
    assert wf.load_trajectory(tmp_path / "run.first").frame_count == 9


def test_a_missing_folder_is_told_without_a_temporary_name(scene, tmp_path):
    result = run(scene, "-o", tmp_path / "missing" / "run.h5")
    assert f"there is no folder {tmp_path / 'missing'}" in result.stderr.replace("\n", "")
    assert "tmp" not in result.stderr.replace(str(tmp_path), "")


BROKEN = {
    "unknown key": ('weave = "twill22"', 'weaf = "twill22"', "fabric.weaf"),
    "unknown weave": ('weave = "twill22"', 'weave = "twil22"', "fabric.weave"),
    "no TOML": ("[time]", "[time", "this is not TOML"),
    "wind at rest": ('integrator = "bdf2"', 'integrator = "static"', "environment.wind"),
    "no earlier run": ("[solver]", '[initial]\nstate = "none.h5"\n[solver]', "initial.state"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("progress", ["bar", "json"])
def test_errors_are_told_once_and_leave_an_earlier_run_alone(kind, progress, scene, tmp_path):
    old, new, told = BROKEN[kind]
    text = scene.read_text()
    assert old in text
    scene.write_text(text.replace(old, new))
    output = tmp_path / "run.h5"
    output.write_text("old")
    result = run(scene, "-o", output, "--progress", progress)
    assert result.exit_code == 1
    assert result.stderr.count("error: ") == 1
    assert told in result.stderr
    assert "fix: " in result.stderr
    assert "Traceback" not in result.output
    assert output.read_text() == "old"
    assert names(tmp_path) == {"small.toml", "run.h5"}
    if progress == "json":
        event = json.loads(result.stdout.splitlines()[-1])
        assert event["event"] == "error"
        assert told in f"{event['where']}: {event['what']}"
        assert event["fix"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.toml", "-o", "run.h5"], "missing.toml"),
        (["small.toml", "-o", "small.toml"], "this is the scene file"),
        (["small.toml", "-o", "missing/run.h5"], "missing"),
        (["small.toml", "-o", "run.h5", "--stats", "run.h5"], "share this file"),
        (["small.toml", "-o", "run.h5", "--stats", "missing/stats.json"], "missing"),
        (["small.toml", "-o", "run.h5", "--device", "cuda:77"], "cuda:77"),
        ([".", "-o", "run.h5"], "this is a folder"),
    ],
)
def test_arguments_that_cannot_be(arguments, told, scene, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = scene.read_text()
    result = run(*arguments, "--progress", "none")
    assert result.exit_code == 1
    assert told in result.stderr
    assert "fix: " in result.stderr
    assert "Traceback" not in result.output
    assert scene.read_text() == before
    assert names(tmp_path) == {"small.toml"}


def test_resume_and_restart_together_are_wrong_usage(scene, tmp_path):
    result = run(scene, "-o", tmp_path / "run.h5", "--resume", "--restart")
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_going_on_from_a_frame_under_another_scene(scene, tmp_path):
    output, usd = tmp_path / "run.h5", tmp_path / "run.usdc"
    assert run(scene, "-o", output, "--progress", "none").exit_code == 0
    first = wf.load_trajectory(output)
    other = small_scene(environment__wind=(0.0, -6.0, 0.0)).save(tmp_path / "other.toml")
    result = run(other, "-o", output, "--from-frame", 3, "--usd", usd, "--progress", "json")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["frame"] for event in events if event["event"] == "frame"] == [4, 5, 6, 7, 8]
    changed = wf.load_trajectory(output)
    assert (changed.position[:4] == first.position[:4]).all()
    assert (changed.position[4] != first.position[4]).any()
    assert changed.scene == wf.load_scene(other)
    assert usd.exists()
    result = run(scene, "-o", output, "--from-frame", 9, "--progress", "none")
    assert result.exit_code == 1
    assert "give one from 0 to 8" in result.stderr
    result = run(scene, "-o", output, "--from-frame", 3, "--resume")
    assert result.exit_code == 2
