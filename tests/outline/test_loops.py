"""Loops: what is wrong with them and where, and paths that make them."""

import numpy as np
import pytest

from warp_fabric.errors import SceneError
from warp_fabric.outline.loops import box, checked_loops, closed_loops, without_repeats

CELL = 0.42e-3**2
SQUARE = np.array([(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1)])


@pytest.mark.parametrize(
    "loops",
    [
        [SQUARE],
        [SQUARE[::-1]],
        [np.concatenate([SQUARE, SQUARE[:1]])],
        [SQUARE, 0.5 * SQUARE + 0.02],  # a hole
        [SQUARE, 0.5 * SQUARE + (0.1, 0.02)],  # edges that touch, from outside
        [SQUARE, 0.5 * SQUARE],  # and from inside
        [SQUARE, 0.5 * SQUARE + 0.1],  # corners that touch
        [SQUARE, 0.8 * SQUARE + 0.01, 0.5 * SQUARE + 0.02],
    ],
)
def test_loops_that_bound_an_area(loops):
    for given, checked in zip(loops, checked_loops(loops, CELL), strict=True):
        assert np.array_equal(checked, given[:4])


@pytest.mark.parametrize(
    ("loops", "where", "says"),
    [
        ([SQUARE[[0, 1, 3, 2]]], "[0]", r"loop 0 crosses or touches itself at \(50, 50\) mm"),
        ([SQUARE, 0.5 * SQUARE + (0.07, 0.02)], "[1]", r"loops 0 and 1 cross at \(100, (20|70)\) mm"),
        ([SQUARE, 0.1 * SQUARE + 0.2, SQUARE[::-1]], "[2]", "loops 0 and 2 are the same"),
        (
            [SQUARE, 3e-3 * SQUARE + 0.02],
            "[1]",
            r"loop 1 at \(20, 20\) mm encloses 0.09 mm2, less than a cell .* 0.176 mm2",
        ),
        ([SQUARE[[0, 1]]], "[0]", "2 different points"),
        ([SQUARE[[0, 0, 0]]], "[0]", "0 different points"),
        ([np.empty((0, 2))], "[0]", "0 different points"),
        ([SQUARE[[0, 1, 0, 1]]], "[0]", "crosses or touches itself"),
        ([], None, "no loops"),
    ],
)
def test_loops_that_bound_none(loops, where, says):
    with pytest.raises(SceneError, match=says) as caught:
        checked_loops(loops, CELL)
    assert caught.value.where == where
    assert caught.value.fix


def test_open_paths_that_meet_make_loops():
    closed = np.array([(1, 1), (2, 1), (2, 2), (1, 1)], float)
    pieces = [
        np.array(each, float)
        for each in ([(0, 0), (0.1, 0)], [(0.1, 0.1), (0.1, 5e-6)], [(0, 0), (0, 0.1), (0.1, 0.1)])
    ]
    stray = np.array([(5, 5), (6, 6), (7, 5)], float)
    found = closed_loops([pieces[0], closed, stray, *pieces[1:]])
    assert [len(loop) for loop in found] == [3, 4]
    assert np.array_equal(found[0], closed[:3])
    assert {*map(tuple, found[1].tolist())} == {(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1)}
    assert closed_loops([pieces[0], stray]) == []
    assert closed_loops([]) == []


def test_points_that_repeat_count_once():
    loop = np.array([(0, 0), (0, 0), (1, 0), (1, 1), (1, 1), (0, 0)], float)
    assert np.array_equal(without_repeats(loop)[np.argsort(without_repeats(loop).sum(1))], [(0, 0), (1, 0), (1, 1)])


def test_the_box_of_all_loops():
    first, last = box([SQUARE, SQUARE - 0.3])
    assert np.array_equal([first, last], [(-0.3, -0.3), (0.1, 0.1)])
