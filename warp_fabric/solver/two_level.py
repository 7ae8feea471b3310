"""The preconditioner for yarns that are stiff in bending and shear: smooth motions exactly, the rest yarn by yarn.

    c = W Ac^-1 W' r,    z = c + L (r - A c),    Ac = W' A W

W's columns are smooth motions of the cloth (`coarse_grid.py`); L is one sweep of Gauss-Seidel over picks, then ends,
with their bands of five diagonals solved exactly. A yarn's band holds all that is stiff about it, stretch and bending;
what lines leave are long waves and yarns that shift along themselves, and these are smooth.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_cholesky import CoarseCholesky
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.preconditioner import Preconditioner
from warp_fabric.solver.recorded import Work
from warp_fabric.solver.sweep import Sweep
from warp_fabric.types import vec3, vec5

SPACING = 4.0
"""Crossings per interval of the splines: with 8, three times the iterations; with 2, a much larger coarse matrix."""


@wp.kernel(enable_backward=False)
def _add(x: wp.array(dtype=vec5), y: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    i = wp.tid()
    out[i] = x[i] + y[i]


@wp.kernel(enable_backward=False)
def _add_three(x: wp.array(dtype=vec5), y: wp.array(dtype=vec5), z: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    i = wp.tid()
    out[i] = x[i] + y[i] + z[i]


class TwoLevelPreconditioner(Preconditioner):
    """M^-1 = C + L (1 - A C), and its transpose L' + C (1 - A' L') (C is symmetric)."""

    name = "two-level"

    def __init__(self, matrix: BlockMatrix) -> None:
        super().__init__(matrix)
        model = matrix.model
        self.sweep = Sweep(matrix)
        self.coarse = CoarseGrid(model.layouts.parts, SPACING, model.device)
        self.solver = CoarseCholesky(self.coarse, matrix)
        with wp.ScopedDevice(model.device):
            self._smooth = wp.zeros(model.node_count, dtype=vec5)
            self._amplitudes = wp.zeros(self.coarse.count, dtype=vec3)

    @property
    def definite(self) -> bool | None:
        return self.solver.definite

    def begin(self) -> None:
        self.solver.begin()

    def factor(self) -> list[Work]:
        def device() -> None:
            self.sweep.factor()
            self.coarse.assemble(self.matrix.blocks)

        return [Work(device), *self.solver.factor()]

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> list[Work]:
        multiply, smooth, sweep = self.matrix.multiply, self._smooth, self.sweep
        swept, rest = sweep.first, sweep.second

        def finish_forward() -> None:
            multiply(smooth, right, rest, -1.0, 1.0)
            sweep.apply(rest)
            inputs = [smooth, swept, rest]
            wp.launch(_add_three, self.model.node_count, inputs, [out], device=self.model.device)

        def begin_transposed() -> None:
            sweep.apply(right, transposed=True)
            sweep.add_into(swept)
            multiply(swept, right, rest, -1.0, 1.0, transposed=True)

        def finish_transposed() -> None:
            wp.launch(_add, self.model.node_count, [swept, smooth], [out], device=self.model.device)

        if transposed:
            return [Work(begin_transposed), *self._solve_smooth(rest), Work(finish_transposed)]
        return [*self._solve_smooth(right), Work(finish_forward)]

    def _solve_smooth(self, right: wp.array) -> list[Work]:
        """smooth = C right."""
        return [
            Work(lambda: self.coarse.restrict(right, self._amplitudes)),
            *self.solver.solve(self._amplitudes),
            Work(lambda: self.coarse.prolong(self._amplitudes, self._smooth)),
        ]
