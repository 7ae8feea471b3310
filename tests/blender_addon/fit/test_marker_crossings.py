"""Markers are on the crossing that their name says, or on which they are."""

import numpy as np
import pytest

from blender_addon.fit.marker_crossings import marker_crossings
from warp_fabric import TargetError

REST = np.stack([*np.meshgrid(0.002 * np.arange(4), 0.001 * np.arange(3)), np.zeros((3, 4))], axis=-1)
"""[picks, ends, 3]"""


def crossings(**points):
    return marker_crossings([*points], np.array([*points.values()], float), REST, 0.001)


def test_names_say_it():
    found = marker_crossings(["0:1", "[2, 3]", "1;0"], np.full((3, 3), 9.0), REST, 0.001)
    assert found == [(0, 1), (2, 3), (1, 0)]


def test_without_such_a_name_the_place_says_it():
    assert crossings(Hem=(0.0061, 0.0019, 0.0003), **{"0:1": (9, 9, 9), "0:2.001": (0, 0, 0)}) == [
        (2, 3),
        (0, 1),
        (0, 0),
    ]


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ({"Hem": (0.0, 0.0, 0.0006)}, "0.6 mm from the nearest"),
        ({"Hem": (0.0, 0.00045, 0.0)}, "between crossings 0:0 and 1:0"),
        ({"3:0": (0.0, 0.0, 0.0)}, "no crossing 3:0"),
        ({"Hem": (0.0, 0.0, 0.0), "0:0": (0.0, 0.0, 0.0)}, "as Hem is"),
    ],
)
def test_markers_on_no_crossing_of_their_own(points, told):
    with pytest.raises(TargetError, match=told) as caught:
        crossings(**points)
    assert caught.value.where in points
    assert caught.value.fix


def test_a_single_crossing():
    assert marker_crossings(["Hem"], np.zeros((1, 3)), np.zeros((1, 1, 3)), 0.001) == [(0, 0)]
