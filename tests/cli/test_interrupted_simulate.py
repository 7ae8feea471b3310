"""`warp-fabric simulate` as a process that is interrupted, killed and resumed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from simulating import names
from small_run import differing, small_scene

import warp_fabric as wf

ROOT = Path(wf.__file__).parents[1]
LONG = {"time__duration": 0.5, "time__frames_per_second": 100.0}
"""A run of more than a second."""
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


def in_shell(folder: Path, command: str) -> subprocess.Popen:
    """A command as one would paste it; the process is the command's own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        f"exec {command}", shell=True, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE
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
    folder = tmp_path_factory.mktemp(request.param)
    small_scene(**LONG, time__integrator=request.param).save(folder / "long.toml")
    process = start(folder)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return folder, wf.load_trajectory(folder / "run.h5")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to one process")
@pytest.mark.parametrize("long_run", [pytest.param("euler", marks=pytest.mark.slow), "bdf2"], indirect=True)
def test_stopped_and_killed_runs_continue_bit_for_bit(long_run, tmp_path):
    """The first by the command that it tells."""
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
    assert names(tmp_path) == {"long.toml", "run.h5.checkpoint"}

    process = in_shell(tmp_path, event["resume"])  # the system shuts down
    wait_for(process, "step", least=200)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 130

    process = start(tmp_path, "--resume", program=("-c", OFTEN))  # it dies
    wait_for(process, "checkpoint", least=201)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert names(tmp_path) == {"long.toml", "run.h5.checkpoint"}

    assert differing(resumed(tmp_path), whole) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
@pytest.mark.parametrize("long_run", ["bdf2"], indirect=True)
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
