import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import analyse, pattern
from warp_fabric.weave.patterns.twill import twill


def test_convention():
    pick, end = np.ogrid[:9, :9]
    np.testing.assert_array_equal(pattern("twill22").repeated(9, 9).drawdown, (end + pick) % 4 < 2)


@pytest.mark.parametrize(("over", "under"), [(1, 3), (3, 1), (3, 5), (10, 2)])
def test_any_ratio(over, under):
    draft = pattern(f"twill{over}/{under}")
    analysis = analyse(draft)
    assert draft == twill(over, under)
    assert analysis.end_share == over / (over + under)
    assert set(analysis.end_floats) == set(analysis.pick_floats) == {max(over, under)}


def test_directions_are_mirror_images():
    np.testing.assert_array_equal(twill(3, 1, "s").drawdown[::-1], np.roll(twill(3, 1, "z").drawdown, -1, axis=0))
    assert pattern("twill31s") == twill(3, 1, "s")
    assert pattern("twill31z") == twill(3, 1)


def test_straight_threading_and_treadling():
    draft = twill(2, 1)
    assert draft.threading.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(draft.treadling, np.eye(3, dtype=bool))


@pytest.mark.parametrize("arguments", [(0, 2), (2, 100), (2, 2.0), (2, 2, "left")])
def test_impossible(arguments):
    with pytest.raises(DraftError):
        twill(*arguments)
