import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import analyse, pattern
from warp_fabric.weave.patterns.point_twill import point_twill


def test_the_lines_turn_at_the_points():
    draft = pattern("pointtwill22")
    assert draft.threading.tolist() == [1, 2, 3, 4, 3, 2]
    table = draft.drawdown
    np.testing.assert_array_equal(table, np.roll(table[:, ::-1], 1, axis=1))  # mirrored about end 1
    assert analyse(draft).longest_pick_float == 3  # at the points


def test_any_ratio():
    assert pattern("pointtwill13") == point_twill(1, 3)
    assert analyse(point_twill(1, 3)).end_share == 0.25
    with pytest.raises(DraftError):
        pattern("pointtwill03")
