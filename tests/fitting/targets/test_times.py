"""Times of frames, and why they are not the scene's."""

import re
import warnings

import numpy as np
import pytest
from observed_cloth import SCENE

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets import TargetWarning
from warp_fabric.fitting.targets.times import doubt_offset, frames_at

RATE, COUNT = SCENE.time.frames_per_second, SCENE.time.frame_count


def test_the_same_frames():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert frames_at(SCENE, np.arange(COUNT + 1) / RATE, "run") == {k: k for k in range(1, COUNT + 1)}
        assert frames_at(SCENE, np.arange(5 * COUNT) / (5 * RATE), "finer") == {k: 5 * k for k in range(1, COUNT)}
        assert frames_at(SCENE, np.arange(0, COUNT, 2) / RATE, "coarser") == {2: 1, 4: 2, 6: 3}
        assert frames_at(SCENE, np.arange(20) / RATE, "longer") == {k: k for k in range(1, COUNT + 1)}


def test_another_rate_is_doubted():
    """At 5 frames to the scene's 4, only each fifth is compared."""
    time = np.arange(11) / (1.25 * RATE)
    with pytest.warns(TargetWarning) as caught:
        assert frames_at(SCENE, time, "run.h5") == {4: 5, 8: 10}
    told = str(caught[0].message)
    assert "run.h5: 8 of 10 observed frames are at no frame of the scene, off by up to 0.4 of one" in told
    assert f"set time.frames_per_second = {1.25 * RATE:g}" in told


@pytest.mark.parametrize(
    ("time", "cause"),
    [
        ((np.arange(8) + 0.4) / RATE, "all are 2 ms after a frame: give start=0.002"),
        ((np.arange(8) - 0.4) / RATE, "all are 2 ms before a frame: give start=-0.002"),
        ((np.arange(8) + 0.5 + 0.004 * (-1) ** np.arange(8)) / RATE, "all are 2.5 ms "),
        ((np.arange(4) + 0.45) / (0.3 * RATE), "set time.frames_per_second = 60"),
        (np.arange(2, 9) * 1000.0 / RATE, "these may be milliseconds"),
        (np.arange(3.0, 9.0), "these may be numbers of frames"),
        (np.arange(8) / RATE + 12.5, "start where they start (start=12.5)"),
        (np.zeros(1), "choose frames after the start"),
        (np.array([0.4 / RATE + 2 / RATE]), "so that frames fall on observed times"),
    ],
    ids=["late", "early", "halfway", "another rate", "milliseconds", "numbers", "another clock", "the start", "one"],
)
def test_no_frame_at_all(time, cause):
    with pytest.raises(TargetError, match="keeps none of the observed frames") as caught:
        frames_at(SCENE, time, "markers.csv")
    assert caught.value.where == "markers.csv"
    assert cause in caught.value.fix


@pytest.mark.parametrize("late", [0.01, 0.0075, 0.0022])
@pytest.mark.parametrize("start", [0.0, 0.3])
def test_the_suggested_start_is_one_with_which_all_is_compared(late, start):
    time = np.arange(COUNT + 1) / RATE + late + start
    told: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frames_at(SCENE, time, "run.h5", start)
        told = [str(each.message) for each in caught]
    except TargetError as error:
        told = [str(error)]
    found = [float(each) for text in told for each in re.findall(r"start=(\S+?)(?:\)|$|:)", text)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(frames_at(SCENE, time, "run.h5", found[0] if found else start)) >= COUNT - 2


@pytest.mark.parametrize("late", [0.0, 0.002, -0.001])
def test_markers_late_by_the_same_part_of_a_frame_are_doubted(late):
    time = np.arange(COUNT + 1) / RATE + late
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        doubt_offset(SCENE, time + 0.3, "markers.csv", 0.3)
        doubt_offset(SCENE, time[:1], "a single sample")
        doubt_offset(SCENE, np.arange(5 * COUNT) / (5.3 * RATE) + late, "another rate")
    told = [str(each.message) for each in caught]
    if late == 0.0:
        assert told == []
    else:
        (text,) = told
        assert f"{abs(1e3 * late):g} ms {'after' if late > 0.0 else 'before'} a frame" in text
        assert text.endswith(f"give start={0.3 + late:g}")
