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
    inverses: wp.array2d(dtype=mat55),
    lower: wp.array2d(dtype=mat55),
    upper: wp.array2d(dtype=mat55),
):
    line = wp.tid()
    for k in range(lines.shape[1]):
        i = lines[line, k]
        if i < 0:
            break
        pivot = blocks[i, 0]
        if k > 0:
            ratio = blocks[i, preceding] * inverses[line, k - 1]
            lower[line, k] = ratio
            pivot = pivot - ratio * upper[line, k - 1]
        upper[line, k] = blocks[i, following]
        inverses[line, k] = inverse(pivot)


@wp.kernel(enable_backward=False)
def _solve_lines(
    lines: wp.array2d(dtype=wp.int32),
    inverses: wp.array2d(dtype=mat55),
    lower: wp.array2d(dtype=mat55),
    upper: wp.array2d(dtype=mat55),
    right: wp.array(dtype=vec5),
    out: wp.array(dtype=vec5),
):
    line = wp.tid()
    last = int(-1)
    carry = vec5()
    for k in range(lines.shape[1]):
        i = lines[line, k]
        if i < 0:
            break
        carry = right[i] - lower[line, k] * carry  # `lower` of a line's first crossing is zero
        out[i] = carry
        last = k
    carry = vec5()
    for back in range(last + 1):
        k = last - back
        i = lines[line, k]
        carry = inverses[line, k] * (out[i] - upper[line, k] * carry)  # the first `carry` is zero
        out[i] = carry


@wp.kernel(enable_backward=False)
def _solve_lines_transposed(
    lines: wp.array2d(dtype=wp.int32),
    inverses: wp.array2d(dtype=mat55),
    lower: wp.array2d(dtype=mat55),
    upper: wp.array2d(dtype=mat55),
    right: wp.array(dtype=vec5),
    out: wp.array(dtype=vec5),
):
    line = wp.tid()
    last = int(-1)
    carry = vec5()
    for k in range(lines.shape[1]):
        i = lines[line, k]
        if i < 0:
            break
        value = right[i]
        if k > 0:
            value = value - carry * upper[line, k - 1]
        carry = value * inverses[line, k]
        out[i] = carry
        last = k
    for back in range(1, last + 1):
        k = last - back
        i = lines[line, k]
        carry = out[i] - carry * lower[line, k + 1]
        out[i] = carry


@wp.kernel(enable_backward=False)
def _times_diagonal(blocks: wp.array2d(dtype=mat55), transposed: int, x: wp.array(dtype=vec5)):
    i = wp.tid()
    if transposed != 0:
        x[i] = x[i] * blocks[i, 0]
    else:
        x[i] = blocks[i, 0] * x[i]


class LinePreconditioner:
    """M^-1 for M = (D + P) D^-1 (D + E). Factors are kept in the order of the sweeps, yarn by yarn."""

    SLOTS = ((1, 2), (3, 4))  # following and preceding neighbour, per axis

    def __init__(self, model: Model) -> None:
        self.model = model
        with wp.ScopedDevice(model.device):
            self.lines = [wp.array(table, dtype=wp.int32) for table in model.topology.lines]
            self.factors = [[wp.zeros(table.shape, dtype=mat55) for _ in range(3)] for table in model.topology.lines]
            self.between = wp.zeros(model.node_count, dtype=vec5)

    def factor(self, matrix: BlockMatrix) -> None:
        """Take over a matrix's current blocks."""
        self.blocks = matrix.blocks
        for lines, factors, slots in zip(self.lines, self.factors, self.SLOTS):
            wp.launch(_factor_lines, len(lines), [lines, matrix.blocks, *slots], factors, device=self.model.device)

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> None:
        """out = M^-1 right, or M^-T right; [N] vec5."""
        device, count = self.model.device, self.model.node_count
        kernel = _solve_lines_transposed if transposed else _solve_lines
        first, second = (1, 0) if transposed else (0, 1)
        for axis, source, target in ((first, right, self.between), (second, self.between, out)):
            inputs = [self.lines[axis], *self.factors[axis], source]
            wp.launch(kernel, len(self.lines[axis]), inputs, [target], device=device)
            if axis == first:
                wp.launch(_times_diagonal, count, [self.blocks, int(transposed)], [target], device=device)


@wp.kernel(enable_backward=False)
def _invert_diagonal(blocks: wp.array2d(dtype=mat55), inverses: wp.array(dtype=mat55)):
    i = wp.tid()
    inverses[i] = inverse(blocks[i, 0])


@wp.kernel(enable_backward=False)
def _scale(inverses: wp.array(dtype=mat55), right: wp.array(dtype=vec5), transposed: int, out: wp.array(dtype=vec5)):
    i = wp.tid()
    if transposed != 0:
        out[i] = right[i] * inverses[i]
    else:
        out[i] = inverses[i] * right[i]


class DiagonalPreconditioner:
    """Block Jacobi: D^-1."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.inverses = wp.zeros(model.node_count, dtype=mat55, device=model.device)

    def factor(self, matrix: BlockMatrix) -> None:
        """Take over a matrix's current diagonal blocks."""
        wp.launch(_invert_diagonal, self.model.node_count, [matrix.blocks], [self.inverses], device=self.model.device)

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> None:
        """out = D^-1 right, or D^-T right; [N] vec5."""
        inputs = [self.inverses, right, int(transposed)]
        wp.launch(_scale, self.model.node_count, inputs, [out], device=self.model.device)
