"""Preconditioners for the stencil matrix A = D + P + E + (far blocks).

D is its diagonal, P and E couple neighbours along picks and ends.

`LinePreconditioner` inverts M = (D + P) D^-1 (D + E): each factor is block tridiagonal along yarns, the directions in
which woven cloth is stiff, and what M - A leaves (P D^-1 E, bending two crossings away, shear) is soft. It takes ten
iterations where the block diagonal takes a hundred, but works through a yarn crossing by crossing: right for a CPU.
`DiagonalPreconditioner` inverts D alone, in parallel over crossings: right for a GPU.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.types import f64, mat55, vec5


@wp.func
def inverse(a: mat55) -> mat55:
    """Gauss-Jordan without pivoting: diagonal blocks of a step are nearly symmetric and positive definite."""
    m = a
    r = wp.identity(n=5, dtype=f64)
    for k in range(5):
        scale = f64(1.0) / m[k, k]
        for j in range(5):
            m[k, j] = m[k, j] * scale
            r[k, j] = r[k, j] * scale
        for i in range(5):
            if i != k:
                factor = m[i, k]
                for j in range(5):
                    m[i, j] = m[i, j] - factor * m[k, j]
                    r[i, j] = r[i, j] - factor * r[k, j]
    return r


@wp.kernel(enable_backward=False)
def _factor_lines(
    lines: wp.array2d(dtype=wp.int32),
    blocks: wp.array2d(dtype=mat55),
    following: int,
    preceding: int,
    inverses: wp.array(dtype=mat55),
    lower: wp.array(dtype=mat55),
):
    line = wp.tid()
    before = int(-1)
    for k in range(lines.shape[1]):
        i = lines[line, k]
        if i < 0:
            break
        pivot = blocks[i, 0]
        if before >= 0:
            ratio = blocks[i, preceding] * inverses[before]
            lower[i] = ratio
            pivot = pivot - ratio * blocks[before, following]
        inverses[i] = inverse(pivot)
        before = i


@wp.kernel(enable_backward=False)
def _solve_lines(
    lines: wp.array2d(dtype=wp.int32),
    blocks: wp.array2d(dtype=mat55),
    following: int,
    inverses: wp.array(dtype=mat55),
    lower: wp.array(dtype=mat55),
    right: wp.array(dtype=vec5),
    times_diagonal: int,
    out: wp.array(dtype=vec5),
):
    """Solve along each line; multiply by D at the end if asked."""
    line = wp.tid()
    last = int(0)
    carry = vec5()
    for k in range(lines.shape[1]):
        i = lines[line, k]
        if i < 0:
            break
        carry = right[i] - lower[i] * carry  # `lower` of a line's first crossing is zero
        out[i] = carry
        last = k
    after = vec5()
    for back in range(last + 1):
        i = lines[line, last - back]
        value = out[i]
        if back > 0:
            value = value - blocks[i, following] * after
        after = inverses[i] * value
        out[i] = after
        if times_diagonal != 0:
            out[i] = blocks[i, 0] * after


class LinePreconditioner:
    """M^-1 for M = (D + P) D^-1 (D + E)."""

    SLOTS = ((1, 2), (3, 4))  # following and preceding neighbour, per axis

    def __init__(self, model: Model) -> None:
        self.model = model
        with wp.ScopedDevice(model.device):
            self.lines = [wp.array(table, dtype=wp.int32) for table in model.topology.lines]
            self.inverses = [wp.zeros(model.node_count, dtype=mat55) for _ in range(2)]
            self.lower = [wp.zeros(model.node_count, dtype=mat55) for _ in range(2)]
            self.between = wp.zeros(model.node_count, dtype=vec5)

    def factor(self, matrix: BlockMatrix) -> None:
        """Take over a matrix's current blocks."""
        self.blocks = matrix.blocks
        for axis, (following, preceding) in enumerate(self.SLOTS):
            inputs = [self.lines[axis], matrix.blocks, following, preceding]
            outputs = [self.inverses[axis], self.lower[axis]]
            wp.launch(_factor_lines, len(self.lines[axis]), inputs, outputs, device=self.model.device)

    def apply(self, right: wp.array, out: wp.array) -> None:
        """out = M^-1 right; [N] vec5."""
        self._solve(0, right, 1, self.between)
        self._solve(1, self.between, 0, out)

    def _solve(self, axis: int, right: wp.array, times_diagonal: int, out: wp.array) -> None:
        inputs = [
            self.lines[axis],
            self.blocks,
            self.SLOTS[axis][0],
            self.inverses[axis],
            self.lower[axis],
            right,
            times_diagonal,
        ]
        wp.launch(_solve_lines, len(self.lines[axis]), inputs, [out], device=self.model.device)


@wp.kernel(enable_backward=False)
def _invert_diagonal(blocks: wp.array2d(dtype=mat55), inverses: wp.array(dtype=mat55)):
    i = wp.tid()
    inverses[i] = inverse(blocks[i, 0])


@wp.kernel(enable_backward=False)
def _scale(inverses: wp.array(dtype=mat55), right: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    i = wp.tid()
    out[i] = inverses[i] * right[i]


class DiagonalPreconditioner:
    """Block Jacobi: D^-1."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.inverses = wp.zeros(model.node_count, dtype=mat55, device=model.device)

    def factor(self, matrix: BlockMatrix) -> None:
        """Take over a matrix's current diagonal blocks."""
        wp.launch(_invert_diagonal, self.model.node_count, [matrix.blocks], [self.inverses], device=self.model.device)

    def apply(self, right: wp.array, out: wp.array) -> None:
        """out = D^-1 right; [N] vec5."""
        wp.launch(_scale, self.model.node_count, [self.inverses, right], [out], device=self.model.device)
