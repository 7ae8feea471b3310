import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import analyse, pattern
from warp_fabric.weave.patterns.rib import end_rib, pick_rib


def test_ends_float_in_a_warp_rib_and_picks_in_a_weft_rib():
    along, across = analyse(end_rib(3, 2)), analyse(pick_rib(3, 2))
    assert (along.longest_end_float, along.longest_pick_float) == (3, 1)
    assert (across.longest_end_float, across.longest_pick_float) == (1, 3)


def test_one_is_the_other_turned():
    np.testing.assert_array_equal(pattern("warprib23").drawdown, pattern("weftrib23").drawdown.T)


def test_rib_alone_is_the_usual_one():
    assert pattern("rib") == pattern("warprib") == pattern("warprib22")


@pytest.mark.parametrize("name", ["warprib0/2", "weftrib100/2"])
def test_impossible(name):
    with pytest.raises(DraftError, match="rib's first float"):
        pattern(name)
