import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import pattern
from warp_fabric.weave.patterns.basket import basket


def test_groups_of_two():
    pick, end = np.ogrid[:8, :8]
    np.testing.assert_array_equal(basket(2, 2).repeated(8, 8).drawdown, (end // 2 + pick // 2) % 2 == 0)


def test_uneven_groups():
    expected = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)
    np.testing.assert_array_equal(pattern("basket31").drawdown, expected)


def test_impossible():
    with pytest.raises(DraftError, match="second group"):
        basket(2, 0)
