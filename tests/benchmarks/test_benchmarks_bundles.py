"""The benchmark of bundles measures what it says."""

import numpy as np
import pytest

from benchmarks.bundles import HELD, measure_napkin, measure_square, napkin, report, square


def test_the_napkin_is_30_cm_of_shirting():
    scene = napkin(780, 2.0)
    assert scene.grid == (98, 98)
    assert np.ptp(scene.real_fabric.position[:, 0], axis=0).max() == pytest.approx(0.31, abs=0.005)
    assert scene.time.frame_count == 48


@pytest.mark.parametrize("held", HELD)
def test_squares_are_held(held):
    scene = square(17, held, True, 4)
    assert scene.crimped
    assert scene.grid == (5, 5)
    assert {*scene.held_crossings} == {*HELD[held](5)}


def test_its_report():
    results = [measure_square(17, [2, 4], "half", False, "cpu"), measure_napkin(17, 0.25, 1, "cpu")]
    first, *others = results[0]["bundles"]
    assert first["off"] == 0.0
    assert all(0.0 < each["off"] < 0.5 for each in others)
    few, many = results[1]["exports"]
    assert many["points"] == 2 * 17 * 65
    assert many["bytes"] > few["bytes"]
    text = report(results, "this machine")
    assert "| 17 x 17 | real yarns, CPU s | bundles of 2, CPU s | off |" in text
    assert "A napkin of 17 x 17 crossings" in text
