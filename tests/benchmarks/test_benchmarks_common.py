"""Cases one after the other, results as they come, and names of machines."""

import argparse
import json

import pytest

from benchmarks import common
from benchmarks.common import arguments, measure_each, numbers, short_name, table, write


def options_of(tmp_path, *given: str) -> argparse.Namespace:
    return arguments(argparse.ArgumentParser(), "step", [*given, "--output", str(tmp_path / "out.json")])


def test_results_are_kept_as_they_come(tmp_path):
    options = options_of(tmp_path)

    def measure(case: int) -> dict:
        if case == 2:
            raise ValueError("no memory")
        return {"case": case}

    with pytest.raises(ValueError, match="no memory"):
        measure_each(options, [0, 1, 2], str, measure)
    assert json.loads(options.output.read_text())["results"] == [{"case": 0}, {"case": 1}]


def test_no_case_begins_late(tmp_path, monkeypatch, capsys):
    clock = iter([0.0, 0.0, 5.0, 11.0, 12.0])
    monkeypatch.setattr(common.time, "perf_counter", lambda: next(clock))
    options = options_of(tmp_path, "--seconds", "10")
    assert measure_each(options, [5, 6, 7, 8], str, lambda case: {"case": case}) == [{"case": 5}, {"case": 6}]
    assert "7: left out, as 10 s have passed" in capsys.readouterr().out


def test_files_are_named_after_the_machine(monkeypatch):
    monkeypatch.setattr(common, "machine", lambda device: "NVIDIA H100 80GB HBM3")
    assert (short_name("cpu"), short_name("cuda:0")) == ("cpu", "nvidia-h100-80gb-hbm3")
    options = arguments(argparse.ArgumentParser(), "step", ["--device", "cuda:0"])
    assert options.output == common.HERE / "step-nvidia-h100-80gb-hbm3.json"


def test_a_report(tmp_path, capsys):
    options = options_of(tmp_path)
    write(options, table(["a", "b"], [["1", "2"]]), [{"a": 1}])
    assert capsys.readouterr().out.startswith("| a | b |\n|---|---:|\n| 1 | 2 |\nwritten to ")
    content = json.loads(options.output.read_text())
    assert {*content} == {"machine", "warp", "results"}
    assert numbers("5,10") == [5, 10]
