import numpy as np
import pytest
from waving_cloth import waving

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.detail import COARSEST, FINEST, MOST_PIECES, NEAR, samples_for, window_around, worth_yarns


class Made:
    def __init__(self, piece_count, fixed=False):
        self.piece_count, self.fixed_samples = piece_count, fixed


@pytest.mark.parametrize(
    ("counts", "samples"),
    [
        ([100], FINEST),
        ([2 * 100 * 99], 3),
        ([2 * 100 * 99] * 2, 0),
        ([MOST_PIECES // COARSEST], COARSEST),
        ([MOST_PIECES // COARSEST + 1], 0),
    ],
)
def test_so_many_pieces_as_can_be_drawn(counts, samples):
    assert samples_for([Made(each) for each in counts]) == samples


def test_curves_of_files_are_as_they_are():
    assert samples_for([Made(10 * MOST_PIECES, True)]) == FINEST
    assert samples_for([Made(MOST_PIECES, True), Made(1000)]) == 0


def test_small_cloth_is_drawn_finely():
    assert samples_for([Cloth(waving(), "run")]) == FINEST


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("crossing", [(0, 0), (150, 20), (299, 399)])
def test_a_window_has_the_crossing_and_whole_cells(crossing, step):
    grid = (300, 400)
    for at, count, part in zip(crossing, grid, window_around(crossing, grid, step)):
        assert part.start <= at < part.stop <= count
        assert part.start % step == 0
        assert part.stop % step == 0 or part.stop == count
        assert part.stop - part.start >= NEAR - step


def test_a_window_of_small_cloth_is_all_of_it():
    assert window_around((2, 3), (6, 5), 1) == (slice(0, 6), slice(0, 5))


def test_yarns_are_worth_it_where_they_can_be_told_apart():
    view = np.radians(40)
    assert worth_yarns(1.0, 0.02, view)
    assert not worth_yarns(10.0, 0.02, view)
