"""A sweep of Gauss-Seidel over picks, then ends, each with its band of five diagonals solved exactly.

    z1 = (D + P)^-1 r,    z = z1 + (D + E)^-1 (r - A z1)

D + P is the band along picks, with the couplings 1 and 2 steps along them, D + E that along ends. A yarn's band holds
all that is stiff about it, stretch and bending. Unlike the product of both bands (`preconditioner.py`) the sweep
counts what joins a crossing with its diagonal neighbours, which in crimped cloth is a sixth of the diagonal. It leaves
out what joins beads that touch: solves take no more iterations for it.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.solver.blocks import ALL, BlockMatrix
from warp_fabric.solver.lines import NEXT, PREVIOUS
from warp_fabric.solver.parallel_lines import yarn_lines
from warp_fabric.solver.preconditioner import Preconditioner
from warp_fabric.solver.recorded import Work
from warp_fabric.types import vec5

BEYOND = tuple(ALL & ~(1 | sum(1 << slot for slot in (*NEXT[axis], *PREVIOUS[axis]))) for axis in range(2))
"""Slots that the lines of an axis leave out."""


@wp.kernel(enable_backward=False)
def _add(x: wp.array(dtype=vec5), y: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    i = wp.tid()
    out[i] = x[i] + y[i]


class Sweep:
    """Sweeps over a matrix's picks and ends, or, transposed, over its ends and picks.

    Attributes:
        first, second: [N] vec5, what a sweep adds up from: what its first direction gives, and its second.
    """

    def __init__(self, matrix: BlockMatrix) -> None:
        self.matrix, self.lines = matrix, yarn_lines(matrix.model, reach=2)
        with wp.ScopedDevice(matrix.model.device):
            self.first, self.second = (wp.zeros(matrix.model.node_count, dtype=vec5) for _ in range(2))

    def factor(self) -> None:
        """Take over the matrix's current blocks."""
        for axis in range(2):
            self.lines.factor(self.matrix, axis)

    def apply(self, right: wp.array, transposed: bool = False) -> None:
        """Sweep; `right` may be `second`."""
        axes = (1, 0) if transposed else (0, 1)
        self.lines.solve(axes[0], right, self.first, transposed)
        self.matrix.multiply(self.first, self.first, self.second, -1.0, 0.0, transposed, BEYOND[axes[0]])
        self.lines.solve(axes[1], self.second, self.second, transposed)

    def add_into(self, out: wp.array) -> None:
        """Both together."""
        count, device = self.matrix.model.node_count, self.matrix.model.device
        wp.launch(_add, count, [self.first, self.second], [out], device=device)


class SweepPreconditioner(Preconditioner):
    """One sweep: for crimped cloth whose yarns are soft in bending and shear."""

    name = "sweep"

    def __init__(self, matrix: BlockMatrix) -> None:
        super().__init__(matrix)
        self.sweep = Sweep(matrix)

    def factor(self) -> list[Work]:
        return [Work(self.sweep.factor)]

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> list[Work]:
        def work() -> None:
            self.sweep.apply(right, transposed)
            self.sweep.add_into(out)

        return [Work(work)]
