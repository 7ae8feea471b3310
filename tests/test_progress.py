import io
import json

import numpy as np
import pytest
from small_run import halve_steps, small_scene

from warp_fabric import progress as progress_module
from warp_fabric import simulate
from warp_fabric.progress import JsonProgress, clock, finite, halved_note


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_tells_a_run(tmp_path):
    stream = io.StringIO()
    simulate(small_scene(), progress=JsonProgress(stream))
    events = lines(stream)
    assert events[0]["event"] == "start"
    assert (events[0]["steps"], events[0]["frames"], events[0]["steps_done"]) == (40, 8, 0)
    frames = [event for event in events if event["event"] == "frame"]
    assert [event["frame"] for event in frames] == list(range(9))
    np.testing.assert_allclose([event["time"] for event in frames], np.arange(9) / 200.0)
    assert events[-1]["event"] == "done"
    assert events[-1]["totals"]["steps"] == 40
    assert events[-1]["note"] is None


def test_json_tells_an_equilibrium():
    stream = io.StringIO()
    simulate(small_scene(time__integrator="static", environment__wind=[0, 0, 0]), progress=JsonProgress(stream))
    events = lines(stream)
    assert {event["event"] for event in events} == {"start", "iteration", "frame", "done"}
    assert events[-1]["totals"]["largest_force"] <= 1e-10
    first = next(event for event in events if event["event"] == "iteration")
    assert (first["picks"], first["ends"]) == (6, 5)
    assert first["largest_force"] > 0.0


def test_steps_are_told_at_most_ten_times_a_second_with_the_time_left(monkeypatch):
    """A clock on which a step takes 0.04 s."""
    now = [0.0]

    class Clock:
        @staticmethod
        def monotonic():
            return now[0]

    def on_step(_report):
        now[0] += 0.04

    monkeypatch.setattr(progress_module, "time", Clock)
    stream = io.StringIO()
    simulate(small_scene(), progress=JsonProgress(stream), on_step=on_step)
    steps = [event for event in lines(stream) if event["event"] == "step"]
    assert [event["steps_done"] for event in steps] == list(range(1, 41, 3))
    assert steps[0]["seconds_left"] is None
    for event in steps[1:]:
        assert event["seconds_left"] == pytest.approx(0.04 * (40 - event["steps_done"]))


def test_the_bar_shows_time_frames_and_counts(capsys):
    simulate(small_scene(), progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    for part in ("0.04/0.04 s", "frame 8/8", "Newton", "Krylov", "0:00 left"):
        assert part in captured.err
    simulate(small_scene(time__integrator="static", environment__wind=[0, 0, 0]), progress=True)
    assert "largest net force" in capsys.readouterr().err


def test_numbers_that_json_lacks():
    assert finite({"a": [float("nan"), 1.5], "b": (float("inf"), "x", None, 2)}) == {
        "a": [None, 1.5],
        "b": [None, "x", None, 2],
    }


def test_clock():
    assert [clock(seconds) for seconds in (None, 0.0, 59.2, 61, 3725)] == ["-:--", "0:00", "1:00", "1:01", "1:02:05"]


def test_halved_steps_are_told(monkeypatch, capsys):
    """They depend on rounding."""
    note = "2 of 10 steps were halved: results depend on rounding there; take a smaller time.step"
    scene, stream = small_scene(time__duration=0.01), io.StringIO()
    for progress in (True, JsonProgress(stream)):
        with monkeypatch.context() as patch:
            halve_steps(patch, 1e-3, 2)
            assert simulate(scene, progress=progress).statistics["totals"]["halved_steps"] == 2
    assert f"note: {note}\n" in capsys.readouterr().err
    assert lines(stream)[-1]["note"] == note
    assert halved_note(1, 40).startswith("1 of 40 steps was halved")
    simulate(scene, progress=True)
    assert "halved" not in capsys.readouterr().err
