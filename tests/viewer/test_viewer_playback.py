import numpy as np
import pytest

from warp_fabric.viewer.playback import SHORTEST, SPEEDS, Playback


def playing(*times, speed=1.0) -> Playback:
    made = Playback([np.asarray(each, float) for each in times])
    made.playing = True
    made.choose_speed(speed)
    return made


def test_frames_of_all_runs_are_shown():
    made = Playback([np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.25, 0.5 + 1e-12])])
    np.testing.assert_allclose(made.times, [0.0, 0.25, 0.5, 1.0])
    assert made.last == 3


def test_time_passes_at_the_speed_chosen():
    made = playing([0.0, 0.125, 0.25, 0.375], speed=0.125)
    shown = []
    for _ in range(12):
        made.advance(0.25)
        shown.append(made.index)
    assert shown == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3]


def test_after_the_last_frame_comes_the_first():
    made = playing([0.0, 0.1, 0.2])
    made.seek(2)
    assert not made.advance(0.2)
    assert made.advance(1.0)
    assert made.index == 0


@pytest.mark.parametrize("times", [[0.0], [0.0, 1.0]])
def test_without_playing_or_with_one_frame_nothing_goes_on(times):
    made = playing(times)
    made.playing = len(times) == 1
    assert not made.advance(5.0)
    assert made.index == 0


def test_seeking_stays_inside():
    made = Playback([np.linspace(0, 1, 5)])
    made.seek(99)
    assert made.index == 4
    made.seek(-3)
    assert made.index == 0


def test_what_is_shown_stays_when_a_run_grows():
    made = Playback([np.linspace(0, 0.4, 5)])
    made.seek(3)
    made.renew([np.linspace(0, 1.0, 11)])
    assert (made.index, made.last) == (3, 10)
    made.renew([np.array([0.0])])  # another run has begun in the same file
    assert made.index == 0


@pytest.mark.parametrize(("duration", "speed"), [(0.5, 0.1), (3.0, 1.0), (60.0, 1.0), (1e-5, SPEEDS[0])])
def test_the_proposed_speed_lets_one_see_what_happens(duration, speed):
    made = Playback([np.array([0.0, duration])])
    assert made.speed == speed
    assert duration / speed >= SHORTEST or speed == SPEEDS[0]


def test_the_proposal_is_renewed_until_a_speed_is_chosen():
    made = Playback([np.array([0.0, 0.05])])
    made.renew([np.array([0.0, 0.05, 6.0])])
    assert made.speed == 1.0
    made.choose_speed(0.5)
    made.renew([np.array([0.0, 0.05])])
    assert made.speed == 0.5
