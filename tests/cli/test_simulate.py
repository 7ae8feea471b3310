"""`warp-fabric simulate`, in this process and as a process that is interrupted and killed."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import differing, small_scene
from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app

ROOT = Path(wf.__file__).parents[1]
LONG = {"time__duration": 0.8, "time__frames_per_second": 100.0}
"""A run of some seconds."""


def run(*arguments: object):
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture
def scene(tmp_path) -> Path:
    return small_scene().save(tmp_path / "small.toml")


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


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

    monkeypatch.setattr("warp_fabric.run.Rollout", no_memory)
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


# As a process


OFTEN = """
import warp_fabric.run
warp_fabric.run.CHECKPOINT_INTERVAL = 0.1
from warp_fabric.cli import main
main()
"""


def start(folder: Path, *options: str, program: tuple[str, ...] = ("-m", "warp_fabric")) -> subprocess.Popen:
    arguments = [sys.executable, *program, "simulate", "long.toml", "-o", "run.h5", "--progress", "json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*arguments, *options], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for(process: subprocess.Popen, kind: str, least: int = 0) -> dict:
    """The first event of a kind with at least so many steps done."""
    assert process.stdout
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == kind and event.get("steps_done", 0) >= least:
            return event
    raise AssertionError(f"no such event; {process.stderr.read() if process.stderr else ''}")


def resumed(folder: Path, *options: str) -> wf.Trajectory:
    process = start(folder, "--resume", *options)
    first = wait_for(process, "start")
    assert first["steps_done"] > 0
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(output.splitlines()[-1])["event"] == "saved"
    assert names(folder) == {"long.toml", "run.h5"}
    return wf.load_trajectory(folder / "run.h5")


@pytest.fixture(scope="module")
def long_run(request, tmp_path_factory):
    """A folder with the scene, and the trajectory of a process that was left alone."""
    integrator = getattr(request, "param", "bdf2")
    folder = tmp_path_factory.mktemp(integrator)
    small_scene(**LONG, time__integrator=integrator).save(folder / "long.toml")
    process = start(folder)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return folder, wf.load_trajectory(folder / "run.h5")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to one process")
@pytest.mark.parametrize("long_run", ["euler", "bdf2"], indirect=True)
def test_stopped_and_killed_runs_continue_bit_for_bit(long_run, tmp_path):
    source, whole = long_run
    (tmp_path / "long.toml").write_bytes((source / "long.toml").read_bytes())

    process = start(tmp_path)  # Ctrl-C
    wait_for(process, "step", least=100)
    process.send_signal(signal.SIGINT)
    event = wait_for(process, "interrupted")
    _, told = process.communicate()
    assert process.returncode == 130
    assert event["checkpoint"] == "run.h5.checkpoint"
    assert event["resume"] in told
    assert shlex.split(event["resume"])[-1] == "--resume"
    assert names(tmp_path) == {"long.toml", "run.h5.checkpoint"}

    process = start(tmp_path, "--resume")  # the system shuts down
    wait_for(process, "step", least=300)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 130

    process = start(tmp_path, "--resume", program=("-c", OFTEN))  # it dies
    wait_for(process, "checkpoint", least=301)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert names(tmp_path) == {"long.toml", "run.h5.checkpoint"}

    assert differing(resumed(tmp_path), whole) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_the_command_told_resumes(long_run, tmp_path):
    source, whole = long_run
    (tmp_path / "long.toml").write_bytes((source / "long.toml").read_bytes())
    process = start(tmp_path)
    wait_for(process, "step", least=20)
    process.send_signal(signal.SIGINT)
    command = wait_for(process, "interrupted")["resume"]
    assert process.wait() == 130
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, shell=True, check=True, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    assert differing(wf.load_trajectory(tmp_path / "run.h5"), whole) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_driver_that_goes_away_stops_the_run_resumably(long_run, tmp_path):
    source, whole = long_run
    (tmp_path / "long.toml").write_bytes((source / "long.toml").read_bytes())
    process = start(tmp_path)
    wait_for(process, "step", least=20)
    assert process.stdout
    process.stdout.close()
    assert process.wait() == 1
    assert names(tmp_path) == {"long.toml", "run.h5.checkpoint"}
    assert differing(resumed(tmp_path), whole) == []
