import numpy as np
import pytest

from usd_export.checks.findings import Finding, Findings
from usd_export.checks.velocity_check import VelocityCheck

RATE = 24.0


def swing(seconds: float, frequency: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and velocities of points that swing."""
    phase = np.linspace(0.0, 6.0, 50)[:, None] + 2.0 * np.pi * frequency * seconds
    way = np.array([0.01, 0.02, -0.01])
    return np.sin(phase) * way + 3.0, 2.0 * np.pi * frequency * np.cos(phase) * way


def judged(factor: float = 1.0, frequency: float = 1.0, codes=range(6), unit: float = 1.0) -> list[Finding]:
    found = Findings()
    check = VelocityCheck("/A", found, RATE)
    for code in codes:
        points, velocities = swing(code / RATE, frequency)
        check.next(float(code), (unit * points).astype(np.float32), (unit * factor * velocities).astype(np.float32))
    check.close()
    return found.list()


@pytest.mark.parametrize("frequency", [0.0, 1e-6, 0.1, 1.0, 3.0, 6.0, 11.0, 60.3])
@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_right_ones_pass_however_fast_the_points_swing(frequency, unit):
    assert judged(frequency=frequency, unit=unit) == []


def test_steps_need_not_be_even():
    assert judged(codes=(0, 1, 3, 3.5, 6, 7)) == []
    assert judged(2.0, codes=(0, 1, 3, 3.5, 6, 7))


@pytest.mark.parametrize("factor", [-1.0, 1.0 / RATE, 0.01, 100.0, 2.5, 0.4])
@pytest.mark.parametrize("codes", [range(6), range(2), (0, 1, 3, 3.5, 6, 7)])
def test_grave_factors_are_errors(factor, codes):
    (finding,) = judged(factor, codes=codes)
    assert (finding.severity, finding.time) == ("error", None)
    assert float(finding.what.split()[2]) == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.25, 1.5, 1.9])
@pytest.mark.parametrize("frequency", [0.1, 3.0, 6.0])
def test_wrong_factors_are_found_at_ordinary_frame_rates(factor, frequency):
    (finding,) = judged(factor, frequency)
    assert (finding.severity, finding.times) == ("warning", 1)
    assert "over all samples" in finding.what


def test_no_velocity_at_all_may_be_meant():
    (finding,) = judged(0.0)
    assert (finding.severity, finding.times) == ("warning", 4)
    assert finding.what.endswith("along that motion, 0 times it")


def test_few_samples_are_judged_roughly():
    for count in (2, 3, 4):
        assert judged(0.8, codes=range(count)) == []
    assert judged(0.0, codes=range(2)) == []
    assert judged(frequency=0.0, codes=range(2)) == []


def test_the_worst_sample_is_told():
    found = Findings()
    check = VelocityCheck("/A", found, RATE)
    for code in range(20):
        points, velocities = swing(code / RATE, 1.0)
        check.next(float(code), points, velocities * {5: -1.0, 12: -8.0}.get(code, 1.0))
    check.close()
    (finding,) = found.list()
    assert (finding.time, finding.times) == (12.0, 2)


@pytest.mark.parametrize("factor", [0.0, -1.0, 50.0])
def test_a_single_wrong_sample_is_found(factor):
    found = Findings()
    check = VelocityCheck("/A", found, RATE)
    for code in range(7):
        points, velocities = swing(code / RATE, 1.0)
        check.next(float(code), points, velocities * (factor if code == 3 else 1.0))
    check.close()
    (finding,) = found.list()
    assert (finding.time, finding.times) == (3.0, 1)


def test_points_at_rest_have_no_velocity():
    found = Findings()
    check = VelocityCheck("/A", found, RATE)
    for code in range(3):
        check.next(float(code), np.ones((4, 3)), np.ones((4, 3)))
    check.close()
    (finding,) = found.list()
    assert finding.what == "velocities of 1.73 where points move by 0 a second"


@pytest.mark.parametrize("landing", [1, 4])
def test_what_comes_to_rest_between_samples_is_no_error(landing):
    """It falls within one frame, and creeps on a little further, ever more slowly."""
    found = Findings()
    check = VelocityCheck("/A", found, RATE)
    for code in range(9):
        creep = np.exp(-5.0 * (code - landing)) if code >= landing else 0.0
        fallen = 1e-3 * (code >= landing) + 1e-6 * (1.0 - creep)
        check.next(float(code), (1.0 - fallen) * np.ones((4, 3)), np.full((4, 3), -5e-6 * RATE * creep))
    check.close()
    assert [(each.severity, each.times) for each in found.list()] == [("warning", 1 if landing == 1 else 2)]


def test_gaps_are_not_bridged():
    found = Findings()
    check = VelocityCheck("/A", found, RATE)
    for code in range(8):
        points, velocities = swing(code / RATE, 1.0)
        check.next(float(code), None if code % 2 else points, -velocities)
    check.next(None, points, velocities)
    check.next(8.0, points, None)
    check.close()
    assert found.list() == []
