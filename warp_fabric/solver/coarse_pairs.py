"""What joins pairs of beads, as smooth motions see it: W' C W of the couplings C, which are symmetric.

A smooth motion is a product of two splines, so the sum goes in two stages, as that of the stencil matrix does
(`coarse_grid.py`): over pairs that join the same two rows of beads, as the splines along these rows see them, and then
over rows, as functions see them. Both are products with sparse matrices, which serve as long as no other pairs act.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from warp_fabric.model import Model
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_tables import FIRST_FUNCTION, FUNCTION_COLUMNS, FUNCTION_ROWS
from warp_fabric.solver.splines import ORDER

SYMMETRIC = (0, 4, 8, 1, 2, 5)
"""The numbers of a symmetric 3 x 3 matrix that are kept, of 9,"""
WHOLE = np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])
"""and which of them is where."""


class BeadFunctions:
    """The functions that are not zero at a model's beads: 4 x 4 at each, 5 x 5 where beads ride between crossings too.

    Attributes:
        row: [K] which row of beads each is in: those of a pick, or between two picks at the same height.
        row_number: [R, 4 or 5] of each row, where the functions of each row of functions begin that it sees.
        row_weight: [R, 4 or 5] the values of these rows' splines there.
        column_number, column_weight: [K, 4 or 5] likewise, of each bead and columns of functions, counted in the
            fabric. A function's number is the sum of both.
        kept: [F] whether a function is of any use.
    """

    def __init__(self, grid: CoarseGrid, model: Model) -> None:
        functions, beads = grid.functions, model.beads
        assert beads is not None
        place, nodes, share = functions.place.numpy(), beads.node.numpy(), beads.weight.numpy()
        table = functions.fabric.numpy()[place[nodes[:, 0], 0]]
        self.kept = functions.kept.numpy() != 0
        self.count = len(self.kept)
        step = np.arange(ORDER + np.any(nodes[:, 0] != nodes[:, 1]))
        corners, weights = [], []
        first = (functions.row_first.numpy(), functions.column_first.numpy())
        values = (functions.row_weight.numpy(), functions.column_weight.numpy())
        for axis in range(2):
            at = place[nodes, 1 + axis]
            corner = first[axis][at].min(axis=1)
            weight = np.zeros((len(nodes), len(step)))
            for here, part in zip(at.T, (share, 1.0 - share)):
                k = step - (first[axis][here] - corner)[:, None]
                own = np.take_along_axis(values[axis][here], np.clip(k, 0, ORDER - 1), axis=1)
                weight += part[:, None] * np.where((k >= 0) & (k < ORDER), own, 0.0)
            corners.append(corner[:, None] + step)
            weights.append(weight)
        rows = place[nodes, 1]
        height = rows[:, 0] + 1j * np.where(rows[:, 0] == rows[:, 1], 1.0, share)
        _, one, self.row = np.unique(height, return_index=True, return_inverse=True)
        # Where there is no such function its weight is zero, and the last one stands for it.
        row = np.minimum(corners[0][one], table[one, FUNCTION_ROWS][:, None] - 1)
        self.row_number = table[one, FIRST_FUNCTION][:, None] + row * table[one, FUNCTION_COLUMNS][:, None]
        self.row_weight = weights[0][one]
        self.column_number = np.minimum(corners[1], table[:, FUNCTION_COLUMNS][:, None] - 1)
        self.column_weight = weights[1]


class PairSums:
    """The sums for some pairs of beads, of which any may have no coupling.

    Args:
        first, second: [P] beads.

    Attributes:
        low, high: [B] functions that the pairs join, low <= high, each two once.
    """

    def __init__(self, functions: BeadFunctions, first: NDArray, second: NDArray) -> None:
        row, count = functions.row, functions.count
        column, weight = functions.column_number, functions.column_weight
        width = int(column.max()) + 1
        rows = row[first].astype(np.int64) * len(functions.row_number) + row[second]
        strips, self._along = _summed(
            (rows * width + column[first, 0]) * width + column[second, 0],
            lambda one: (
                (rows[one, None, None] * width + column[first[one]][:, :, None]) * width
                + column[second[one]][:, None, :]
            ),
            weight[first][:, :, None] * weight[second][:, None, :],
        )
        rows, columns = np.divmod(strips, width * width)
        ends, weights = [], []
        for which, start in zip(np.divmod(rows, len(functions.row_number)), np.divmod(columns, width)):
            ends.append(functions.row_number[which].astype(np.int64) + start[:, None])
            weights.append(functions.row_weight[which] * functions.kept[ends[-1]])
        f, g = ends[0][:, :, None], ends[1][:, None, :]
        joined, self._across = _summed(
            ends[0][:, 0] * count + ends[1][:, 0],
            lambda one: np.minimum(f[one], g[one]) * count + np.maximum(f[one], g[one]),
            weights[0][:, :, None] * weights[1][:, None, :] * (1 + (f == g)),  # with itself each is joined twice
        )
        self.low, self.high = np.divmod(joined, count)

    def sums(self, coupling: NDArray) -> NDArray:
        """[B, 6] what joins two functions, of [P, 6] couplings, each `SYMMETRIC`."""
        return self._across @ (self._along @ coupling)


def _summed(kind: NDArray, keys_of, weight: NDArray) -> tuple[NDArray, scipy.sparse.csc_array]:
    """The sums that items take part in, by their keys, and the matrix that makes them.

    Args:
        kind: [P] items of one kind take part in the same sums. keys_of: Gives the keys [U, n, n] of these, of [U] items
            of different kinds. weight: [P, n, n] of each item in them.
    """
    _, one, kind = np.unique(kind, return_index=True, return_inverse=True)
    keys = keys_of(one)
    found, number = np.unique(keys, return_inverse=True)
    terms = number.reshape(len(one), -1)[kind]
    ends = np.arange(len(kind) + 1) * terms.shape[1]
    return found, scipy.sparse.csc_array((weight.ravel(), terms.ravel(), ends), shape=(len(found), len(kind)))
