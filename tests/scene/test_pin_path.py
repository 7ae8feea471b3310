import numpy as np
import pytest

from warp_fabric.scene import Pin
from warp_fabric.scene.pin_path import path_point, pin_targets

PATH = ((0.1, 1.0, 0.0, 0.0), (0.3, 2.0, 0.0, -4.0))


@pytest.mark.parametrize(
    ("time", "point"),
    [(0.0, [1.0, 0.0, 0.0]), (0.1, [1.0, 0.0, 0.0]), (0.15, [1.25, 0.0, -1.0]), (0.3, [2, 0, -4]), (9.0, [2, 0, -4])],
)
def test_a_path_is_linear_between_its_keys_and_held_before_and_after(time, point):
    np.testing.assert_allclose(path_point(PATH, time), point)


def test_pins_without_a_path_stay_where_they_are_at_rest():
    rest = np.random.default_rng(0).normal(size=(3, 4, 3))
    found = pin_targets([Pin(crossing=(0, 3)), Pin(crossing=(2, 1), path=PATH)], rest, 0.3)
    np.testing.assert_allclose(found, [rest[0, 3], [2.0, 0.0, -4.0]])
    assert pin_targets([], rest, 0.0).shape == (0, 3)
