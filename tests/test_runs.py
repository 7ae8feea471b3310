"""Runs of yarn as rows of arrays."""

import numpy as np
import pytest
from cut_cloth import disc
from cut_run import SHAPES

from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.runs import Runs


def stretches(present: np.ndarray, axis: int) -> list[tuple[int, int, int]]:
    """Yarn, first crossing and number of crossings of each of two or more, crossing by crossing."""
    found = []
    for yarn, there in enumerate(present if axis == ALONG_PICK else present.T):
        run = 0
        for at, here in enumerate([*there, False]):
            if here:
                run += 1
            elif run:
                found += [(yarn, at - run, run)] if run > 1 else []
                run = 0
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [ALONG_PICK, ALONG_END])
def test_runs_are_all_stretches_with_a_length(shape, axis):
    runs = Runs.of(Layout(SHAPES[shape]), axis)
    found = zip(runs.yarn.tolist(), runs.first.tolist(), runs.crossings.tolist())
    assert [*found] == stretches(SHAPES[shape], axis)
    assert not runs.whole


@pytest.mark.parametrize("samples", [1, 4])
def test_rows_are_the_values_of_each_run_and_then_its_last(samples):
    runs = Runs.of(Layout(disc(9, 3.0)), ALONG_PICK)
    values = np.random.default_rng(1).normal(size=(9, 8 * samples + 1, 2))
    rows, there = runs.rows(values, samples), runs.there(samples)
    assert rows.shape[:2] == there.shape == (len(runs), 8 * samples + 1)
    for row, own, yarn, first, count in zip(rows, there, runs.yarn, runs.first, runs.crossings):
        wanted = values[yarn, samples * first : samples * (first + count - 1) + 1]
        np.testing.assert_array_equal(row[own], wanted)
        np.testing.assert_array_equal(row[~own], np.broadcast_to(wanted[-1], row[~own].shape))
    np.testing.assert_array_equal(runs.there(samples, 2).sum(axis=1), runs.points(samples) + 2)


def test_whole_yarns_are_their_arrays():
    runs, values = Runs.of(Layout.full(3, 5), ALONG_END), np.zeros((5, 9, 3))
    assert runs.rows(values, 4) is values
    assert runs.there(4).all()
    assert len(Runs.of(Layout.full(1, 5), ALONG_END)) == 0


def test_some_of_them():
    runs = Runs.of(Layout(disc(9, 3.0)), ALONG_PICK)
    part = runs.part(runs.yarn == 4)
    assert (part.yarn.tolist(), part.first.tolist(), part.crossings.tolist()) == ([4, 4], [0, 6], [3, 3])


@pytest.mark.parametrize("copies", [1, 3])
def test_one_behind_the_other(copies):
    for layout in (Layout(disc(9, 3.0)), Layout.full(4, 6)):
        runs = Runs.of(layout, ALONG_PICK)
        rows = np.repeat(np.random.default_rng(1).normal(size=(*runs.there(4, 2).shape, 2)), copies, axis=0)
        wanted = [row[:count] for row, count in zip(rows, np.repeat(runs.points(4) + 2, copies))]
        np.testing.assert_array_equal(runs.flat(rows, 4, 2, copies), np.concatenate(wanted))
