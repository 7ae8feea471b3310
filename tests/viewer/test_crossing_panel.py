import re

import numpy as np
from waving_cloth import waving

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.crossing_panel import HEIGHT, course, numbers


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def test_the_numbers_of_a_crossing_have_units():
    cloth = Cloth(waving(swing=0.0), "run")
    text = words(numbers([cloth], [4], 2, 1))
    x, y, z = 1e3 * cloth.run.position[4, 2, 1]
    over = "end" if cloth.fabric.drawdown[2, 1] else "pick"
    assert text.startswith(f" Pick 2 (ecru), end 1 (navy); the {over} is on top.")
    assert f"x, y, z {x:.3f}, {y:.3f}, {z:.3f} mm" in text
    assert "stretch of the end 2 %" in text
    assert "sliding of the end 0 m" in text
    assert f"compression {1e6 * cloth.run.compression[4, 2, 1]:.3g} µN" in text


def test_runs_have_a_column_each():
    first, second = Cloth(waving(swing=0.0), "first.h5"), Cloth(waving(swing=1.0), "<second>")
    text = words(numbers([first, second], [0, 4], 2, 1))
    assert "first.h5 &lt;second&gt;" in text
    assert f"y 0.000 mm {1e3 * second.run.position[4, 2, 1, 1]:.3f} mm" in text


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
