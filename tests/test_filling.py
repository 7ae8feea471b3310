"""Values where cloth is cut away: those that are least curved."""

import numpy as np
import pytest
from cut_cloth import diagonal, disc

from warp_fabric.filling import filled
from warp_fabric.layout import Layout

LINES = (np.array([0, 2, 3, 5, 7, 8, 11, 12, 14]), np.array([0, 1, 3, 4, 6, 8, 9, 12, 13]))


def surface(bend: float) -> np.ndarray:
    j, i = np.meshgrid(*LINES, indexing="ij")
    return np.stack([i + 0.5 * j, 3.0 - 0.2 * i + 0.1 * j + bend * np.sin(0.2 * i) * np.cos(0.15 * j)], axis=-1)


@pytest.mark.parametrize("present", [disc(9, 3.0), diagonal(9, 5)], ids=["ring", "strip"])
def test_what_is_flat_goes_on_flat(present):
    layout, whole = Layout(present), surface(0.0)
    np.testing.assert_allclose(filled(LINES, whole[layout.present], layout), whole, atol=1e-7)


def test_what_is_bent_is_bent_on():
    layout, whole = Layout(disc(9, 3.0)), surface(0.5)
    found = filled(LINES, whole[layout.present], layout)
    np.testing.assert_array_equal(found[layout.present], whole[layout.present])
    assert np.abs(found - whole).max() < 0.1


def test_of_a_whole_grid_nothing_is_filled():
    whole = surface(0.5)
    np.testing.assert_array_equal(filled(LINES, whole.reshape(-1, 2), Layout.full(9, 9)), whole)
