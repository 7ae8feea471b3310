"""Preconditioners for the stencil matrix A = D + P + E + (far blocks).

D is its diagonal, P and E couple neighbours along picks and ends.

`LinePreconditioner` inverts M = (D + P) D^-1 (D + E): each factor is block tridiagonal along yarns, the directions in
which woven cloth is stiff, and what M - A leaves (P D^-1 E, bending two crossings away, shear) is soft where yarns are.
It takes ten iterations where D alone would take a hundred. For yarns that are stiff in bending or shear there is
`two_level.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import warp as wp

from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.parallel_lines import yarn_lines
from warp_fabric.solver.recorded import Work
from warp_fabric.types import mat55, vec5


class Preconditioner(ABC):
    """M^-1 for a matrix; work is handed out in pieces, so that what is the device's can be recorded.

    Attributes:
        name: for reports. definite: False where the last factorisation showed that the matrix's symmetric part is not
            positive definite; None where it shows nothing.
    """

    name: str
    definite: bool | None = None

    def __init__(self, matrix: BlockMatrix) -> None:
        self.matrix = matrix
        self.model: Model = matrix.model

    def begin(self) -> None:
        """Before the matrices of a step: what is kept of earlier ones must not show in the last bit, so that a resumed
        run goes the same way."""
        return

    @abstractmethod
    def factor(self) -> list[Work]:
        """What takes over the matrix's current blocks."""

    @abstractmethod
    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> list[Work]:
        """What sets out = M^-1 right, or M^-T right; [N] vec5, which may be the same array."""


@wp.kernel(enable_backward=False)
def _times_diagonal(blocks: wp.array2d(dtype=mat55), transposed: int, x: wp.array(dtype=vec5)):
    i = wp.tid()
    if transposed != 0:
        x[i] = x[i] * blocks[i, 0]
    else:
        x[i] = blocks[i, 0] * x[i]


class LinePreconditioner(Preconditioner):
    """M = (D + P) D^-1 (D + E)."""

    name = "lines"

    def __init__(self, matrix: BlockMatrix) -> None:
        super().__init__(matrix)
        self.lines = yarn_lines(matrix.model, reach=1)
        self._between = wp.zeros(matrix.model.node_count, dtype=vec5, device=matrix.model.device)

    def factor(self) -> list[Work]:
        return [Work(lambda axis=axis: self.lines.factor(self.matrix, axis)) for axis in range(2)]

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> list[Work]:
        first, second = (1, 0) if transposed else (0, 1)

        def work() -> None:
            self.lines.solve(first, right, self._between, transposed)
            inputs = [self.matrix.blocks, int(transposed)]
            wp.launch(_times_diagonal, self.model.node_count, inputs, [self._between], device=self.model.device)
            self.lines.solve(second, self._between, out, transposed)

        return [Work(work)]
