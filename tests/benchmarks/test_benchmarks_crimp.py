"""The benchmark of crimp: what it measures, and its tables."""

from benchmarks import crimp


def test_steps_and_equilibria():
    results = [crimp.stepping("plain", 5, 4, "cpu"), crimp.resting("plain", 5, "cpu")]
    assert results[0]["ratio"] > 0.0
    assert results[0]["halved"] == [0, 0]
    assert results[1]["iterations"] > 0
    lines = crimp.report(results, "a machine").splitlines()
    assert sum(line.startswith("| plain 5 x 5 |") for line in lines) == 2


def test_the_crimped_cloth_is_the_straight_one_otherwise():
    assert {*crimp.CRIMP} == {"fabric.end_crimp", "fabric.pick_crimp"}
    assert ("twill22", 40) in crimp.STEPS
