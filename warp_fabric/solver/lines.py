"""Block elimination along yarns: a band of the stencil matrix, one yarn at a time, all yarns of a direction at once.

A yarn's band couples each of its crossings with those 1 step (tridiagonal) or 1 and 2 steps (pentadiagonal) along it.
It is factorised as L U with unit blocks on the diagonal of L, without pivoting: the blocks of a step are nearly
symmetric, and positive definite wherever a preconditioner of theirs is of use.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.types import f64, mat55, vec5

# Blocks of 5x5 are large to a compiler: only so it keeps them in registers, which halves the time of factoring.
wp.set_module_options({"optimization_level": 3})

NEXT = ((1, 5), (3, 7))
PREVIOUS = ((2, 6), (4, 8))
"""Slots of the neighbours 1 and 2 steps along a yarn, per axis (see `topology.OFFSETS`)."""


@wp.func
def inverse(a: mat55) -> mat55:
    """Gauss-Jordan without pivoting."""
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


@wp.struct
class Band:
    """Factors of one direction's yarns in the order of the sweeps, [yarns, longest] each.

    `far_lower` and `far_upper` belong to crossings 2 steps away; they are empty for a tridiagonal band.
    """

    lines: wp.array2d(dtype=wp.int32)
    inverses: wp.array2d(dtype=mat55)
    lower: wp.array2d(dtype=mat55)
    upper: wp.array2d(dtype=mat55)
    far_lower: wp.array2d(dtype=mat55)
    far_upper: wp.array2d(dtype=mat55)


@wp.kernel(enable_backward=False)
def _factor_3(blocks: wp.array2d(dtype=mat55), following: int, preceding: int, band: Band):
    line = wp.tid()
    for k in range(band.lines.shape[1]):
        i = band.lines[line, k]
        if i < 0:
            break
        pivot = blocks[i, 0]
        if k > 0:
            ratio = blocks[i, preceding] * band.inverses[line, k - 1]
            band.lower[line, k] = ratio
            pivot = pivot - ratio * band.upper[line, k - 1]
        band.upper[line, k] = blocks[i, following]
        band.inverses[line, k] = inverse(pivot)


@wp.kernel(enable_backward=False)
def _factor_5(
    blocks: wp.array2d(dtype=mat55), following: int, preceding: int, far_following: int, far_preceding: int, band: Band
):
    line = wp.tid()
    for k in range(band.lines.shape[1]):
        i = band.lines[line, k]
        if i < 0:
            break
        # Half-done blocks go through memory: all at once they are more than a GPU's registers hold.
        band.inverses[line, k] = blocks[i, 0]
        band.upper[line, k] = blocks[i, following]
        if k > 1:
            far = blocks[i, far_preceding] * band.inverses[line, k - 2]
            band.far_lower[line, k] = far
            band.inverses[line, k] = band.inverses[line, k] - far * band.far_upper[line, k - 2]
        if k > 0:
            ratio = blocks[i, preceding]
            if k > 1:
                ratio = ratio - band.far_lower[line, k] * band.upper[line, k - 2]
            ratio = ratio * band.inverses[line, k - 1]
            band.lower[line, k] = ratio
            band.inverses[line, k] = band.inverses[line, k] - ratio * band.upper[line, k - 1]
            band.upper[line, k] = band.upper[line, k] - ratio * band.far_upper[line, k - 1]
        band.far_upper[line, k] = blocks[i, far_following]
        band.inverses[line, k] = inverse(band.inverses[line, k])


@wp.kernel(enable_backward=False)
def _solve_3(band: Band, right: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    line = wp.tid()
    last = int(-1)
    carry = vec5()
    for k in range(band.lines.shape[1]):
        i = band.lines[line, k]
        if i < 0:
            break
        carry = right[i] - band.lower[line, k] * carry  # `lower` of a line's first crossing is zero
        out[i] = carry
        last = k
    carry = vec5()
    for back in range(last + 1):
        k = last - back
        i = band.lines[line, k]
        carry = band.inverses[line, k] * (out[i] - band.upper[line, k] * carry)  # the first `carry` is zero
        out[i] = carry


@wp.kernel(enable_backward=False)
def _solve_5(band: Band, right: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    line = wp.tid()
    last = int(-1)
    near, far = vec5(), vec5()
    for k in range(band.lines.shape[1]):
        i = band.lines[line, k]
        if i < 0:
            break
        value = right[i] - band.lower[line, k] * near - band.far_lower[line, k] * far
        far = near
        near = value
        out[i] = value
        last = k
    near, far = vec5(), vec5()
    for back in range(last + 1):
        k = last - back
        i = band.lines[line, k]
        rest = out[i] - band.upper[line, k] * near - band.far_upper[line, k] * far
        value = band.inverses[line, k] * rest
        far = near
        near = value
        out[i] = value


@wp.kernel(enable_backward=False)
def _solve_3_transposed(band: Band, right: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    line = wp.tid()
    last = int(-1)
    carry = vec5()
    for k in range(band.lines.shape[1]):
        i = band.lines[line, k]
        if i < 0:
            break
        value = right[i]
        if k > 0:
            value = value - carry * band.upper[line, k - 1]
        carry = value * band.inverses[line, k]
        out[i] = carry
        last = k
    for back in range(1, last + 1):
        k = last - back
        i = band.lines[line, k]
        carry = out[i] - carry * band.lower[line, k + 1]
        out[i] = carry


@wp.kernel(enable_backward=False)
def _solve_5_transposed(band: Band, right: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    line = wp.tid()
    last = int(-1)
    near, far = vec5(), vec5()
    for k in range(band.lines.shape[1]):
        i = band.lines[line, k]
        if i < 0:
            break
        rest = right[i]
        if k > 0:
            rest = rest - near * band.upper[line, k - 1]
        if k > 1:
            rest = rest - far * band.far_upper[line, k - 2]
        value = rest * band.inverses[line, k]
        far = near
        near = value
        out[i] = value
        last = k
    near, far = vec5(), vec5()
    for back in range(last + 1):
        k = last - back
        i = band.lines[line, k]
        value = out[i]
        if back > 0:
            value = value - near * band.lower[line, k + 1]
        if back > 1:
            value = value - far * band.far_lower[line, k + 2]
        far = near
        near = value
        out[i] = value


class YarnLines:
    """Exact solves along the picks (axis 0) or the ends (axis 1) of a model.

    Args:
        reach: Steps along a yarn that its band holds: 1 or 2.
    """

    def __init__(self, model: Model, reach: int) -> None:
        self.model, self.reach = model, reach
        self.bands = [self._band(table) for table in model.topology.lines]

    def factor(self, matrix: BlockMatrix, axis: int) -> None:
        """Take over the band of a matrix's current blocks."""
        band, near = self.bands[axis], (NEXT[axis][0], PREVIOUS[axis][0])
        kernel, slots = (_factor_3, near) if self.reach == 1 else (_factor_5, (*near, NEXT[axis][1], PREVIOUS[axis][1]))
        wp.launch(kernel, len(band.lines), [matrix.blocks, *slots, band], device=self.model.device)

    def solve(self, axis: int, right: wp.array, out: wp.array, transposed: bool = False) -> None:
        """out = band^-1 right, or band^-T right; [N] vec5, which may be the same array."""
        band = self.bands[axis]
        if self.reach == 1:
            kernel = _solve_3_transposed if transposed else _solve_3
        else:
            kernel = _solve_5_transposed if transposed else _solve_5
        wp.launch(kernel, len(band.lines), [band, right], [out], device=self.model.device)

    def _band(self, table) -> Band:
        band = Band()
        far = table.shape if self.reach == 2 else (0, 0)
        with wp.ScopedDevice(self.model.device):
            band.lines = wp.array(table, dtype=wp.int32)
            for name in ("inverses", "lower", "upper"):
                setattr(band, name, wp.zeros(table.shape, dtype=mat55))
            for name in ("far_lower", "far_upper"):
                setattr(band, name, wp.zeros(far, dtype=mat55))
        return band
