import numpy as np
import pytest
from waving_cloth import waving

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.color_scale import ColorScale
from warp_fabric.viewer.detail import FINEST
from warp_fabric.viewer.painter import Look, paint
from warp_fabric.viewer.quantities import named

CENTRE = np.zeros(3)
SCALE = ColorScale(named("compression"), 0.0, 1e-3)


@pytest.fixture
def cloth():
    return Cloth(waving(fabric__weave="twill31"), "run")


def test_yarns_in_the_draft_s_colours(cloth):
    painting = paint(cloth, 0, Look(samples=2), CENTRE, 1.0)
    assert [len(each.position) for each in painting.yarns] == [5 * 12, 6 * 10]
    np.testing.assert_allclose(painting.yarns[0].color, np.tile(cloth.fabric.end_color[0], (60, 1)), rtol=1e-6)
    assert not painting.patches


def test_yarns_by_a_quantity(cloth):
    ends, picks = paint(cloth, 4, Look(SCALE, samples=2), CENTRE, 1.0).yarns
    lowest, highest = SCALE.colors(np.array([0.0, 8e-4]))
    np.testing.assert_allclose(picks.color[0], lowest, rtol=1e-6)  # the border is not pressed
    inner = picks.color.reshape(6, 10, 3)[2]
    np.testing.assert_allclose(inner[7], highest, rtol=1e-6)  # at the last but one end
    assert ends.color.shape == ends.position.shape


def test_one_colour_for_all(cloth):
    for samples in (2, 0):
        painting = paint(cloth, 4, Look(tint=(0.1, 0.2, 0.3), samples=samples), CENTRE, 1.0)
        colors = np.concatenate([painting.colors, *(each.color for each in painting.yarns)])
        np.testing.assert_allclose(colors, np.tile([0.1, 0.2, 0.3], (len(colors), 1)), rtol=1e-6)


def test_a_surface_shows_the_yarns_on_top_from_either_side(cloth):
    painting = paint(cloth, 0, Look(samples=0), CENTRE, 1.0)
    assert not painting.yarns
    cells = {
        (patch.side, tuple(color.round(6))): len(patch.faces) // 2
        for color, patch in zip(painting.colors, painting.patches)
    }
    fabric = cloth.fabric
    end, pick = tuple(fabric.end_color[0].round(6)), tuple(fabric.pick_color[0].round(6))
    ends_on_top = int(fabric.drawdown.sum())
    assert ends_on_top != 15
    assert cells["front", end] == cells["back", pick] == ends_on_top
    assert cells["front", pick] == cells["back", end] == 30 - ends_on_top


def test_a_surface_by_a_quantity(cloth):
    painting = paint(cloth, 4, Look(SCALE, samples=0), CENTRE, 1.0)
    assert sum(len(each.faces) for each in painting.patches) == 2 * 30
    assert len(painting.patches[0].faces) == 2 * 18  # the border


def test_yarns_stand_in_a_hole_of_the_surface(cloth):
    painting = paint(cloth, 4, Look(samples=0, window=np.s_[1:4, 0:3]), CENTRE, 1.0)
    assert sum(len(each.faces) for each in painting.patches if each.side == "front") == 2 * (30 - 9)
    assert [len(each.position) for each in painting.yarns] == [3 * (2 * FINEST + FINEST)] * 2
