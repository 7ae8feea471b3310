import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave.numbers import MAX_CELLS, MAX_YARNS, check_number, check_size, members, number_sets


def test_numbers_within_bounds_pass():
    assert check_number("a float", np.int64(3), 1, 3) == 3
    check_size(MAX_CELLS // 1024, 1024, "here")


@pytest.mark.parametrize("value", [0, 4, True, 2.0, "2", None])
def test_other_numbers_do_not(value):
    with pytest.raises(DraftError, match="a float is") as caught:
        check_number("a float", value, 1, 3)
    assert "1 to 3" in caught.value.fix


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (MAX_YARNS + 1, 1), (MAX_YARNS, MAX_YARNS)])
def test_sizes_out_of_bounds(size):
    with pytest.raises(DraftError, match="out of bounds"):
        check_size(*size, "here")


def test_number_sets_take_numbers_and_lists():
    assert number_sets("treadling", [1, [2, 3], (), np.array([0])]) == [[1], [2, 3], [], [0]]
    assert number_sets("threading", np.array([1, 2])) == [[1], [2]]


@pytest.mark.parametrize("value", [None, 3, "12", [], [1, "2"], [-1], [MAX_YARNS + 1], [[1.0]], [None]])
def test_number_sets_refuse_the_rest(value):
    with pytest.raises(DraftError, match="draft, treadling"):
        number_sets("treadling", value)


def test_members_make_a_table_in_which_zero_is_none():
    expected = np.array([[1, 0, 1], [0, 0, 0]], dtype=bool)
    np.testing.assert_array_equal(members({1: {0, 1, 3}, 2: [0]}, 2, 3, "here"), expected)


@pytest.mark.parametrize("sets", [{3: [1]}, {0: [1]}, {1: [4]}, {1: [-1]}])
def test_members_outside_the_table(sets):
    with pytest.raises(DraftError, match="is out of range"):
        members(sets, 2, 3, "here")
