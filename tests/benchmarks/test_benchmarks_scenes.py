"""The benchmarks of steps, gradients and equilibria: which scenes they measure, and their tables."""

import pytest

from benchmarks import common, gradient, static, step
from benchmarks.common import Stopwatch, cotton_of, scene_of
from warp_fabric.errors import SolverError


def test_both_cloths_are_of_the_size_asked_for_and_hang_by_their_upper_corners():
    for scene in (scene_of(7, 20), *(cotton_of(7, 20, case) for case in common.COTTON)):
        assert (scene.fabric.ends, scene.fabric.picks) == (7, 7)
        assert [tuple(pin.crossing) for pin in scene.pins] == [(0, 0), (0, 6)]
        assert (scene.time.integrator, scene.time.step_size, scene.time.frame_count) == ("bdf2", 1e-3, 20)
    assert (scene_of(7, 20).tolerance, cotton_of(7, 20).tolerance) == (1e-8, 1e-7)
    assert tuple(cotton_of(7, 20, "in wind").environment.wind) == (0.0, 3.0, 0.0)
    assert tuple(cotton_of(7, 20, "swinging").environment.gravity) == (0.0, 6.0, -7.0)


def test_a_stopwatch(monkeypatch):
    monkeypatch.setattr(common.time, "perf_counter", iter([0.0, 3.0]).__next__)
    monkeypatch.setattr(common.time, "process_time", iter([0.0, 2.0]).__next__)
    watch = Stopwatch("cpu")
    assert watch(lambda: "done") == "done"
    assert (watch.wall, watch.cpu, watch.seconds) == ([3.0], [2.0], [2.0])


def test_steps_of_both_cloths(monkeypatch):
    monkeypatch.setattr(step, "MOVING", 6)
    results = [step.measure(5, "cpu"), step.measure(6, "cpu", cotton=True), step.measure(4, "cpu", False, True)]
    assert [{*result.get("cotton", {})} for result in results] == [set(), {*common.COTTON}, {"hanging"}]
    hanging = results[1]["cotton"]["hanging"]
    ratio = hanging["microseconds_per_crossing"] / results[1]["microseconds_per_crossing"]
    assert hanging["times_the_papers"] == pytest.approx(ratio)
    assert sum(hanging["shares"].values()) == pytest.approx(1.0)
    lines = step.report(results, "a machine").splitlines()
    assert [line.split(" |")[0] for line in lines if line.startswith("| ") and line[2].isdigit()] == [
        *("| 5 x 5", "| 6 x 6"),
        *("| 6 x 6, hanging", "| 6 x 6, in wind", "| 6 x 6, swinging", "| 4 x 4, hanging"),
    ]
    assert len({line.count("|") for line in lines if line.startswith("| 6 x 6,") or line.startswith("| 4 x 4")}) == 1


def test_gradients_of_both_cloths(monkeypatch):
    monkeypatch.setattr(gradient, "REPEATS", 1)
    result = gradient.measure(5, 12, "cpu", cotton=True)
    assert result["kept"]["states"] > result["checkpoints"]["states"]
    assert result["cotton"]["krylov_iterations_per_solve"] > 0.0
    text = gradient.report([result], "a machine")
    assert text.count("| 5 x 5 |") == 2
    del result["cotton"]
    assert gradient.report([result], "a machine").count("| 5 x 5 |") == 1


def test_equilibria():
    results = [static.measure("wool", 6, "cpu"), static.measure("paper", 4, "cpu")]
    assert all(result["largest_force"] <= 1e-10 for result in results)
    first, second = static.report(results, "a machine").splitlines()[-2:]
    assert first.startswith("| wool, 2 corners |")
    assert first.endswith("|  |  |")
    assert second.startswith("| paper, 4 corners |  |  |")


def test_cloth_without_equilibrium(monkeypatch):
    def solve(search):
        raise SolverError("it slides apart")

    monkeypatch.setattr(static.Equilibrium, "solve", solve)
    text = static.report([static.measure("paper", 4, "cpu")], "a machine")
    assert "| none found |" in text
    assert text.endswith("paper 4 x 4: it slides apart")
