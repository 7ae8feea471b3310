import re

import numpy as np
import pytest
from waving_cloth import waving

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.crossing_panel import HEIGHT, course, numbers, with_mark


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def test_the_numbers_of_a_crossing_have_units():
    cloth = Cloth(waving(swing=0.0), "run")
    text = words(numbers([cloth], [4], 2, 1))
    x, y, z = 1e3 * cloth.run.position[4, 2, 1]  # y is 0: it does not swing
    over = "end" if cloth.fabric.drawdown[2, 1] else "pick"
    assert text.startswith(f" Pick 2 (ecru), end 1 (navy); the {over} is on top.")
    assert f"x {1e3 * x:.6g} µm y {y:.6g} m z {1e3 * z:.6g} µm" in text
    assert "stretch of the end 2 %" in text
    assert "sliding of the end 0 m" in text
    assert f"compression {1e6 * cloth.run.compression[4, 2, 1]:.3g} µN" in text
    assert "interchange" not in text  # its yarns are straight


def test_crimped_yarns_have_their_interchange_among_the_numbers():
    cloth = Cloth(waving(swing=0.0, fabric__crimp="touching"), "run")
    cloth.run.interchange[4, 2, 1] = -2.5e-6
    assert "interchange -2.5 µm" in words(numbers([cloth], [4], 2, 1))


def test_runs_have_a_column_each():
    first, second = Cloth(waving(swing=0.0), "first.h5"), Cloth(waving(swing=1.0), "<second>")
    text = words(numbers([first, second], [0, 4], 2, 1))
    assert "first.h5 &lt;second&gt;" in text
    assert f"y 0 m {1e6 * second.run.position[4, 2, 1, 1]:.6g} µm" in text


def test_a_course_has_a_line_for_the_pick_and_one_for_the_end():
    cloth = Cloth(waving(swing=0.0), "run")
    (time, pick, end), labels, unit = course([cloth], "stretch", 2, 1)
    np.testing.assert_array_equal(time, cloth.time)
    np.testing.assert_allclose(end, [0.0, 0.5, 1.0, 1.5, 2.0], atol=1e-9)
    assert pick[-1] < 0
    assert (labels, unit) == (["pick", "end"], "%")


def test_what_pick_and_end_share_has_one_line():
    cloth = Cloth(waving(), "run")
    (_, pressed), labels, unit = course([cloth], "compression", 2, 1)
    assert (labels, unit) == (["compression"], "µN")
    np.testing.assert_allclose(pressed, 1e6 * cloth.run.compression[:, 2, 1])
    (_, height), labels, unit = course([cloth], HEIGHT, 2, 1)
    assert (labels, unit) == ([HEIGHT], "µm")
    np.testing.assert_allclose(height, 1e6 * cloth.run.position[:, 2, 1, 2])


def test_runs_with_other_frames_share_the_time():
    runs = [
        Cloth(waving(frames=3), "a"),
        Cloth(waving(frames=5, time__duration=0.25, time__frames_per_second=8.0), "b"),
    ]
    runs[1].time = runs[1].run.time = np.linspace(0.0, 0.25, 5)
    data, labels, _ = course(runs, "compression", 2, 1)
    np.testing.assert_allclose(data[0], [0.0, 0.0625, 0.125, 0.1875, 0.25, 0.5])
    assert labels == ["a, compression", "b, compression"]
    assert np.isfinite(data[1]).all()
    assert np.isnan(data[2][-1])
    assert np.isfinite(data[2][:-1]).all()


def test_what_is_small_is_not_called_0():
    cloth = Cloth(waving(swing=0.0), "run")
    cloth.run.position[4, 2, 1] = 3.2e-10, -4.5e-13, 0.0
    assert "x 320 pm y -450 fm z 0 m" in words(numbers([cloth], [4], 2, 1))


@pytest.mark.parametrize(("now", "index"), [(0.0, 0), (0.24, 1), (0.25, 2), (0.5 - 1e-12, 4), (9.0, 4), (-1.0, 0)])
def test_the_mark_stands_at_the_frame_that_is_shown(now, index):
    cloth = Cloth(waving(swing=0.0), "run")
    data, _, _ = course([cloth], "stretch", 2, 1)
    time, pick, end, mark = with_mark(data, now)
    (at,) = np.nonzero(np.isfinite(mark))
    np.testing.assert_array_equal(time[at], [data[0][index]] * 2)
    assert mark[at[0]] < min(pick.min(), end.min())
    assert mark[at[1]] > max(pick.max(), end.max())
    for marked, plain in zip((time, pick, end), data):
        np.testing.assert_array_equal(np.delete(marked, at[0]), plain)


@pytest.mark.parametrize("value", [0.0, 2.5, np.nan])
def test_the_mark_is_seen_where_nothing_changes(value):
    mark = with_mark([np.array([0.0, 1.0]), np.full(2, value)], 1.0)[-1]
    low, high = mark[np.isfinite(mark)]
    assert low < np.nan_to_num(value) < high
