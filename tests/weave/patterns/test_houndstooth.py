import numpy as np

from warp_fabric.weave import pattern
from warp_fabric.weave.patterns.houndstooth import houndstooth


def test_two_colours_by_fours_on_a_twill():
    draft = pattern("houndstooth")
    np.testing.assert_array_equal(draft.drawdown, pattern("twill22").repeated(8, 8).drawdown)
    assert draft.end_colors == draft.pick_colors
    assert len(set(draft.end_colors[:4])) == len(set(draft.end_colors[4:])) == 1
    assert draft.end_colors[0] != draft.end_colors[4]


def test_the_teeth():
    """Where four meet four of the same colour the cloth is solid; elsewhere it shows the twill."""
    draft = houndstooth(dark="#000000", light="#ffffff")
    dark = np.where(draft.drawdown, np.array(draft.end_colors)[None], np.array(draft.pick_colors)[:, None]) == "#000000"
    assert dark[:4, :4].all()
    assert not dark[4:, 4:].any()
    np.testing.assert_array_equal(dark[4:, :4], draft.drawdown[4:, :4])
    np.testing.assert_array_equal(dark[:4, 4:], ~draft.drawdown[:4, 4:])
