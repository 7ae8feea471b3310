"""The benchmark of memory: small cases, and its tables."""

import sys

import pytest

from benchmarks import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, of Linux")


def test_what_is_told_and_taken():
    result = memory.measure("step", 40)
    assert result["told"] == pytest.approx(result["taken"], rel=0.5)  # of small cloth, in which pages count


@pytest.mark.slow
def test_a_case_that_fails_says_why():
    assert "-1 is not a whole number" in memory.measure("step", -1)["failure"]


def test_a_refusal():
    result = memory.refusal("step", 8000, repeats=1)
    assert result["cpu_seconds"] > 0.0


@pytest.mark.slow
def test_what_is_not_refused_is_no_refusal():
    with pytest.raises(SystemExit, match="4 x 4 is not refused here"):
        memory.refusal("step", 4, repeats=1)


def test_the_tables():
    results = [
        {"kind": "step", "size": 200, "told": 1.0e9, "taken": 0.8e9},
        {"kind": "static", "size": 400, "failure": "no room"},
    ]
    text = memory.report(results, [{"kind": "step", "size": 3000, "seconds": 1.234, "cpu_seconds": 1.0}], "a machine")
    assert "| 200 x 200, step | 1.00 | 0.80 | 1.25 |" in text
    assert "| 400 x 400, static |  |  | no room |" in text
    assert "| 3000 x 3000, step | 1.23 | 1.00 |" in text
