"""What fits tell: the bar's lines, and JSON lines."""

import io
import json

import numpy as np
import pytest
from made_result import made_result

from warp_fabric.fitting.fit_progress import BarFitProgress, FitProgress, JsonFitProgress

FACTS = {
    "version": "0",
    "device": "cpu",
    "method": "gauss-newton",
    "parameters": ["contact.friction"],
    "unknowns": 1,
    "steps": 50,
    "evaluations": 30,
    "evaluations_done": 0,
}


def entry(number: int, **changes) -> dict:
    values = {"contact.friction": 0.45, "environment.wind": [0.0, 5.0, 0.123456]}
    return {"evaluation": number, "loss": 1.5e-9, "best": True, "seconds": 0.5, "values": values, **changes}


def go(progress: FitProgress, done: int = 0) -> None:
    progress.begin({**FACTS, "evaluations_done": done})
    for number in (done + 1, done + 2):
        for _ in range(50):
            progress.step()
        progress.evaluation(entry(number, best=number == done + 1))
    progress.uncertainty(200)
    progress.step()
    progress.done(made_result(noise=float("nan"), statements=["it is so"]))
    progress.close()


def test_the_base_keeps_silent(capsys):
    go(FitProgress())
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def events(monkeypatch) -> list[dict]:
    monkeypatch.setattr("warp_fabric.fitting.fit_progress.JsonProgress.INTERVAL", 0.0)
    stream = io.StringIO()
    go(JsonFitProgress(stream), done=3)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines(events):
    kinds = [event["event"] for event in events]
    assert kinds == ["start", *["step"] * 50, "evaluation", *["step"] * 50, "evaluation", "uncertainty", "step", "done"]
    assert events[0] == {"event": "start", **FACTS, "evaluations_done": 3}
    assert events[1] == {"event": "step", "evaluation": 4, "steps_done": 1, "steps": 50, "seconds_left": None}
    assert events[2]["seconds_left"] > 0.0
    assert events[50]["seconds_left"] == 0.0
    assert events[52]["seconds_left"] is None
    assert events[51] == {"event": "evaluation", **entry(4)}
    assert events[101]["steps_done"] == 50
    assert events[103] == {"event": "uncertainty", "steps": 200}
    assert events[104] == {"event": "step", "evaluation": None, "steps_done": 1, "steps": 200, "seconds_left": None}
    done = events[-1]
    assert (done["outcome"], done["evaluations"], done["noise"]) == ("converged", 4, None)
    assert done["values"]["environment.wind"] == pytest.approx([0.6, 3.6, 0.0])
    assert done["standard_errors"]["contact.friction"] == pytest.approx(0.006)
    assert done["statements"] == ["it is so"]


def test_steps_come_at_most_ten_a_second():
    stream = io.StringIO()
    progress = JsonFitProgress(stream)
    progress.begin(FACTS)
    for _ in range(1000):
        progress.step()
    assert stream.getvalue().count('"step"') < 5


def test_what_is_not_determined_is_null():
    stream = io.StringIO()
    errors = {"yarns.soft.young_modulus": np.inf, "environment.wind": np.array([0.1, np.inf, np.nan])}
    JsonFitProgress(stream).done(made_result(standard_errors={**errors, "contact.friction": 0.1}))
    told = json.loads(stream.getvalue())["standard_errors"]
    assert told == {
        "yarns.soft.young_modulus": None,
        "environment.wind": [0.1, None, None],
        "contact.friction": 0.1,
    }


def test_the_bar_leaves_a_line_an_evaluation(capsys):
    go(BarFitProgress())
    told = capsys.readouterr()
    assert told.out == ""
    first, second = [line.strip() for line in told.err.splitlines() if line.strip()][:2]
    assert first == "1  loss 1.500e-09 m2  friction 0.45, wind [0 5 0.12346]"
    assert second.endswith("(no better)")
    go(BarFitProgress(), done=7)
    assert "going on after 7 evaluations" in capsys.readouterr().err


def test_the_bar_shows_the_first_numbers(capsys):
    progress = BarFitProgress()
    progress.begin({**FACTS, "steps": 0})
    values = {"contact.friction": 1.0, "initial.velocity": np.zeros((6, 5, 3)).tolist(), "contact.shear_modulus": 2.0}
    progress.evaluation(entry(1, values=values))
    progress.uncertainty(0)
    progress.close()
    assert "friction 1, ..." in capsys.readouterr().err
