"""The curve of losses falls where they fall, and is drawn anew only where they change."""

import math

import numpy as np
import pytest

from blender_addon.fit import loss_picture
from blender_addon.fit.loss_picture import LINE, SIZE, drawn


def heights(picture: np.ndarray) -> np.ndarray:
    """The middle row of the line in each column that it crosses."""
    on = (picture == np.float32(LINE)).all(axis=-1)
    return np.array([np.flatnonzero(column).mean() for column in on.T if column.any()])


def test_a_falling_curve():
    picture = drawn([1e-4, 1e-5, 1e-6, 1e-8])
    assert picture.shape == (SIZE, SIZE, 4)
    line = heights(picture)
    assert (np.diff(line) < 3).all()
    assert line[0] > 0.9 * SIZE
    assert line[-1] < 0.1 * SIZE
    assert (picture[..., 3] > 0).any(axis=1).sum() > 5


@pytest.mark.parametrize("losses", [[], [math.nan], [0.0], [math.inf, None]])
def test_nothing_to_draw(losses):
    assert not drawn(losses).any()


@pytest.mark.parametrize(
    "losses", [[1e-5], [1e-5, 1e-5], [1e-5, math.nan, 1e-7], [10.0 ** -(k % 30) for k in range(500)]]
)
def test_any_losses_can_be_drawn(losses):
    assert np.isfinite(drawn(losses)).all()


def test_an_icon_is_kept_until_losses_change(addon):
    first = loss_picture.icon("one", [1e-4, 1e-5])
    assert loss_picture.icon("one", [1e-4, 1e-5]) == first
    preview = loss_picture.pictures.previews["one"]
    before = np.array(preview.image_pixels_float[:])
    np.testing.assert_allclose(before, drawn([1e-4, 1e-5]).ravel(), atol=0.01)
    loss_picture.icon("one", [1e-4, 1e-9])
    assert not np.array_equal(before, np.array(preview.image_pixels_float[:]))
    loss_picture.icon("other", [1e-4])
    assert {*loss_picture.pictures.previews} == {"one", "other"}
