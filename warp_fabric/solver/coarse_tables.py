"""Index tables of a coarse grid: its functions, the points they live on, and what its matrix adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import warp as wp
from numpy.typing import NDArray

from warp_fabric.layout import Layout
from warp_fabric.solver.splines import Splines
from warp_fabric.topology import OFFSETS
from warp_fabric.types import f64

REACH = 4
"""Functions couple with those up to this far away in each direction: 3, whose supports overlap, and 1 more since the
matrix couples crossings up to two steps apart."""
WIDTH = 2 * REACH + 1
STENCIL = WIDTH * WIDTH

LEAST = 0.02
"""A function whose largest value on a cut cloth is less is left out: it says nothing that its neighbours do not."""
RIDGE = 1.0e-10
"""On a piece with fewer crossings than functions some sums of these are 0 everywhere: their energy must not be."""

CROSSINGS = {offset: slot for slot, offset in enumerate(OFFSETS)}
"""Slots of the stencil matrix by (row, column) step."""


@wp.struct
class Functions:
    """The functions of all fabrics, and the points they live on, which are their grids' crossings, there or not; rows
    and columns are counted through all fabrics.

    Attributes (N nodes, F functions, P points, R rows, C columns of points; A rows, B columns of functions):
        place: [N, 3] fabric, row and column. node: [P] the node at a point, -1 where there is none.
        function: [F, 3] fabric, row and column of functions. kept: [F] whether it is worth something on any node.
        ridge: [fabrics] what is added to the matrix's diagonal, as a share of it.
        fabric: [fabrics, 8] first point, rows, columns, first row, first column, first function, rows and columns of
            functions.
        row_first, column_first: [R], [C] first function not zero there. row_weight, column_weight: [R, 4], [C, 4].
        row_span, column_span: [A, 2], [B, 2] points from and before which a function is not zero.
        strip: [S, 3] fabric, row of points, column of functions; strip_start: [fabrics] its first one.
        row_function_start, column_function_start: [fabrics] where its rows of `row_span` and `column_span` begin.
    """

    place: wp.array2d(dtype=wp.int32)
    node: wp.array(dtype=wp.int32)
    function: wp.array2d(dtype=wp.int32)
    kept: wp.array(dtype=wp.int32)
    ridge: wp.array(dtype=f64)
    fabric: wp.array2d(dtype=wp.int32)
    row_first: wp.array(dtype=wp.int32)
    column_first: wp.array(dtype=wp.int32)
    row_weight: wp.array2d(dtype=f64)
    column_weight: wp.array2d(dtype=f64)
    row_span: wp.array2d(dtype=wp.int32)
    column_span: wp.array2d(dtype=wp.int32)
    strip: wp.array2d(dtype=wp.int32)
    strip_start: wp.array(dtype=wp.int32)
    row_function_start: wp.array(dtype=wp.int32)
    column_function_start: wp.array(dtype=wp.int32)


@wp.struct
class Terms:
    """What a stage of the assembly adds up, as compressed rows: for a function and a neighbour, weights of the blocks
    `slot` of `point`. A fabric's rows begin at `first`, `width` for each function."""

    first: wp.array(dtype=wp.int32)
    width: int
    offset: wp.array(dtype=wp.int32)
    point: wp.array(dtype=wp.int32)
    slot: wp.array(dtype=wp.int32)
    weight: wp.array(dtype=f64)


FIRST_POINT, ROWS, COLUMNS, FIRST_ROW, FIRST_COLUMN, FIRST_FUNCTION, FUNCTION_ROWS, FUNCTION_COLUMNS = range(8)

Term = tuple[int, int, NDArray[np.float64]]
"""Entry, slot and weights [points, functions] of one kind of coupling."""


def along(splines: Splines) -> Iterator[Term]:
    """Stage 1: entries (dj, db), for columns of points and of functions.

    Half of a point's own block, and the blocks of the neighbours ahead; the other half of the matrix is its transpose.
    """
    for (dj, de), slot in CROSSINGS.items():
        if (dj, de) >= (0, 0):
            for db in range(-REACH, REACH + 1):
                yield dj * WIDTH + db + REACH, slot, (0.5 if slot == CROSSINGS[0, 0] else 1.0) * _pairs(splines, de, db)


def across(splines: Splines, depth: int) -> Iterator[Term]:
    """Stage 2: entries da, for rows of points and of functions; a slot is a step dj of rows."""
    for dj in range(depth):
        for da in range(-REACH, REACH + 1):
            yield da + REACH, dj, _pairs(splines, dj, da)


def _pairs(splines: Splines, step: int, other: int) -> NDArray[np.float64]:
    """The product of a function b at a point e and of function b + other at point e + step; [points, functions]."""
    values = splines.values()
    shifted = np.zeros_like(values)
    count, functions = values.shape
    e = slice(max(0, -step), min(count, count - step))
    b = slice(max(0, -other), min(functions, functions - other))
    if e.start < e.stop and b.start < b.stop:
        shifted[e, b] = values[e.start + step : e.stop + step, b.start + other : b.stop + other]
    return values * shifted


def terms_of(
    fabrics: list[Splines], terms: Callable[[Splines], Iterable[Term]], width: int, device: wp.Device
) -> Terms:
    """Terms of all fabrics; fabrics that share their splines share the work.

    Args:
        fabrics: Splines of one direction. terms: Terms of one of them. width: Entries of a function.
    """
    first = np.concatenate([[0], np.cumsum([each.functions for each in fabrics])])
    known: dict[int, list[NDArray]] = {}
    columns: list[list[NDArray]] = [[], [], [], []]
    for start, each in zip(first, fabrics):
        if id(each) not in known:
            known[id(each)] = _compressed(terms(each), width)
        row, *others = known[id(each)]
        for column, values in zip(columns, (start * width + row, *others)):
            column.append(values)
    row, point, slot, weight = (np.concatenate(column) for column in columns)
    order = np.lexsort((slot, point, row))
    made = Terms()
    made.width = width
    counts = np.bincount(row, minlength=int(first[-1]) * width)
    with wp.ScopedDevice(device):
        made.first = wp.array(first[:-1], dtype=wp.int32)
        made.offset = wp.array(np.concatenate([[0], np.cumsum(counts)]), dtype=wp.int32)
        made.point = wp.array(point[order], dtype=wp.int32)
        made.slot = wp.array(slot[order], dtype=wp.int32)
        made.weight = wp.array(weight[order], dtype=f64)
    return made


def _compressed(terms: Iterable[Term], width: int) -> list[NDArray]:
    """Row, point, slot and weight of each that is not zero; rows are counted from the first function's."""
    parts = []
    for entry, slot, weights in terms:
        point, function = np.nonzero(weights)
        parts.append((function * width + entry, point, np.full(len(point), slot), weights[point, function]))
    return [np.concatenate(column) for column in zip(*parts)]


def kept_functions(layout: Layout, row: Splines, column: Splines) -> NDArray[np.bool_]:
    """[A, B] the functions that are worth `LEAST` and more at any crossing that there is."""
    if layout.is_full:
        return np.ones((row.functions, column.functions), bool)
    along, across = column.values(), row.values()
    found = np.zeros((row.functions, column.functions))
    for at, crossings in zip(across, layout.present):
        if crossings.any():
            np.maximum(found, at[:, None] * along[crossings].max(axis=0), out=found)
    return found >= LEAST


def functions_of(
    layouts: Sequence[Layout], rows: list[Splines], columns: list[Splines], device: wp.Device
) -> Functions:
    """Of fabrics, with the splines along their picks and ends."""
    places, nodes, kept, functions, fabrics, strips = [], [], [], [], [], []
    starts = dict.fromkeys(("node", "point", "row", "column", "function", "a", "b", "strip"), 0)
    first: dict[str, list[int]] = {"strip": [], "a": [], "b": []}
    for k, (layout, row, column) in enumerate(zip(layouts, rows, columns)):
        (picks, ends), a, b = layout.shape, row.functions, column.functions
        nodes.append(np.where(layout.node < 0, -1, starts["node"] + layout.node).ravel())
        j, e = layout.crossing.T
        places.append(np.stack([np.full(layout.count, k), starts["row"] + j, starts["column"] + e], axis=1))
        kept.append(kept_functions(layout, row, column).ravel())
        u, v = np.indices((a, b)).reshape(2, -1)
        functions.append(np.stack([np.full(a * b, k), u, v], axis=1))
        u, v = np.indices((picks, b)).reshape(2, -1)
        strips.append(np.stack([np.full(picks * b, k), u, v], axis=1))
        fabrics.append([starts["point"], picks, ends, starts["row"], starts["column"], starts["function"], a, b])
        for name in first:
            first[name].append(starts[name])
        sizes = {
            "node": layout.count,
            "point": picks * ends,
            "row": picks,
            "column": ends,
            "function": a * b,
            "a": a,
            "b": b,
        }
        for name, size in (sizes | {"strip": picks * b}).items():
            starts[name] += size
    tables = Functions()
    with wp.ScopedDevice(device):
        whole = {
            "place": np.concatenate(places),
            "node": np.concatenate(nodes),
            "kept": np.concatenate(kept),
            "function": np.concatenate(functions),
            "fabric": np.array(fabrics),
            "row_first": np.concatenate([each.first for each in rows]),
            "column_first": np.concatenate([each.first for each in columns]),
            "row_span": np.concatenate([each.span for each in rows]),
            "column_span": np.concatenate([each.span for each in columns]),
            "strip": np.concatenate(strips),
            "strip_start": np.array(first["strip"]),
            "row_function_start": np.array(first["a"]),
            "column_function_start": np.array(first["b"]),
        }
        for name, values in whole.items():
            setattr(tables, name, wp.array(values.astype(np.int32), dtype=wp.int32))
        ridge = [0.0 if layout.is_full else RIDGE for layout in layouts]
        tables.ridge = wp.array(ridge, dtype=f64)
        tables.row_weight = wp.array(np.concatenate([each.weight for each in rows]), dtype=f64)
        tables.column_weight = wp.array(np.concatenate([each.weight for each in columns]), dtype=f64)
    return tables
