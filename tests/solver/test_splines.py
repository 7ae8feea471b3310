"""Smooth functions on a row of points."""

import numpy as np
import pytest

from warp_fabric.solver.splines import ORDER, splines_on

COUNTS = [1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 17, 30, 101]
each_count = pytest.mark.parametrize("count", COUNTS)
each_spacing = pytest.mark.parametrize("spacing", [2.0, 4.0, 8.0])


@each_count
@each_spacing
def test_they_add_up_to_one(count, spacing):
    values = splines_on(count, spacing).values()
    assert values.shape[0] == count
    assert (values >= 0.0).all()
    np.testing.assert_allclose(values.sum(axis=1), 1.0, rtol=1e-14)


@each_count
@each_spacing
def test_no_two_motions_are_the_same(count, spacing):
    """W has full rank, and not by a hair: or Galerkin's matrix would be singular."""
    splines = splines_on(count, spacing)
    singular = np.linalg.svd(splines.values(), compute_uv=False)
    assert len(singular) == splines.functions <= max(count, ORDER)
    assert singular[-1] > 1e-3 * singular[0]


@each_count
def test_the_weights_are_the_values(count):
    """At each point four functions from `first` on, all there are."""
    splines = splines_on(count, 4.0)
    values = splines.values()
    for point in range(count):
        for k in range(ORDER):
            function = splines.first[point] + k
            if function < splines.functions:
                assert values[point, function] == splines.weight[point, k]
            else:
                assert splines.weight[point, k] == 0.0
    assert np.count_nonzero(values) == np.count_nonzero(splines.weight)


@each_count
@each_spacing
def test_spans_hold_all_that_is_not_zero_and_no_more(count, spacing):
    splines = splines_on(count, spacing)
    for function, (start, end) in enumerate(splines.span):
        points = np.flatnonzero(splines.values()[:, function])
        assert (points[0], points[-1] + 1) == (start, end)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_points_have_a_function_each(count):
    np.testing.assert_array_equal(splines_on(count, 4.0).values(), np.eye(count))


@pytest.mark.parametrize("count", [c for c in COUNTS if c > ORDER])
@each_spacing
def test_cubics_are_among_them(count, spacing):
    """Straight lines, parabolas and cubics: rows that shift, turn and bow."""
    splines = splines_on(count, spacing)
    t = np.linspace(-1.0, 1.0, count)
    for power in range(4):
        fitted, *_ = np.linalg.lstsq(splines.values(), t**power, rcond=None)
        np.testing.assert_allclose(splines.values() @ fitted, t**power, atol=1e-11)


@pytest.mark.parametrize(("count", "spacing", "functions"), [(5, 4.0, 4), (6, 4.0, 4), (8, 4.0, 5), (41, 4.0, 13)])
def test_how_many_functions(count, spacing, functions):
    """One more for each interval than for one, and three for the ends."""
    assert splines_on(count, spacing).functions == functions


def test_they_are_the_same_from_both_ends():
    values = splines_on(23, 4.0).values()
    np.testing.assert_allclose(values, values[::-1, ::-1], atol=1e-15)


def test_they_are_smooth():
    """On a fine row of points: the values and two derivatives change in small steps from point to point."""
    values = splines_on(4001, 1000.0).values()
    spacing = 1e-3  # in intervals
    for derivative, largest in enumerate((2.0 / 3.0, 2.0, 3.0)):
        slopes = np.diff(values, n=derivative, axis=0) / spacing**derivative
        assert np.abs(np.diff(slopes, axis=0)).max() < 1.01 * largest * spacing
