import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import analyse, pattern
from warp_fabric.weave.patterns.waffle import waffle


@pytest.mark.parametrize("shafts", [4, 5, 7])
def test_ridges_of_long_floats_around_cells(shafts):
    draft = waffle(shafts)
    analysis = analyse(draft)
    repeat = 2 * (shafts - 1)
    assert (draft.end_count, draft.pick_count) == (repeat, repeat)
    assert analysis.is_one_cloth
    # Floats shrink from the ridge's yarn to the cell's edge: this makes the relief.
    assert analysis.longest_pick_float == repeat - 1
    assert len(set(analysis.pick_floats)) > 2


def test_the_usual_one_by_hand():
    expected = ["#.#####.", ".#.###.#", "..#.#.#.", "...#.#..", "....#...", "...#.#..", "..#.#.#.", ".#.###.#"]
    np.testing.assert_array_equal(pattern("waffle").drawdown, np.array([[m == "#" for m in row] for row in expected]))
    assert pattern("honeycomb") == pattern("waffle5") == pattern("waffle")


def test_too_few_shafts():
    with pytest.raises(DraftError):
        pattern("waffle3")
