"""The exact solve on a coarse grid: banded Cholesky factors by LAPACK, on the host, one fabric after the other
where none touches itself or another (see `coarse_coupled.py`).

Functions are numbered along the shorter side of their grid, which keeps the band narrow. That a factor exists tells
that the matrix is positive definite on smooth motions: the sign by which Newton's method knows that cloth buckles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import warp as wp

from warp_fabric.clearing import clear
from warp_fabric.solver.bands import BandFactors
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_coupled import CoupledCholesky
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_tables import (
    FIRST_FUNCTION,
    FUNCTION_COLUMNS,
    FUNCTION_ROWS,
    REACH,
    STENCIL,
    WIDTH,
    Functions,
)
from warp_fabric.solver.host import HostArrays, on_host
from warp_fabric.solver.recorded import Work
from warp_fabric.solver.views import view
from warp_fabric.types import f64, mat33, vec3

BEHIND = STENCIL // 2 + 1  # neighbours of a function that lie behind it, and itself


@wp.kernel(enable_backward=False)
def _fill(
    functions: Functions,
    half: wp.array2d(dtype=mat33),
    fabric_number: int,
    by_columns: int,
    band: wp.array2d(dtype=f64),
):
    """The lower triangle of one fabric's matrix in LAPACK's band storage: band[j, i - j] = A[i, j]."""
    local, m = wp.tid()
    width = functions.fabric[fabric_number, FUNCTION_COLUMNS]
    height = functions.fabric[fabric_number, FUNCTION_ROWS]
    f = functions.fabric[fabric_number, FIRST_FUNCTION] + local
    a, b = functions.function[f, 1], functions.function[f, 2]
    n = m + wp.static(STENCIL - BEHIND)
    first = n // WIDTH - REACH
    second = n - (first + REACH) * WIDTH - REACH
    da, db = first, second
    row = local
    if by_columns != 0:
        da, db = second, first
        row = b * height + a
    if a + da < 0 or a + da >= height or b + db < 0 or b + db >= width:
        return
    slot = (da + REACH) * WIDTH + db + REACH
    other = f + da * width + db
    column = row
    step = da * width + db
    if by_columns != 0:
        step = db * height + da
    block = wp.transpose(half[f, slot]) + half[other, wp.static(STENCIL - 1) - slot]  # rows: the other function
    for q in range(3):
        for p in range(3):
            distance = 3 * step + p - q
            if distance >= 0:
                band[3 * column + q, distance] = block[p, q]


@wp.kernel(enable_backward=False)
def _place(order: wp.array(dtype=wp.int32), x: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    f = wp.tid()
    out[order[f]] = x[f]


@wp.kernel(enable_backward=False)
def _take(order: wp.array(dtype=wp.int32), x: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    f = wp.tid()
    out[f] = x[order[f]]


class Part(NamedTuple):
    """One fabric's share: its rows, whether they go by columns of the grid, and where its band is stored."""

    rows: slice
    by_columns: bool
    first: int
    shape: tuple[int, int]


class CoarseCholesky:
    """Exact solves with a coarse grid's matrix.

    Args:
        matrix: The matrix that the grid's is made of, for what joins pairs of beads; None: nothing does.

    Attributes:
        definite: Whether the last matrix was positive definite; where it was not, LU serves.
    """

    def __init__(self, grid: CoarseGrid, matrix: BlockMatrix | None = None) -> None:
        self.grid = grid
        self.definite = True
        self._ordered = wp.zeros(grid.count, dtype=vec3, device=grid.device)
        order, start, stored = [], 0, 0
        self._parts: list[Part] = []
        for rows, columns in grid.shapes:
            size, by_columns = rows * columns, rows < columns
            number = np.arange(size).reshape(columns, rows).T if by_columns else np.arange(size).reshape(rows, columns)
            order.append(start + number.ravel())
            across, along = (columns, rows) if by_columns else (rows, columns)
            reach = min(REACH, across - 1) * along + min(REACH, along - 1)
            shape = (3 * size, 3 * reach + 3)
            self._parts.append(Part(slice(3 * start, 3 * (start + size)), by_columns, stored, shape))
            start, stored = start + size, stored + shape[0] * shape[1]
        self._order = wp.array(np.concatenate(order), dtype=wp.int32, device=grid.device)
        self._bands = wp.zeros(stored, dtype=f64, device=grid.device)  # of all fabrics, to be read at once
        self._factors: list[BandFactors] = []
        self._coupled: CoupledCholesky | None = None
        if matrix is not None and matrix.pairs is not None and matrix.model.touches_itself:
            self._coupled = CoupledCholesky(grid, matrix, np.concatenate(order))
        self._is_coupled = False
        self._host = HostArrays()

    def begin(self) -> None:
        """A step begins: what it comes to depends on no earlier one."""
        if self._coupled is not None:
            self._coupled.begin()

    def factor(self) -> list[Work]:
        """What factorises the grid's matrix."""
        if self._coupled is not None:
            return [Work(self._factorise_coupled, on_host=True)]
        return [Work(self._fill_bands), Work(self._factorise, on_host=True)]

    def solve(self, x: wp.array) -> list[Work]:
        """What sets x = (W' A W)^-1 x; [F] vec3."""
        count, device = self.grid.count, self.grid.device

        def ordered() -> None:
            wp.launch(_place, count, [self._order, x], [self._ordered], device=device)

        def back() -> None:
            wp.launch(_take, count, [self._order, self._ordered], [x], device=device)

        return [Work(ordered), Work(self._substitute, on_host=True), Work(back)]

    def _fill_bands(self) -> None:
        clear(self._bands)
        for number, part in enumerate(self._parts):
            inputs = [self.grid.functions, self.grid.half, number, int(part.by_columns)]
            threads = (part.shape[0] // 3, BEHIND)
            wp.launch(_fill, threads, inputs, [self._band(part)], device=self.grid.device)

    def _band(self, part: Part) -> wp.array:
        return view(self._bands[part.first :], f64, part.shape)

    def _factorise_coupled(self) -> None:
        """All fabrics together, where anything touches; else one by one."""
        coupled = self._coupled
        assert coupled is not None
        self._is_coupled = coupled.factor(self._host.get(self.grid.half))
        if self._is_coupled:
            self.definite = coupled.definite
            return
        self._fill_bands()
        self._factorise()

    def _factorise(self) -> None:
        self.definite = True
        self._factors = []
        values = self._host.get(self._bands)
        copied = not on_host(self._bands)  # factors may take the place of copies
        for part in self._parts:
            band = values[part.first : part.first + part.shape[0] * part.shape[1]].reshape(part.shape)
            self._factors.append(BandFactors(band, overwrite=copied))
            self.definite &= self._factors[-1].definite

    def _substitute(self) -> None:
        values = self._host.get(self._ordered)
        if self._coupled is not None and self._is_coupled:
            self._coupled.solve(values)
        else:
            for part, factors in zip(self._parts, self._factors):
                values[part.rows] = factors.solve(values[part.rows], lambda part=part: self._band(part).numpy())
        self._host.put(self._ordered, values)
