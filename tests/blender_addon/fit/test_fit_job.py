"""What a fit tells while it runs, and its answer as the blend file keeps it."""

import json
import math
import os
import sys
import time

import pytest

from blender_addon.fit.fit_job import Finding, FitJob, distance

EVENTS = [
    {"event": "start", "evaluations": 4, "evaluations_done": 0, "steps": 10},
    {"event": "step", "evaluation": 1, "steps_done": 5, "steps": 10},
    {"event": "evaluation", "evaluation": 1, "loss": 4e-6, "best": True, "values": {"a": 1.0}},
    {"event": "evaluation", "evaluation": 2, "loss": None, "best": False, "values": {"a": 9.0}},
    {"event": "evaluation", "evaluation": 3, "loss": 1e-8, "best": True, "values": {"a": 2.0}},
    {"event": "uncertainty", "steps": 10},
    {
        "event": "done",
        "outcome": "converged",
        "loss": 1e-8,
        "values": {"a": 2.0, "b": 1.0},
        "standard_errors": {"a": 0.1, "b": None},
        "statements": ["b: this observation does not depend on it"],
    },
]


def test_it_follows_a_fit(tmp_path):
    lines = "\n".join(json.dumps(event) for event in EVENTS)
    job = FitJob([sys.executable, "-c", f"print('''{lines}''')"], dict(os.environ), tmp_path)
    while job.living:
        job.tick()
        time.sleep(0.01)
    assert job.state == "done", list(job.log)
    assert [each for each in job.losses if not math.isnan(each)] == [4e-6, 1e-8]
    assert job.values == {"a": 2.0}
    assert job.found.values == {"a": 2.0, "b": 1.0}
    assert Finding.from_text(job.found.to_text()).standard_errors == {"a": 0.1, "b": None}


def test_how_far_it_is(tmp_path):
    job = FitJob([sys.executable, "-c", "input()"], dict(os.environ), tmp_path)
    job.state = "running"
    progress, messages = [], []
    for event in EVENTS[:-1]:
        job.take(event)
        progress.append(job.progress)
        messages.append(job.message)
    assert progress == [0.0, 0.125, 0.25, 0.5, 0.75, 0.75]
    assert messages[0] == "First try"
    assert messages[2] == "Try 2, off by 2 mm"
    assert messages[3] == "Try 3, off by 2 mm"
    assert "certain" in messages[-1]
    job.stop(300.0)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"outcome": "converged"}', "3"])
def test_what_is_no_answer(text):
    assert Finding.from_text(text) is None


def test_distances_in_words():
    assert [distance(each) for each in (4.0, 4e-6, 4e-10, 4e-18, 0.0, math.nan)] == [
        "2 m",
        "2 mm",
        "20 µm",
        "2 nm",
        "less than 1 nm",
        "-",
    ]
