import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import analyse, pattern
from warp_fabric.weave.patterns.herringbone import herringbone
from warp_fabric.weave.patterns.twill import twill


@pytest.mark.parametrize("width", [4, 5, 8, 11])
def test_a_twill_one_way_then_the_other_with_a_clean_break(width):
    table = herringbone(width).drawdown
    np.testing.assert_array_equal(table[:, :width], twill(2, 2).repeated(4, width).drawdown)
    for left, right in ((width - 1, width), (2 * width - 1, 0)):
        np.testing.assert_array_equal(table[:, left], ~table[:, right])
    steps = [bool((np.roll(table[:, end], 1) == table[:, end + 1]).all()) for end in range(width, 2 * width - 1)]
    assert steps == [True] * (width - 1)


def test_no_float_is_longer_than_in_the_twill():
    analysis = analyse(pattern("herringbone"))
    assert (analysis.longest_end_float, analysis.longest_pick_float) == (2, 2)


def test_widths():
    assert pattern("herringbone12").end_count == 24
    with pytest.raises(DraftError, match="width is 1"):
        pattern("herringbone1")
