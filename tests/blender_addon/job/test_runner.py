"""The command line as a process that is cancelled, killed, or loses its parent."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_run import differing, small_scene

import warp_fabric as wf
from blender_addon.job import child
from blender_addon.job.job import Job
from warp_fabric.simulation import checkpoint_path

LONG = {"time__duration": 4.0, "time__frames_per_second": 100.0}
"""A run of some minutes; its beginning is that of a short one."""


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "Stoff für später"
    folder.mkdir()
    return folder


def started(scene, folder: Path, *options: str) -> Job:
    scene.save(folder / "scene.toml")
    arguments = ("simulate", "scene.toml", "-o", "run.h5", "--device", "cpu", "--progress", "json", *options)
    return Job(child.command(*arguments), child.environment(), folder)


def wait_for(is_so) -> None:
    while not is_so():
        time.sleep(0.02)


def wait(job: Job, is_so=lambda job: not job.living) -> list[dict]:
    events = []

    def look() -> bool:
        events.extend(job.tick())
        assert is_so(job) or job.living, (job.error, list(job.log))
        return is_so(job)

    wait_for(look)
    return events


def test_a_run_is_the_same_as_by_the_function(folder):
    job = started(small_scene(), folder)
    wait(job)
    assert (job.state, job.frames_done, job.progress) == ("done", 9, 1.0)
    assert differing(wf.load_trajectory(folder / "run.h5"), wf.simulate(small_scene())) == []


def test_cancelled_it_leaves_a_checkpoint(folder):
    job = started(small_scene(**LONG), folder)
    wait(job, lambda job: job.frames_done >= 3)
    job.cancel()
    events = wait(job)
    assert job.state == "cancelled"
    assert events[-1]["event"] == "interrupted"
    assert checkpoint_path(folder / "run.h5").exists()
    done = job.frames_done
    job = started(small_scene(**LONG), folder, "--resume")
    events = wait(job, lambda job: job.frames_done > done)
    assert next(event for event in events if event["event"] == "start")["steps_done"] > 0
    job.cancel()
    wait(job)


def test_cancelled_at_once(folder):
    job = started(small_scene(**LONG), folder)
    job.cancel()
    wait(job)
    assert job.state == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_killed_it_is_an_error_and_can_go_on(folder):
    job = started(small_scene(**LONG), folder)
    wait(job, lambda job: checkpoint_path(folder / "run.h5").exists())
    os.kill(job.pid, signal.SIGKILL)
    wait(job)
    assert job.state == "failed"
    assert "SIGKILL" in job.error.what
    job = started(small_scene(**LONG), folder, "--resume")
    events = wait(job, lambda job: job.state == "running")
    assert events[0]["steps_done"] > 0
    job.stop(300.0)
    assert job.state == "cancelled"


def test_the_solvers_error_comes_with_its_fix(folder):
    scene = small_scene().save(folder / "scene.toml")
    text = scene.read_text().replace('weave = "twill22"', 'weave = "twil22"')
    (folder / "broken.toml").write_text(text)
    arguments = ("simulate", "broken.toml", "-o", "run.h5", "--progress", "json")
    job = Job(child.command(*arguments), child.environment(), folder)
    wait(job)
    assert job.state == "failed"
    assert "fabric.weave" in job.error.where
    assert job.error.fix


PARENT = """
import json, sys, time
from blender_addon.job.job import Job
command, environment, folder = json.loads(sys.argv[1])
job = Job(command, environment, folder)
while True:
    job.tick()
    print(job.pid, job.frames_done, flush=True)
    time.sleep(0.05)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_killed_parent_leaves_no_orphan_and_no_lost_frames(folder):
    small_scene(**LONG).save(folder / "scene.toml")
    command = child.command("simulate", "scene.toml", "-o", "run.h5", "--device", "cpu", "--progress", "json")
    given = json.dumps([command, child.environment(), str(folder)])
    environment = {**os.environ, "PYTHONPATH": str(Path(wf.__file__).parents[1])}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, given], env=environment, stdout=subprocess.PIPE, text=True)
    frames, pid = 0, 0
    while frames < 3:
        pid, frames = map(int, parent.stdout.readline().split())
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(pid))
    job = started(small_scene(**LONG), folder, "--resume")
    events = wait(job, lambda job: job.state == "running")
    assert events[0]["steps_done"] >= 10 * (frames - 1)
    job.stop(300.0)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True, check=False)
    return told.stdout.strip()[:1] not in ("", "Z")
