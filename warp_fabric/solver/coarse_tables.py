"""Index tables of a coarse grid: its functions, the points they live on, and what its matrix adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import warp as wp
from numpy.typing import NDArray

from warp_fabric.solver.splines import Splines
from warp_fabric.topology import OFFSETS
from warp_fabric.types import f64

REACH = 4
"""Functions couple with those up to this far away in each direction: 3, whose supports overlap, and 1 more since the
matrix couples crossings up to two steps apart."""
WIDTH = 2 * REACH + 1
STENCIL = WIDTH * WIDTH

CROSSINGS = {offset: slot for slot, offset in enumerate(OFFSETS)}
"""Slots of the stencil matrix by (row, column) step."""


@wp.struct
class Functions:
    """The functions of all fabrics, and the points they live on; rows and columns are counted through all fabrics.

    Attributes (F functions, P points, R rows, C columns of points; A rows, B columns of functions):
        point: [P, 2] row and column. function: [F, 3] fabric, row and column of functions.
        fabric: [fabrics, 8] first point, rows, columns, first row, first column, first function, rows and columns of
            functions.
        row_first, column_first: [R], [C] first function not zero there. row_weight, column_weight: [R, 4], [C, 4].
        row_span, column_span: [A, 2], [B, 2] points from and before which a function is not zero.
        strip: [S, 3] fabric, row of points, column of functions; strip_start: [fabrics] its first one.
        row_function_start, column_function_start: [fabrics] where its rows of `row_span` and `column_span` begin.
    """

    point: wp.array2d(dtype=wp.int32)
    function: wp.array2d(dtype=wp.int32)
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


def functions_of(shapes, rows: list[Splines], columns: list[Splines], device: wp.Device) -> Functions:
    points, functions, fabrics, strips = [], [], [], []
    starts = dict.fromkeys(("point", "row", "column", "function", "a", "b", "strip"), 0)
    first: dict[str, list[int]] = {"strip": [], "a": [], "b": []}
    for k, ((picks, ends), row, column) in enumerate(zip(shapes, rows, columns)):
        a, b = row.functions, column.functions
        j, e = np.indices((picks, ends)).reshape(2, -1)
        points.append(np.stack([np.full(picks * ends, k), starts["row"] + j, starts["column"] + e], axis=1))
        u, v = np.indices((a, b)).reshape(2, -1)
        functions.append(np.stack([np.full(a * b, k), u, v], axis=1))
        u, v = np.indices((picks, b)).reshape(2, -1)
        strips.append(np.stack([np.full(picks * b, k), u, v], axis=1))
        fabrics.append([starts["point"], picks, ends, starts["row"], starts["column"], starts["function"], a, b])
        for name in first:
            first[name].append(starts[name])
        sizes = {"point": picks * ends, "row": picks, "column": ends, "function": a * b, "a": a, "b": b}
        for name, size in (sizes | {"strip": picks * b}).items():
            starts[name] += size
    tables = Functions()
    with wp.ScopedDevice(device):
        whole = {
            "point": np.concatenate(points),
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
        tables.row_weight = wp.array(np.concatenate([each.weight for each in rows]), dtype=f64)
        tables.column_weight = wp.array(np.concatenate([each.weight for each in columns]), dtype=f64)
    return tables
