"""Loose ends past the border."""

import numpy as np
import pytest

from warp_fabric.layout import ALONG_PICK, Layout
from warp_fabric.loose_ends import OVERHANG, with_loose_ends
from warp_fabric.runs import Runs


@pytest.mark.parametrize("pieces", [1, 2])
def test_loose_ends_go_on_straight_for_half_a_crossing(pieces):
    lines = np.cumsum(np.random.default_rng(1).normal(size=(3, 9, 3)), axis=1)
    longer = with_loose_ends(lines, Runs.of(Layout.full(3, 3), ALONG_PICK), 4, pieces)
    np.testing.assert_array_equal(longer[:, pieces:-pieces], lines)
    for inner, outer in ((lines[:, :2], longer[:, :pieces][:, ::-1]), (lines[:, :-3:-1], longer[:, -pieces:])):
        step = inner[:, 0] - inner[:, 1]
        for k in range(pieces):
            np.testing.assert_allclose(outer[:, k] - inner[:, 0], (k + 1) / pieces * OVERHANG * 4 * step)
