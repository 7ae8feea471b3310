import numpy as np

from warp_fabric.picture.developing import developed


def filled(light: float) -> np.ndarray:
    return np.full((4, 6, 4), [light, light, light, 1.0], np.float32)


def test_brighter_light_is_brighter_and_white_is_never_burnt_out():
    values = [int(developed(filled(light))[0, 0, 0]) for light in np.linspace(0.0, 1.5, 16)]
    assert values[0] == 0
    assert (np.diff(values) > 0).all()
    assert values[-1] < 255


def test_light_below_the_knee_is_coded_as_srgb():
    assert abs(int(developed(filled(0.2140))[2, 3, 1]) - 127.5) <= 1.0


def test_where_nothing_is_there_is_a_neutral_backdrop():
    empty = developed(np.zeros((50, 60, 4), np.float32)).astype(int)
    assert empty.min() > 150
    assert np.ptp(empty, axis=-1).max() < 12
