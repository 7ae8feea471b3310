"""Index tables of coarse grids: numbers count through all fabrics, and terms are those of Galerkin's product."""

from itertools import pairwise

import numpy as np
import pytest
import warp as wp

from warp_fabric.layout import Layout
from warp_fabric.solver.coarse_tables import (
    CROSSINGS,
    REACH,
    WIDTH,
    across,
    along,
    functions_of,
    terms_of,
)
from warp_fabric.solver.splines import splines_on

SHAPES = [(1, 7), (12, 9), (2, 2), (9, 14)]


def test_functions_count_through_all_fabrics(device):
    rows = [splines_on(picks, 4.0) for picks, _ in SHAPES]
    columns = [splines_on(ends, 4.0) for _, ends in SHAPES]
    tables = functions_of([Layout.full(*shape) for shape in SHAPES], rows, columns, wp.get_device(device))
    point, function, strip = tables.place.numpy(), tables.function.numpy(), tables.strip.numpy()
    assert len(point) == sum(picks * ends for picks, ends in SHAPES)
    assert len(function) == sum(a.functions * b.functions for a, b in zip(rows, columns))
    at = {"point": 0, "row": 0, "column": 0, "function": 0, "strip": 0}
    for fabric, ((picks, ends), row, column) in enumerate(zip(SHAPES, rows, columns)):
        a, b = row.functions, column.functions
        expected = [at["point"], picks, ends, at["row"], at["column"], at["function"], a, b]
        np.testing.assert_array_equal(tables.fabric.numpy()[fabric], expected)
        assert tables.strip_start.numpy()[fabric] == at["strip"]
        mine = point[at["point"] : at["point"] + picks * ends]
        np.testing.assert_array_equal(mine[0], [fabric, at["row"], at["column"]])
        np.testing.assert_array_equal(mine.max(axis=0) - mine.min(axis=0), [0, picks - 1, ends - 1])
        np.testing.assert_array_equal(function[at["function"]], [fabric, 0, 0])
        np.testing.assert_array_equal(function[at["function"] + a * b - 1], [fabric, a - 1, b - 1])
        np.testing.assert_array_equal(strip[at["strip"] + picks * b - 1], [fabric, picks - 1, b - 1])
        sizes = {"point": picks * ends, "row": picks, "column": ends, "function": a * b, "strip": picks * b}
        at = {name: start + sizes[name] for name, start in at.items()}
    np.testing.assert_array_equal(
        tables.row_span.numpy()[tables.row_function_start.numpy()[1] :][: rows[1].functions], rows[1].span
    )
    np.testing.assert_array_equal(tables.column_weight.numpy()[SHAPES[0][1] :][: SHAPES[1][1]], columns[1].weight)


@pytest.mark.parametrize("count", [1, 3, 5, 12, 30])
def test_terms_along_a_row(count):
    """For each coupling of points, what it adds to each pair of functions: W' S W of a random band matrix."""
    splines, rng = splines_on(count, 4.0), np.random.default_rng(11)
    w = splines.values()
    depth = 1 + max(dj for dj, _ in CROSSINGS)
    blocks = {slot: rng.standard_normal(count) for slot in CROSSINGS.values()}
    sums = np.zeros((depth, WIDTH, splines.functions))
    for entry, slot, weights in along(splines):
        dj, k = divmod(entry, WIDTH)
        sums[dj, k] += blocks[slot] @ weights
    for dj in range(depth):
        matrix = np.zeros((count, count))
        for (step, de), slot in CROSSINGS.items():
            if step == dj and (step, de) >= (0, 0):
                for e in range(max(0, -de), min(count, count - de)):
                    matrix[e, e + de] += (0.5 if (step, de) == (0, 0) else 1.0) * blocks[slot][e]
        expected = w.T @ matrix @ w
        for b in range(splines.functions):
            for db in range(-REACH, REACH + 1):
                if 0 <= b + db < splines.functions:
                    np.testing.assert_allclose(sums[dj, db + REACH, b], expected[b, b + db], atol=1e-12)
        far = np.abs(np.subtract.outer(range(splines.functions), range(splines.functions))) > REACH
        np.testing.assert_allclose(expected[far], 0.0, atol=1e-15)  # nothing is left out


@pytest.mark.parametrize("count", [1, 4, 9, 30])
def test_terms_across(count):
    splines, rng = splines_on(count, 4.0), np.random.default_rng(12)
    w = splines.values()
    for dj, strip in enumerate(rng.standard_normal((3, count))):
        found = np.zeros((splines.functions, WIDTH))
        for entry, slot, weights in across(splines, 3):
            if slot == dj:
                found[:, entry] += strip @ weights
        expected = w.T @ (np.eye(count, k=dj) * strip[:, None]) @ w
        for a in range(splines.functions):
            for da in range(-REACH, REACH + 1):
                if 0 <= a + da < splines.functions:
                    assert found[a, da + REACH] == pytest.approx(expected[a, a + da], abs=1e-12)


def test_terms_are_sorted_by_function_and_entry(device):
    """Rows of fabrics follow each other; weights that are zero take no place."""
    weights = np.array([[0.0, 2.0], [3.0, 4.0]])
    two = [splines_on(2, 4.0), splines_on(2, 4.0)]
    given = {id(two[0]): [(1, 7, weights), (0, 5, weights)], id(two[1]): [(2, 6, weights)]}
    terms = terms_of(two, lambda each: given[id(each)], 3, wp.get_device(device))
    np.testing.assert_array_equal(terms.first.numpy(), [0, 2])
    assert terms.width == 3
    offset = terms.offset.numpy()
    rows = [
        [*zip(*(column.numpy()[a:b].tolist() for column in (terms.point, terms.slot, terms.weight)))]
        for a, b in pairwise(offset)
    ]
    first, second = [(1, 5, 3.0)], [(1, 7, 3.0)]
    third, fourth = [(0, 5, 2.0), (1, 5, 4.0)], [(0, 7, 2.0), (1, 7, 4.0)]
    assert rows == [first, second, [], third, fourth, [], [], [], [(1, 6, 3.0)], [], [], [(0, 6, 2.0), (1, 6, 4.0)]]


def test_fabrics_of_one_size_share_the_work(device):
    """Hundreds of small ones side by side are no more work than one of each size."""
    small, large, asked = splines_on(5, 4.0), splines_on(9, 4.0), []

    def terms(splines):
        asked.append(splines)
        return across(splines, 3)

    found = terms_of([small, large, small], terms, WIDTH, wp.get_device(device))
    assert asked == [small, large]
    apart = terms_of([small, large, splines_on(5, 4.0)], lambda each: across(each, 3), WIDTH, wp.get_device(device))
    for name in ("first", "offset", "point", "slot", "weight"):
        np.testing.assert_array_equal(getattr(found, name).numpy(), getattr(apart, name).numpy())
