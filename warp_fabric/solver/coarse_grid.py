"""Smooth functions on the crossing grid, and the matrix as they see it (Galerkin's product).

A coarse grid's functions are products of cubic B-splines, one along the picks and one along the ends, of each fabric.
They carry positions only. W takes their amplitudes to crossings; `assemble` makes W' A W of A's symmetric part in two
stages, along the picks (over neighbouring ends) and then across them, each a gather: no two threads write the same
number, so sums have one order on every device.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import warp as wp

from warp_fabric.layout import Layout
from warp_fabric.solver.coarse_tables import (
    COLUMNS,
    CROSSINGS,
    FIRST_COLUMN,
    FIRST_FUNCTION,
    FIRST_POINT,
    FIRST_ROW,
    FUNCTION_COLUMNS,
    FUNCTION_ROWS,
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


@wp.kernel(enable_backward=False)
def _prolong(functions: Functions, x: wp.array(dtype=vec3), out: wp.array(dtype=vec5)):
    """out = W x; nothing slides."""
    i = wp.tid()
    fabric = functions.place[i, 0]
    row, column = functions.place[i, 1], functions.place[i, 2]
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
    out[i] = vec5(total[0], total[1], total[2], f64(0.0), f64(0.0))


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
        node = functions.node[start + e]
        if node >= 0:
            v = x[node]
            total += column_weight_of(functions, fabric, e, b) * vec3(v[0], v[1], v[2])
    out[s] = total


@wp.kernel(enable_backward=False)
def _restrict_across(functions: Functions, strips: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    f = wp.tid()
    if functions.kept[f] == 0:
        out[f] = vec3()
        return
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
            node = functions.node[start + terms.point[t]]
            if node >= 0:
                w = terms.weight[t]
                block = blocks[node, terms.slot[t]]
                for p in range(3):
                    for q in range(3):
                        total[p, q] += w * block[p, q]
    strips[s, dj, k] = total


@wp.func
def both_kept(functions: Functions, f: int, a: int, b: int) -> bool:
    """Of a function, and of that in row a and column b of its fabric, which there may not be."""
    fabric = functions.function[f, 0]
    width = functions.fabric[fabric, FUNCTION_COLUMNS]
    if a < 0 or a >= functions.fabric[fabric, FUNCTION_ROWS] or b < 0 or b >= width:
        return False
    other = functions.fabric[fabric, FIRST_FUNCTION] + a * width + b
    return functions.kept[f] != 0 and functions.kept[other] != 0


@wp.kernel(enable_backward=False)
def _assemble_across(
    functions: Functions, terms: Terms, strips: wp.array3d(dtype=mat33), half: wp.array2d(dtype=mat33)
):
    """Stage 2: half[f, (da, db)] joins function (a, b) with (a + da, b + db). One that is not kept stands alone."""
    f, n = wp.tid()
    fabric, a, b = functions.function[f, 0], functions.function[f, 1], functions.function[f, 2]
    da = n // WIDTH
    k = n - da * WIDTH
    width = functions.fabric[fabric, FUNCTION_COLUMNS]
    start = functions.strip_start[fabric] + b
    entry = (terms.first[fabric] + a) * terms.width + da
    total = mat33()
    if both_kept(functions, f, a + da - REACH, b + k - REACH):
        for t in range(terms.offset[entry], terms.offset[entry + 1]):
            total += terms.weight[t] * strips[start + terms.point[t] * width, terms.slot[t], k]
    if n == wp.static(STENCIL // 2):
        for p in range(3):
            total[p, p] += functions.ridge[fabric] * total[p, p]
            if functions.kept[f] == 0:
                total[p, p] = f64(0.5)
    half[f, n] = total


class CoarseGrid:
    """Smooth motions of fabrics, and the matrix as they see it.

    Args:
        layouts: Of the fabrics. spacing: Crossings per interval of the splines. device: A Warp device.

    Attributes:
        shapes: (rows, columns) of functions of each fabric. functions: tables.
        half: [F, 81] mat33, half of W' A W: the whole is this and its transpose. A neighbour's place is
            9 (da + 4) + db + 4.
    """

    def __init__(self, layouts: Sequence[Layout], spacing: float, device: wp.Device) -> None:
        self.device = device
        shapes = [layout.shape for layout in layouts]
        made = {count: splines_on(count, spacing) for count in {*chain.from_iterable(shapes)}}
        rows = [made[picks] for picks, _ in shapes]
        columns = [made[ends] for _, ends in shapes]
        self.shapes = [(row.functions, column.functions) for row, column in zip(rows, columns)]
        self.functions = functions_of(layouts, rows, columns, device)
        self.node_count = sum(layout.count for layout in layouts)
        self.count = sum(a * b for a, b in self.shapes)
        strips = len(self.functions.strip)
        depth = 1 + max(dj for dj, _ in CROSSINGS)
        self._along = terms_of(columns, along, depth * WIDTH, device)
        self._across = terms_of(rows, lambda each: across(each, depth), WIDTH, device)
        with wp.ScopedDevice(device):
            self._strips = wp.zeros((strips, depth, WIDTH), dtype=mat33)
            self.half = wp.zeros((self.count, STENCIL), dtype=mat33)
            self._row_sums = wp.zeros(strips, dtype=vec3)

    def assemble(self, blocks: wp.array) -> None:
        """`half` of W' A W, with A's symmetric part; of the stencil matrix's blocks, [N, 13] mat55."""
        inputs = [self.functions, self._along, blocks]
        wp.launch(_assemble_along, self._strips.shape, inputs, [self._strips], device=self.device)
        inputs = [self.functions, self._across, self._strips]
        wp.launch(_assemble_across, (self.count, STENCIL), inputs, [self.half], device=self.device)

    def restrict(self, x: wp.array, out: wp.array) -> None:
        """out = W' x; [F] vec3 of [N] vec5."""
        wp.launch(_restrict_along, len(self._row_sums), [self.functions, x], [self._row_sums], device=self.device)
        wp.launch(_restrict_across, self.count, [self.functions, self._row_sums], [out], device=self.device)

    def prolong(self, x: wp.array, out: wp.array) -> None:
        """out = W x; [N] vec5 of [F] vec3."""
        wp.launch(_prolong, self.node_count, [self.functions, x], [out], device=self.device)
