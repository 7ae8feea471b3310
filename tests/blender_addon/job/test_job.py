"""A job's states, with small processes that behave and misbehave."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest import mock

import pytest

from blender_addon.job.job import LONGEST_LINE, Job, JobError

LISTEN = "import sys, json, time\ndef say(**event): print(json.dumps(event), flush=True)\n"


def job_of(code: str, folder: Path, **options) -> Job:
    return Job([sys.executable, "-u", "-c", LISTEN + code], dict(os.environ), folder, **options)


def waits(*_, **__):
    raise AssertionError("a tick waits")


def followed(job: Job, until=lambda job: not job.living) -> list[dict]:
    """Tick until it is so; no tick may wait for anything."""
    events, sleep = [], time.sleep
    with (
        mock.patch.object(time, "sleep", waits),
        mock.patch.object(subprocess.Popen, "wait", waits),
        mock.patch.object(threading.Thread, "join", waits),
    ):
        while not until(job):
            events += job.tick()
            sleep(0.01)
    return events


RUN = """
say(event="start", steps=4, frames=2, steps_done=0)
for step in range(4):
    if step % 2 == 0:
        say(event="frame", frame=step // 2, time=0.0)
    say(event="step", steps_done=step + 1, time=0.1, seconds_left=3.0 - step)
say(event="frame", frame=2, time=0.2)
"""


def test_a_job_that_goes_well(tmp_path):
    job = job_of(RUN + "sys.stdin.readline()\n", tmp_path)
    assert job.state == "starting"
    events = followed(job, lambda job: job.frames_done == 3)
    assert (job.state, job.progress, job.seconds_left, job.message) == ("running", 1.0, 0.0, "Frame 3 of 3")
    job.cancel()
    assert job.state == "cancelling"
    events += followed(job)
    assert [event["event"] for event in events] == ["start", "frame", "step", "step", "frame", "step", "step", "frame"]
    assert (job.state, job.message, job.error, job.seconds_left) == ("done", "Done", None, None)
    assert job.tick() == []
    job.cancel()  # too late
    assert job.state == "done"


def test_a_run_that_goes_on_has_frames_from_the_start(tmp_path):
    job = job_of("say(event='start', steps=40, frames=8, steps_done=17)\nsys.stdin.readline()", tmp_path)
    followed(job, lambda job: job.state == "running")
    assert (job.frames_done, job.progress) == (4, 17 / 40)
    job.stop(300.0)


def test_what_is_no_event_goes_to_a_log_that_is_bounded(tmp_path):
    code = """
print("hello")
print('{"event": 3}'); print('["event"]'); print('{"event": "frame"}'); print('{"event": "start", "steps": "many"}')
sys.stdout.buffer.write(bytes([255, 254, 10]))
print("x" * %d)
for k in range(300): print(k, file=sys.stderr)
"""
    job = job_of(code % (3 * LONGEST_LINE), tmp_path)
    assert followed(job) == [{"event": "start", "steps": "many"}] or job.state == "done"
    assert len(job.log) == 200
    assert "299" in job.log
    assert max(map(len, job.log)) <= LONGEST_LINE


def test_its_own_error_is_told(tmp_path):
    job = job_of('say(event="error", what="it folds", where="step 3", fix=None); sys.exit(1)', tmp_path)
    followed(job)
    assert (job.state, job.error) == ("failed", JobError("it folds", "step 3", ""))


def test_a_death_without_a_word_is_told_with_its_last_lines(tmp_path):
    job = job_of("for k in range(9): print('line', k, file=sys.stderr)\nsys.exit(7)", tmp_path)
    followed(job)
    assert job.error is not None
    assert (job.state, job.error.what) == ("failed", "the process ended with exit status 7")
    assert job.error.fix == "\n".join(f"line {k}" for k in range(4, 9))


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_killed_process_is_told(tmp_path):
    job = job_of("say(event='start', steps=9)\ntime.sleep(60)", tmp_path)
    followed(job, lambda job: job.state == "running")
    os.kill(job.pid, 9)
    followed(job)
    assert job.error is not None
    assert (job.state, job.error.what) == ("failed", "the process ended by SIGKILL")
    assert "memory" in job.error.fix


def test_what_cannot_be_started(tmp_path):
    job = Job([str(tmp_path / "missing")], {}, tmp_path)
    assert job.state == "failed"
    assert not job.living
    assert "cannot be started" in job.error.what
    job.cancel()
    job.stop(1.0)
    assert job.tick() == []


def test_cancelling_is_asked_for_politely(tmp_path):
    code = "say(event='start', steps=9)\nassert sys.stdin.readline() == 'cancel\\n'\n"
    job = job_of(code + "say(event='interrupted', checkpoint='c', resume='r'); sys.exit(130)", tmp_path)
    followed(job, lambda job: job.state == "running")
    job.cancel()
    job.cancel()
    events = followed(job)
    assert events == [{"event": "interrupted", "checkpoint": "c", "resume": "r"}]
    assert (job.state, job.error) == ("cancelled", None)


def test_who_does_not_listen_is_terminated_then_killed(tmp_path):
    code = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay(event='start', steps=9)\ntime.sleep(60)"
    job = job_of(code, tmp_path, patience=0.2)
    followed(job, lambda job: job.state == "running")
    job.cancel()
    followed(job, lambda job: "does not answer" in job.message)
    followed(job)
    assert job.state == "cancelled"  # not "done", as after its sleep


def test_stopping_waits_only_so_long(tmp_path):
    job = job_of("sys.stdin.read()", tmp_path, patience=500.0)
    job.stop(500.0)  # it ends at once
    assert job.state == "done"
    job = job_of("time.sleep(60)", tmp_path)
    job.stop(0.2)
    assert job.state == "cancelling"  # not "done", as after its sleep
    os.kill(job.pid, 15)
    followed(job)
    assert job.state == "cancelled"


def test_pipes_held_by_others_do_not_keep_a_job_alive(tmp_path):
    code = "import subprocess\nprint(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(500)']).pid)"
    job = job_of(code, tmp_path)
    followed(job)
    assert job.state == "done"
    os.kill(int(job.log[0]), 15)  # which is still there
