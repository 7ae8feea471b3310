"""Smooth functions on the crossing grid, and the matrix as they see it (Galerkin's product).

A coarse grid's functions are products of cubic B-splines, one along the picks and one along the ends, of each fabric.
They carry positions only. W takes their amplitudes to crossings; `assemble` makes W' A W of A's symmetric part in two
stages, along the picks (over neighbouring ends) and then across them, each a gather: no two threads write the same
number, so sums have one order on every device. Grids lie on grids: the next one's points are this one's functions.
"""

from __future__ import annotations

from itertools import chain

import warp as wp

from warp_fabric.solver.coarse_tables import (
    COLUMNS,
    CROSSINGS,
    FIRST_COLUMN,
    FIRST_FUNCTION,
    FIRST_POINT,
    FIRST_ROW,
    FUNCTION_COLUMNS,
    FUNCTION_ROWS,
    GRID,
    REACH,
    ROWS,
    STENCIL,
    WIDTH,
    Functions,
    Terms,
    across,
    along,
    functions_of,
    terms_of,
)
from warp_fabric.solver.splines import ORDER, splines_on
from warp_fabric.types import f64, mat33, mat55, vec3, vec5


@wp.func
def amplitude(functions: Functions, x: wp.array(dtype=vec3), i: int) -> vec3:
    """The sum of all functions at point i."""
    fabric = functions.point[i, 0]
    row, column = functions.point[i, 1], functions.point[i, 2]
    width = functions.fabric[fabric, FUNCTION_COLUMNS]
    start = functions.fabric[fabric, FIRST_FUNCTION]
    a, b = functions.row_first[row], functions.column_first[column]
    total = vec3()
    for k in range(ORDER):
        across = functions.row_weight[row, k]
        if across != f64(0.0):
            part = vec3()
            first = start + (a + k) * width + b
            for m in range(ORDER):
                along = functions.column_weight[column, m]
                if along != f64(0.0):
                    part += along * x[first + m]
            total += across * part
    return total


@wp.kernel(enable_backward=False)
def _prolong(functions: Functions, x: wp.array(dtype=vec3), out: wp.array(dtype=vec5)):
    """out = W x; nothing slides."""
    i = wp.tid()
    v = amplitude(functions, x, i)
    out[i] = vec5(v[0], v[1], v[2], f64(0.0), f64(0.0))


@wp.kernel(enable_backward=False)
def _add_prolonged(functions: Functions, x: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    i = wp.tid()
    out[i] = out[i] + amplitude(functions, x, i)


@wp.func
def row_weight_of(functions: Functions, fabric: int, row: int, a: int) -> f64:
    r = functions.fabric[fabric, FIRST_ROW] + row
    k = a - functions.row_first[r]
    if k < 0 or k >= ORDER:
        return f64(0.0)
    return functions.row_weight[r, k]


@wp.func
def column_weight_of(functions: Functions, fabric: int, column: int, b: int) -> f64:
    c = functions.fabric[fabric, FIRST_COLUMN] + column
    k = b - functions.column_first[c]
    if k < 0 or k >= ORDER:
        return f64(0.0)
    return functions.column_weight[c, k]


@wp.kernel(enable_backward=False)
def _restrict_along(functions: Functions, x: wp.array(dtype=vec5), out: wp.array(dtype=vec3)):
    """Rows of points, columns of functions."""
    s = wp.tid()
    fabric, row, b = functions.strip[s, 0], functions.strip[s, 1], functions.strip[s, 2]
    start = functions.fabric[fabric, FIRST_POINT] + row * functions.fabric[fabric, COLUMNS]
    span = functions.column_function_start[fabric] + b
    total = vec3()
    for e in range(functions.column_span[span, 0], functions.column_span[span, 1]):
        v = x[start + e]
        total += column_weight_of(functions, fabric, e, b) * vec3(v[0], v[1], v[2])
    out[s] = total


@wp.kernel(enable_backward=False)
def _restrict_along_3(functions: Functions, x: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    s = wp.tid()
    fabric, row, b = functions.strip[s, 0], functions.strip[s, 1], functions.strip[s, 2]
    start = functions.fabric[fabric, FIRST_POINT] + row * functions.fabric[fabric, COLUMNS]
    span = functions.column_function_start[fabric] + b
    total = vec3()
    for e in range(functions.column_span[span, 0], functions.column_span[span, 1]):
        total += column_weight_of(functions, fabric, e, b) * x[start + e]
    out[s] = total


@wp.kernel(enable_backward=False)
def _restrict_across(functions: Functions, strips: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    f = wp.tid()
    fabric, a, b = functions.function[f, 0], functions.function[f, 1], functions.function[f, 2]
    width = functions.fabric[fabric, FUNCTION_COLUMNS]
    start = functions.strip_start[fabric] + b
    span = functions.row_function_start[fabric] + a
    total = vec3()
    for j in range(functions.row_span[span, 0], functions.row_span[span, 1]):
        total += row_weight_of(functions, fabric, j, a) * strips[start + j * width]
    out[f] = total


@wp.kernel(enable_backward=False)
def _assemble_along(
    functions: Functions, terms: Terms, blocks: wp.array2d(dtype=mat55), strips: wp.array3d(dtype=mat33)
):
    """Stage 1, from the stencil matrix: strips[s, dj, db] joins function b of row j with b + db of row j + dj."""
    s, dj, k = wp.tid()
    fabric, row, b = functions.strip[s, 0], functions.strip[s, 1], functions.strip[s, 2]
    start = functions.fabric[fabric, FIRST_POINT] + row * functions.fabric[fabric, COLUMNS]
    entry = (terms.first[fabric] + b) * terms.width + dj * WIDTH + k
    total = mat33()
    if row + dj < functions.fabric[fabric, ROWS]:
        for t in range(terms.offset[entry], terms.offset[entry + 1]):
            w = terms.weight[t]
            block = blocks[start + terms.point[t], terms.slot[t]]
            for p in range(3):
                for q in range(3):
                    total[p, q] += w * block[p, q]
    strips[s, dj, k] = total


@wp.kernel(enable_backward=False)
def _assemble_along_again(
    functions: Functions, terms: Terms, stencil: wp.array2d(dtype=mat33), strips: wp.array3d(dtype=mat33)
):
    """Stage 1 from a coarse grid's stencil."""
    s, dj, k = wp.tid()
    fabric, row, b = functions.strip[s, 0], functions.strip[s, 1], functions.strip[s, 2]
    start = functions.fabric[fabric, FIRST_POINT] + row * functions.fabric[fabric, COLUMNS]
    entry = (terms.first[fabric] + b) * terms.width + dj * WIDTH + k
    total = mat33()
    if row + dj < functions.fabric[fabric, ROWS]:
        for t in range(terms.offset[entry], terms.offset[entry + 1]):
            total += terms.weight[t] * stencil[start + terms.point[t], terms.slot[t]]
    strips[s, dj, k] = total


@wp.kernel(enable_backward=False)
def _assemble_across(
    functions: Functions, terms: Terms, strips: wp.array3d(dtype=mat33), half: wp.array2d(dtype=mat33)
):
    """Stage 2: half[f, (da, db)] joins function (a, b) with (a + da, b + db)."""
    f, n = wp.tid()
    fabric, a, b = functions.function[f, 0], functions.function[f, 1], functions.function[f, 2]
    da = n // WIDTH
    k = n - da * WIDTH
    width = functions.fabric[fabric, FUNCTION_COLUMNS]
    start = functions.strip_start[fabric] + b
    entry = (terms.first[fabric] + a) * terms.width + da
    total = mat33()
    for t in range(terms.offset[entry], terms.offset[entry + 1]):
        total += terms.weight[t] * strips[start + terms.point[t] * width, terms.slot[t], k]
    half[f, n] = total


@wp.kernel(enable_backward=False)
def _symmetrise(functions: Functions, half: wp.array2d(dtype=mat33), stencil: wp.array2d(dtype=mat33)):
    f, n = wp.tid()
    fabric, a, b = functions.function[f, 0], functions.function[f, 1], functions.function[f, 2]
    da = n // WIDTH - REACH
    db = n - (da + REACH) * WIDTH - REACH
    width = functions.fabric[fabric, FUNCTION_COLUMNS]
    total = mat33()
    if a + da >= 0 and a + da < functions.fabric[fabric, FUNCTION_ROWS] and b + db >= 0 and b + db < width:
        total = half[f, n] + wp.transpose(half[f + da * width + db, STENCIL - 1 - n])
    stencil[f, n] = total


class CoarseGrid:
    """The functions of one level, and the matrix on them.

    Args:
        shapes: (rows, columns) of points of each fabric, in the order in which points are numbered, row by row.
        spacing: Points per interval of the splines. device: A Warp device.
        fine: Whether the points are crossings, with a `BlockMatrix`; else they are functions of another coarse grid.

    Attributes:
        shapes: (rows, columns) of functions of each fabric. functions: tables. stencil: [F, 81] mat33.
    """

    def __init__(self, shapes: list[tuple[int, int]], spacing: float, device: wp.Device, fine: bool) -> None:
        self.device, self.fine, self.points = device, fine, shapes
        made = {count: splines_on(count, spacing) for count in {*chain.from_iterable(shapes)}}
        rows = [made[picks] for picks, _ in shapes]
        columns = [made[ends] for _, ends in shapes]
        self.shapes = [(row.functions, column.functions) for row, column in zip(rows, columns)]
        self.functions = functions_of(shapes, rows, columns, device)
        self.point_count = sum(picks * ends for picks, ends in shapes)
        self.count = sum(a * b for a, b in self.shapes)
        strips = len(self.functions.strip)
        offsets = CROSSINGS if fine else GRID
        depth = 1 + max(dj for dj, _ in offsets)
        self._along = terms_of(columns, lambda each: along(each, offsets), depth * WIDTH, device)
        self._across = terms_of(rows, lambda each: across(each, depth), WIDTH, device)
        with wp.ScopedDevice(device):
            self._strips = wp.zeros((strips, depth, WIDTH), dtype=mat33)
            self.half = wp.zeros((self.count, STENCIL), dtype=mat33)
            self.stencil = wp.zeros((self.count, STENCIL), dtype=mat33)
            self._row_sums = wp.zeros(strips, dtype=vec3)

    def assemble(self, matrix: wp.array) -> None:
        """stencil = W' A W of the symmetric part of a matrix: [P, 13] mat55 of crossings, else [P, 81] mat33."""
        kernel = _assemble_along if self.fine else _assemble_along_again
        wp.launch(kernel, self._strips.shape, [self.functions, self._along, matrix], [self._strips], device=self.device)
        every = (self.count, STENCIL)
        inputs = [self.functions, self._across, self._strips]
        wp.launch(_assemble_across, every, inputs, [self.half], device=self.device)
        wp.launch(_symmetrise, every, [self.functions, self.half], [self.stencil], device=self.device)

    def restrict(self, x: wp.array, out: wp.array) -> None:
        """out = W' x; [F] vec3 of [P] vec5, or of [P] vec3."""
        kernel = _restrict_along if self.fine else _restrict_along_3
        wp.launch(kernel, len(self._row_sums), [self.functions, x], [self._row_sums], device=self.device)
        wp.launch(_restrict_across, self.count, [self.functions, self._row_sums], [out], device=self.device)

    def prolong(self, x: wp.array, out: wp.array) -> None:
        """out = W x at crossings, [P] vec5; out += W x at the functions of a finer grid, [P] vec3."""
        kernel = _prolong if self.fine else _add_prolonged
        wp.launch(kernel, self.point_count, [self.functions, x], [out], device=self.device)
