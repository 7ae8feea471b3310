"""Factors of a symmetric stencil matrix: Cholesky's method with the crossings eliminated by nested dissection.

A piece of cloth is cut by two lines of its yarns, as far as crossings reach along a yarn; what lies on either
side couples through those lines only. Eliminating both sides first, then the cut, fills in least: O(n^3) work for n x n
crossings, in dense blocks that LAPACK works on at full speed.
"""

# SciPy's LAPACK and BLAS are unknown to type checkers.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import blas, lapack

from warp_fabric.layout import Layouts
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.topology import OFFSETS, SLOTS

REACH = 2
"""Crossings that a crossing couples with along a yarn."""
LEAF = 64
"""Crossings that are eliminated at once."""
PIVOT_FLOOR = 1.0e-13
"""Least pivot of a definite matrix, relative to the diagonal entry it began as: below, its sign is rounding."""


@dataclass
class _Front:
    """Unknowns that are eliminated together (`own`), and the later ones they couple with (`border`), by number.

    Entries of the matrix to assemble: where they come `source` from in the blocks and where they go, `into` the own
    square and `below` it. Children: number of the front, where its border lies here, how many of it are own here.
    """

    own: np.ndarray
    border: np.ndarray
    source: tuple[np.ndarray, np.ndarray]
    into: np.ndarray
    below: np.ndarray
    children: list[tuple[int, np.ndarray, int]] = field(default_factory=list)


class Dissection:
    """Cholesky factors of matrices on the crossing grids of one model.

    Args:
        layouts: Of the fabrics.
        neighbor: [N, 13] of `Topology`.
        free: [N, 5] bool, which unknowns there are.
    """

    def __init__(self, layouts: Layouts, neighbor: np.ndarray, free: np.ndarray) -> None:
        self.free = free
        self.definite = False
        self._fronts = _fronts(_groups(layouts), neighbor, free)
        self._factors: list[tuple[np.ndarray, np.ndarray]] = []

    def factor(self, matrix: BlockMatrix, shift: np.ndarray | None = None) -> bool:
        blocks = matrix.blocks.numpy()
        values = blocks.ravel()
        diagonal = np.ascontiguousarray(np.einsum("nii->ni", blocks[:, 0])).ravel()
        added = None if shift is None else np.asarray(shift, float).ravel()
        self._factors, self.definite = [], False
        updates: dict[int, np.ndarray] = {}
        for number, front in enumerate(self._fronts):
            square, below, rest = _assembled(front, values, added, updates)
            factor, info = lapack.dpotrf(square, lower=1, overwrite_a=1)
            if info != 0:
                return False
            pivots = factor.diagonal() ** 2
            began = diagonal[front.own] if added is None else diagonal[front.own] + added[front.own]
            if not (pivots > PIVOT_FLOOR * began).all():
                return False
            if len(front.border):
                below = blas.dtrsm(1.0, factor, below, side=1, lower=1, trans_a=1, overwrite_b=1)
                updates[number] = blas.dsyrk(-1.0, below, beta=1.0, c=rest, lower=1, overwrite_c=1)
            self._factors.append((factor, below))
        self.definite = True
        return True

    def release(self) -> None:
        """Give up the factors, which are large."""
        self._factors, self.definite = [], False

    def solve(self, right: np.ndarray) -> np.ndarray:
        shape = self.free.shape
        x = np.array(right, float).reshape(self.free.size, -1)
        x[~self.free.ravel()] = 0.0
        for front, (factor, below) in zip(self._fronts, self._factors):
            part = lapack.dtrtrs(factor, x[front.own], lower=1)[0]
            x[front.own] = part
            if len(front.border):
                x[front.border] -= below @ part
        for front, (factor, below) in zip(reversed(self._fronts), reversed(self._factors)):
            part = x[front.own]
            if len(front.border):
                part = part - below.T @ x[front.border]
            x[front.own] = lapack.dtrtrs(factor, part, lower=1, trans=1)[0]
        return x.reshape(*shape, *np.shape(right)[2:])


def _assembled(front: _Front, values, added, updates) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    own, border = len(front.own), len(front.border)
    square, below, rest = (np.zeros(size, order="F") for size in ((own, own), (border, own), (border, border)))
    square.reshape(-1, order="F")[front.into] = values[front.source[0]]
    below.reshape(-1, order="F")[front.below] = values[front.source[1]]
    if added is not None:
        square[np.arange(own), np.arange(own)] += added[front.own]
    for child, place, within in front.children:
        update = updates.pop(child)
        inside, outside = place[:within], place[within:] - own
        square[np.ix_(inside, inside)] += update[:within, :within]
        below[np.ix_(outside, inside)] += update[within:, :within]
        rest[np.ix_(outside, outside)] += update[within:, within:]
    return square, below, rest


@dataclass
class _Group:
    """Crossings that are eliminated together, after those of `children`."""

    crossings: np.ndarray
    children: list[int]


def _groups(layouts: Layouts) -> list[_Group]:
    """In the order of elimination."""
    groups: list[_Group] = []
    start = 0
    for layout in layouts.parts:
        _dissect(np.where(layout.present, start + layout.node, -1), groups)
        start += layout.count
    return groups


def _dissect(numbers: np.ndarray, groups: list[_Group]) -> list[int]:
    """Add the groups of a rectangle of crossings, -1 where there is none; the numbers of the last ones: no
    other of the rectangle comes after them."""
    numbers = _trimmed(numbers)
    if numbers.shape[0] < numbers.shape[1]:
        numbers = numbers.T
    length, children = len(numbers), []
    there = numbers >= 0
    if there.sum() > LEAF and length >= 3 * REACH:
        middle = (length - REACH) // 2
        children = [child for part in (numbers[:middle], numbers[middle + REACH :]) for child in _dissect(part, groups)]
        cut = slice(middle, middle + REACH)
        numbers, there = numbers[cut], there[cut]
    if not there.any():
        return children
    groups.append(_Group(numbers[there], children))
    return [len(groups) - 1]


def _trimmed(numbers: np.ndarray) -> np.ndarray:
    """Without rows and columns at the sides in which there is nothing."""
    for axis in (1, 0):
        there = np.flatnonzero((numbers >= 0).any(axis=axis))
        if len(there) == 0:
            return numbers[:0, :0]
        numbers = np.moveaxis(numbers, 1 - axis, 0)[there[0] : there[-1] + 1]
        numbers = np.moveaxis(numbers, 0, 1 - axis)
    return numbers


def _fronts(groups: list[_Group], neighbor: np.ndarray, free: np.ndarray) -> list[_Front]:
    crossing_order = np.concatenate([group.crossings for group in groups])
    rank = np.empty(len(crossing_order), int)
    rank[crossing_order] = np.arange(len(crossing_order))
    fronts: list[_Front] = []
    borders: list[np.ndarray] = []
    for group in groups:
        last = rank[group.crossings].max()
        met = [neighbor[group.crossings].ravel(), *(borders[child] for child in group.children)]
        near = np.unique(np.concatenate(met))
        near = near[near >= 0]
        near = near[rank[near] > last]
        border = near[np.argsort(rank[near])]
        borders.append(border)
        fronts.append(_front(group, border, neighbor, free, rank, fronts))
    return fronts


def _front(group: _Group, border: np.ndarray, neighbor, free, rank, fronts: list[_Front]) -> _Front:
    nodes = np.concatenate([group.crossings, border])
    unknowns = (5 * nodes[:, None] + np.arange(5))[free[nodes]]
    own_count = int(free[group.crossings].sum())
    place = np.full(5 * len(rank), -1)
    place[unknowns] = np.arange(len(unknowns))
    own_nodes = np.repeat(group.crossings, SLOTS)
    others = neighbor[group.crossings].ravel()
    slots = np.tile(np.arange(len(OFFSETS)), len(group.crossings))
    kept = others >= 0
    kept[kept] = rank[others[kept]] >= rank[own_nodes[kept]]
    own_nodes, others, slots = own_nodes[kept], others[kept], slots[kept]
    # the matrix is symmetric: row `other`, column `own` is taken from the own crossing's row
    a, b = np.indices((5, 5)).reshape(2, -1)
    column, row = place[5 * own_nodes[:, None] + a], place[5 * others[:, None] + b]
    source = (own_nodes * SLOTS + slots)[:, None] * 25 + 5 * a + b
    wanted = (column >= 0) & (row >= column)
    column, row, source = column[wanted], row[wanted], source[wanted]
    inside = row < own_count
    border_count = len(unknowns) - own_count
    children = []
    for child in group.children:
        if not len(fronts[child].border):
            continue  # a piece of cloth by itself
        at = place[fronts[child].border]
        children.append((child, at, int((at < own_count).sum())))
    return _Front(
        unknowns[:own_count],
        unknowns[own_count:],
        (source[inside], source[~inside]),
        (row + own_count * column)[inside],
        (row - own_count + border_count * column)[~inside],
        children,
    )
