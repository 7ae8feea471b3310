"""The exact solve on a coarse grid where cloth touches cloth: what pairs of beads join is far apart on the grid.

All fabrics are one matrix then. Functions take the order in which its band is narrow: along the picks or the ends of
all fabrics, or by reverse Cuthill and McKee, which knows where layers lie on each other. Solvers of general sparse
matrices take longer: bands of B-splines are full.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import reverse_cuthill_mckee

from warp_fabric.solver.bands import BandFactors
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_pairs import SYMMETRIC, WHOLE, BeadFunctions, PairSums
from warp_fabric.solver.coarse_tables import (
    FIRST_FUNCTION,
    FUNCTION_COLUMNS,
    FUNCTION_ROWS,
    REACH,
    STENCIL,
    WIDTH,
)


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
        self._beads = BeadFunctions(grid, matrix.model)
        self._known = np.zeros(0, np.int64)  # pairs that there is room for
        self._joined = self._entry = self._from = self._order = self._known
        self._sums: PairSums | None = None
        self._band: _Band | None = None
        self._begins = True
        self._factors: BandFactors | None = None

    def begin(self) -> None:
        """From here on there is room for the pairs that act at first, and for those that come to act after them."""
        self._begins = True

    def factor(self, half: NDArray) -> bool:
        """Take over the grid's matrix, of which [F, 81, 3, 3] `half` is kept, and the present couplings.

        Returns:
            Whether there are any; else nothing is done.
        """
        first, second, coupling = self._pairs.acting(once=True)
        if not len(first):
            return False
        number = first * np.int64(len(self._beads.row)) + second
        at = self._places(number)
        assert self._band is not None
        assert self._sums is not None
        known = np.zeros((len(self._known), len(SYMMETRIC)))
        known[at] = coupling.reshape(-1, 9)[:, SYMMETRIC]
        values = self._band.filled(half)
        values.reshape(-1)[self._entry] += self._sums.sums(known).reshape(-1)[self._from]
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
        order = self._order
        values[order] = self._factors.solve(values[order])

    def _places(self, number: NDArray) -> NDArray:
        """[P] where pairs of beads are among those that there is room for; made for them where there is none.

        Args:
            number: [P] of each pair, sorted.
        """
        begins, self._begins = self._begins, False
        at = np.searchsorted(self._known, number)
        if begins:
            if np.array_equal(self._known, number):
                return at
            self._known = number
        else:
            if np.array_equal(self._known[np.minimum(at, len(self._known) - 1)], number):
                return at
            self._known = np.union1d(self._known, number)
        self._sums = sums = PairSums(self._beads, *np.divmod(self._known, len(self._beads.row)))
        joined = sums.low * self._beads.count + sums.high
        if begins or not np.isin(joined, self._joined, assume_unique=True).all():
            self._joined = joined
            self._band = _Band(self._function, self._near, np.stack([sums.low, sums.high]))
            order = self._place[self._band.function]
            self._order = (3 * order[:, None] + np.arange(3)).ravel()
        assert self._band is not None
        self._entry, self._from = self._band.entries(sums.low, sums.high)
        return np.searchsorted(self._known, number)

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


class _Band:
    """Where the entries of a symmetric matrix of 3 x 3 blocks are in a band.

    Args:
        function: [F, 3] fabric, row and column of functions. near: [pairs, 3], see `_neighbors`.
        joined: [2, pairs] functions that are joined besides.

    Attributes:
        function: [F] in the band's order.
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
        self.function, self._row = orders[best], rows[best]
        self._shape = (3 * count, 3 * int(reaches[best]) + 3)
        f, slot, other = near.T
        entry, kept = self._places(f, other)
        i, j = np.indices((3, 3))
        first = ((f * STENCIL + slot) * 9)[:, None, None] + 3 * i + j
        second = ((other * STENCIL + STENCIL - 1 - slot) * 9)[:, None, None] + 3 * j + i
        self._entry, self._first, self._second = (each[kept] for each in (entry, first, second))

    def _places(self, f: NDArray, g: NDArray) -> tuple[NDArray, NDArray]:
        """[pairs, 3, 3] where blocks of functions f by functions g are stored, and which of their numbers are."""
        row, column = self._row[f][:, None, None], self._row[g][:, None, None]
        p, q = np.indices((3, 3))
        p, q = np.where(row < column, q, p), np.where(row < column, p, q)  # transposed, it is in the lower triangle
        low, distance = np.minimum(row, column), 3 * np.abs(row - column)
        return (3 * low + q) * self._shape[1] + distance + p - q, (distance > 0) | (p >= q)

    def entries(self, low: NDArray, high: NDArray) -> tuple[NDArray, NDArray]:
        """Where [B, 6] symmetric blocks of two functions are stored, and which of their numbers go there."""
        entry, kept = self._places(low, high)
        number = len(SYMMETRIC) * np.arange(len(low))[:, None, None] + WHOLE
        return entry[kept], number[kept]

    def filled(self, half: NDArray) -> NDArray:
        """[3 F, width] the band of a grid's matrix, of which `half` is kept."""
        band, half = np.zeros(self._shape), half.reshape(-1)
        band.reshape(-1)[self._entry] = half[self._first] + half[self._second]
        return band
