"""Pictures of a cloth's face."""

import numpy as np
import pytest

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.weave.face_picture import INK, PAPER, UNKNOWN, face, palette, swatch, yarn_rgb
from warp_fabric.weave import pattern

COLORS = ("#ff0000", "#0000ff")


def woven(view: str, cell: int = 8) -> np.ndarray:
    rgb = palette(COLORS)
    drawdown = np.array([[True, False], [False, False]])
    return face(drawdown, rgb[[0, 0]], rgb[[1, 1]], cell, view)


def test_colour_is_that_of_the_yarn_on_top():
    picture = woven("COLOR")
    assert picture.shape == (16, 16, 3)
    assert (picture[:8, :8] == (1, 0, 0)).all()
    assert (picture[8:] == (0, 0, 1)).all()


def test_structure_is_black_where_the_end_is_on_top():
    picture = woven("STRUCTURE")
    assert picture[0, 0] == pytest.approx(INK)
    assert picture[-1, -1] == pytest.approx(PAPER)


def test_interlacement_shows_the_yarn_below_beside_the_yarn_on_top():
    picture = woven("INTERLACEMENT")
    end_on_top, pick_on_top = picture[:8, :8], picture[:8, 8:]
    assert end_on_top[4, 4, 0] > 0.9
    assert end_on_top[4, 4, 2] == 0  # the end, in its middle
    assert end_on_top[4, 0, 2] > 0  # the pick, left of it
    assert (pick_on_top[4, :, 2] > 0.9).all()
    assert pick_on_top[0, 4, 0] > 0


def test_small_cells_have_no_room_for_yarns_below():
    assert (woven("INTERLACEMENT", 3) == woven("COLOR", 3)).all()


@pytest.mark.parametrize(("name", "shape"), [("plain", (64, 64)), ("satin5", (60, 60)), ("waffle", (64, 64))])
def test_a_swatch_repeats_small_weaves(name, shape):
    assert swatch(Weave.of(pattern(name)), COLORS, 64, "COLOR").shape == (*shape, 3)


def test_a_swatch_of_a_weave_larger_than_the_picture():
    weave = Weave.of(pattern("plain").repeated(300, 500))
    assert swatch(weave, COLORS, 256, "INTERLACEMENT").shape == (256, 256, 3)


def test_yarns_that_are_not_in_the_list_are_grey():
    assert yarn_rgb((1, 7), palette(COLORS)).tolist() == [[0, 0, 1], list(UNKNOWN)]
    assert swatch(Weave.of(pattern("plain")), (), 32, "COLOR")[0, 0] == pytest.approx(UNKNOWN)
