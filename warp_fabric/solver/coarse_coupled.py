"""The exact solve on a coarse grid where cloth touches cloth: what pairs of beads join is far apart on the grid.

All fabrics are one matrix then. Functions take the order in which its band is narrow: along the picks or the ends of
all fabrics, or by reverse Cuthill and McKee, which knows where layers lie on each other. Solvers of general sparse
matrices take longer: bands of B-splines are full.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import warp as wp
from numpy.typing import NDArray
from scipy.sparse.csgraph import reverse_cuthill_mckee

from warp_fabric.solver.bands import BandFactors
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_tables import (
    FIRST_FUNCTION,
    FUNCTION_COLUMNS,
    FUNCTION_ROWS,
    REACH,
    STENCIL,
    WIDTH,
)
from warp_fabric.solver.splines import ORDER
from warp_fabric.types import f64, mat33


@wp.kernel(enable_backward=False)
def _add_pairs(
    start: wp.array(dtype=wp.int32),
    first: wp.array(dtype=wp.int32),
    second: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    function: wp.array2d(dtype=wp.int32),
    weight: wp.array2d(dtype=f64),
    order: wp.array(dtype=wp.int32),
    band: wp.array2d(dtype=f64),
):
    """band += W' C W of pairs, each given once, in groups of those that have the same functions: on the host, where one
    thread does it."""
    group, i, j = wp.tid()
    begin, end = start[group], start[group + 1]
    f, g = function[first[begin], i], function[second[begin], j]
    if f < 0 or g < 0:
        return
    total = mat33()
    for s in range(begin, end):
        total += weight[first[s], i] * weight[second[s], j] * coupling[s]
    row, column = order[f], order[g]
    low, distance = wp.min(row, column), 3 * wp.abs(row - column)
    for p in range(3):
        for q in range(3):
            if distance > 0:
                band[3 * low + q, distance + p - q] += total[p, q]
            elif p >= q:
                band[3 * low + q, p - q] += f64(2.0) * total[p, q]


class CoupledCholesky:
    """Exact solves with W' (A + C) W, where W' A W is a coarse grid's matrix and C is what joins pairs of beads.

    Args:
        grid: The coarse grid of `matrix`. place: [F] where right-hand sides have the amplitudes of functions.

    """

    def __init__(self, grid: CoarseGrid, matrix: BlockMatrix, place: NDArray) -> None:
        assert matrix.pairs is not None
        self._pairs, self._place = matrix.pairs, place
        self._function = grid.functions.function.numpy()
        self._fabric = grid.functions.fabric.numpy()
        self._near = self._neighbors()
        self._bead_function, self._bead_weight, self._corner = self._beads(grid, matrix)
        with wp.ScopedDevice("cpu"):
            self._tables = [
                wp.array(self._bead_function, dtype=wp.int32),
                wp.array(self._bead_weight, dtype=f64),
            ]
        self._intervals = np.zeros(0, np.int64)
        self._band: _Band | None = None
        self._factors: BandFactors | None = None

    def factor(self, half: NDArray) -> bool:
        """Take over the grid's matrix, of which [F, 81, 3, 3] `half` is kept, and the present couplings.

        Returns:
            Whether there are any; else nothing is done.
        """
        first, second, coupling = self._pairs.acting()
        once = first < second
        first, second, coupling = first[once], second[once], coupling[once]
        if not len(first):
            return False
        # Beads in the same intervals of the splines have the same functions.
        intervals = self._corner[first] * np.int64(len(self._place)) + self._corner[second]
        order = np.argsort(intervals, kind="stable")
        first, second, coupling, intervals = (each[order] for each in (first, second, coupling, intervals))
        start = np.flatnonzero(np.diff(intervals, prepend=-1))
        band = self._band_for(intervals[start], first[start], second[start])
        values, ends = band.filled(half), np.append(start, len(first))
        with wp.ScopedDevice("cpu"):
            pairs = [wp.array(each, dtype=wp.int32) for each in (ends, first, second)]
            inputs = [*pairs, wp.array(coupling, dtype=mat33), *self._tables, band.row]
            threads = (len(start), *2 * self._bead_function.shape[1:])
            wp.launch(_add_pairs, threads, inputs, [wp.array(values, dtype=f64, copy=False)])
        self._factors = BandFactors(values)
        return True

    @property
    def definite(self) -> bool:
        """Whether the last matrix was positive definite."""
        assert self._factors is not None
        return self._factors.definite

    def solve(self, values: NDArray) -> None:
        """values = (W' (A + C) W)^-1 values, [3 F] as placed."""
        assert self._factors is not None
        assert self._band is not None
        rows = values.reshape(-1, 3)
        order = self._place[self._band.function]
        rows[order] = self._factors.solve(rows[order].ravel()).reshape(-1, 3)

    def _band_for(self, intervals: NDArray, first: NDArray, second: NDArray) -> _Band:
        """The band that has room for pairs of beads, one for each pair of intervals; the last one while it has."""
        if self._band is None or not np.isin(intervals, self._intervals, assume_unique=True).all():
            self._intervals, count = intervals, np.int64(len(self._place))
            a, b = self._bead_function[first], self._bead_function[second]
            rows, columns = (each.ravel() for each in np.broadcast_arrays(a[:, :, None], b[:, None, :]))
            there = (rows >= 0) & (columns >= 0) & (rows != columns)
            joined = np.unique(np.minimum(rows, columns)[there] * count + np.maximum(rows, columns)[there])
            self._band = _Band(self._function, self._near, np.stack(np.divmod(joined, count)))
        return self._band

    def _neighbors(self) -> NDArray:
        """[pairs, 3] a function, its slot, and the function there, itself or one that follows."""
        fabric, a, b = self._function.T
        slot = np.arange(STENCIL // 2, STENCIL)
        da, db = np.divmod(slot, WIDTH) - np.array([[REACH], [REACH]])
        row, column = a[:, None] + da, b[:, None] + db
        rows, columns = self._fabric[fabric, FUNCTION_ROWS], self._fabric[fabric, FUNCTION_COLUMNS]
        there = (row < rows[:, None]) & (column >= 0) & (column < columns[:, None])
        other = self._fabric[fabric, FIRST_FUNCTION][:, None] + row * columns[:, None] + column
        function = np.broadcast_to(np.arange(len(fabric))[:, None], there.shape)
        return np.stack([function[there], np.broadcast_to(slot, there.shape)[there], other[there]], axis=1)

    def _beads(self, grid: CoarseGrid, matrix: BlockMatrix) -> tuple[NDArray, NDArray, NDArray]:
        """[K, 16 or 25] functions at each bead, -1 for none, their values there, and [K] the first's number."""
        functions, beads = grid.functions, matrix.model.beads
        assert beads is not None
        place, nodes, share = functions.place.numpy(), beads.node.numpy(), beads.weight.numpy()
        fabric, kept = place[nodes[:, 0], 0], functions.kept.numpy() != 0
        first = [array.numpy() for array in (functions.row_first, functions.column_first)]
        value = [array.numpy() for array in (functions.row_weight, functions.column_weight)]
        corner = [np.minimum(*first[axis][place[nodes, 1 + axis]].T) for axis in (0, 1)]
        step = np.arange(ORDER + np.any(nodes[:, 0] != nodes[:, 1]))  # a bead may ride between two crossings
        weight = np.zeros((len(nodes), len(step), len(step)))
        for node, part in zip(nodes.T, (share, 1.0 - share)):
            along = []
            for axis in (0, 1):
                at = place[node, 1 + axis]
                k = step - (first[axis][at] - corner[axis])[:, None]
                own = np.take_along_axis(value[axis][at], np.clip(k, 0, ORDER - 1), axis=1)
                along.append(np.where((k >= 0) & (k < ORDER), own, 0.0))
            weight += part[:, None, None] * along[0][:, :, None] * along[1][:, None, :]
        row, column = corner[0][:, None, None] + step[:, None], corner[1][:, None, None] + step
        rows, columns = (self._fabric[fabric, key][:, None, None] for key in (FUNCTION_ROWS, FUNCTION_COLUMNS))
        number = self._fabric[fabric, FIRST_FUNCTION][:, None, None] + row * columns + column
        there = (row < rows) & (column < columns)
        number = np.where(there, number, -1).reshape(len(nodes), -1)
        weight = weight.reshape(len(nodes), -1) * ((number >= 0) & kept[number])
        return number, weight, number[:, 0]


class _Band:
    """Where the entries of a symmetric matrix of 3 x 3 blocks are in a band.

    Args:
        function: [F, 3] fabric, row and column of functions. near: [pairs, 3], see `_neighbors`.
        joined: [2, pairs] functions that are joined besides.

    Attributes:
        function: [F] in the band's order. row: [F] int32 on the host, the place of each in it.
    """

    def __init__(self, function: NDArray, near: NDArray, joined: NDArray) -> None:
        count = len(function)
        ends = np.concatenate([near[:, [0, 2]].T, joined], axis=1)
        graph = scipy.sparse.csr_array((np.ones(2 * ends.shape[1]), (ends.ravel(), ends[::-1].ravel())), (count,) * 2)
        fabric, a, b = function.T
        orders = [np.lexsort((b, fabric, a)), np.lexsort((a, fabric, b))]
        orders.append(reverse_cuthill_mckee(graph, symmetric_mode=True))
        rows = [np.argsort(order) for order in orders]
        reaches = [np.abs(np.subtract(*row[ends])).max() for row in rows]
        best = int(np.argmin(reaches))
        self.function, row = orders[best], rows[best]
        self._shape = (3 * count, 3 * int(reaches[best]) + 3)
        with wp.ScopedDevice("cpu"):
            self.row = wp.array(row, dtype=wp.int32)
        f, slot, other = near.T
        p, q = np.indices((3, 3))
        low, high = np.minimum(row[f], row[other]), np.maximum(row[f], row[other])
        turned = (row[f] > row[other])[:, None, None]  # its entry [f, other] lies below the diagonal as it is
        i, j = np.where(turned, p, q), np.where(turned, q, p)
        entry = (3 * low[:, None, None] + q) * self._shape[1] + 3 * (high - low)[:, None, None] + p - q
        below = (high > low)[:, None, None] | (p >= q)
        first = ((f * STENCIL + slot) * 9)[:, None, None] + 3 * i + j
        second = ((other * STENCIL + STENCIL - 1 - slot) * 9)[:, None, None] + 3 * j + i
        self._entry, self._first, self._second = (each[below] for each in (entry, first, second))

    def filled(self, half: NDArray) -> NDArray:
        """[3 F, width] the band of a grid's matrix, of which `half` is kept."""
        band, half = np.zeros(self._shape), half.reshape(-1)
        band.reshape(-1)[self._entry] = half[self._first] + half[self._second]
        return band
