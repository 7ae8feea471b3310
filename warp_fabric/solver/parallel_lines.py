"""Solves along yarns in parallel within a yarn, for GPUs: block cyclic reduction of what `lines.py` sweeps through.

A yarn's band is taken as block tridiagonal: its nodes are crossings, or pairs of them where it reaches two steps. A
level eliminates every other node, which do not know each other, and leaves a band of half as many, until none is left:
seven levels for a hundred crossings instead of a hundred steps. With E the nodes that a level eliminates and K those it
keeps, factoring makes

    inverses = M_EE^-1,   inner = M_EE^-1 M_EK,   outer = M_KE M_EE^-1,   next M = M_KK - outer M_EK

and solving, a scalar row a thread,

    r_K -= outer r_E  from the first level to the last,   x_E = inverses r_E - inner x_K  back.

Like those of `lines.py` the pivots, M_EE here, are taken as they come.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.model import Model
from warp_fabric.solver import reduction
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.lines import NEXT, PREVIOUS, YarnLines
from warp_fabric.solver.reduction import (
    Factors,
    Nodes,
    crossing,
    first_eliminated,
    first_row,
    gather,
    invert,
    multiply,
    reduce,
)
from warp_fabric.solver.views import view
from warp_fabric.types import f64, vec5

wp.set_module_options({"optimization_level": 3})  # as in `lines.py`

BLOCK = 256
"""Threads of a block: Warp's own choice, since for any other it compiles a module anew."""


@wp.func_native("""
#if defined(__CUDA_ARCH__)
    __syncthreads();
#elif defined(WP_TILE_SYNC)
    WP_TILE_SYNC();
#endif
""")
def _wait_for_block(): ...


def _solver(reach: int, transposed: bool):
    """Loops over a block's columns are written out, so that a GPU loads all of a row at once."""
    size = 5 * reach

    @wp.func
    def times(factor: wp.array2d(dtype=f64), first: int, p: int, x: wp.array(dtype=f64), node: int) -> f64:
        """Row p of a block, or of its transpose, times a node's numbers."""
        total = f64(0.0)
        for k in range(wp.static(size)):
            if wp.static(transposed):
                total += factor[p, first + k] * x[node + k]
            else:
                total += factor[k, first + p] * x[node + k]
        return total

    @wp.kernel(enable_backward=False)
    def solve(
        factors: Factors,
        right: wp.array2d(dtype=f64),
        group: int,
        begin: int,
        end: int,
        levels: int,
        rest: wp.array(dtype=f64),
        x: wp.array(dtype=f64),
        out: wp.array2d(dtype=f64),
    ):
        """The stages from `begin` and before `end`, of 2 `levels`; `group` threads share a yarn."""
        line = wp.tid() / group
        lane = wp.tid() - line * group
        for stage in range(begin, end):
            if line < factors.lines.shape[0]:
                if stage == 0:
                    for row in range(lane, factors.nodes * wp.static(size), group):
                        i = crossing(factors, line, row / 5)
                        value = f64(0.0)
                        if i >= 0:
                            value = right[i, row % 5]
                        rest[line * factors.nodes * wp.static(size) + row] = value
                elif stage < levels:
                    level = stage - 1
                    kept = factors.nodes >> stage
                    for row in range(lane, kept * wp.static(size), group):
                        j = row / wp.static(size)
                        p = row - j * wp.static(size)
                        first = first_eliminated(factors, level, line, j)
                        before = first_row(factors, level, line, 2 * j)
                        after = first_row(factors, level, line, 2 * j + 2)
                        more = 2 * j + 2 < (factors.nodes >> level)
                        node = first_row(factors, level, line, 2 * j + 1)
                        value = rest[node + p]
                        if wp.static(transposed):
                            value -= times(factors.inner_after, first, p, rest, before)
                            if more:
                                value -= times(factors.inner_before, first + wp.static(size), p, rest, after)
                        else:
                            value -= times(factors.outer_after, first, p, rest, before)
                            if more:
                                value -= times(factors.outer_before, first + wp.static(size), p, rest, after)
                        rest[node + p] = value
                else:
                    level = 2 * levels - 1 - stage
                    kept = factors.nodes >> (level + 1)
                    count = (factors.nodes >> level) - kept
                    for row in range(lane, count * wp.static(size), group):
                        j = row / wp.static(size)
                        p = row - j * wp.static(size)
                        first = first_eliminated(factors, level, line, j)
                        node = first_row(factors, level, line, 2 * j)
                        before = first_row(factors, level, line, 2 * j - 1)
                        after = first_row(factors, level, line, 2 * j + 1)
                        value = times(factors.inverses, first, p, rest, node)
                        if wp.static(transposed):
                            if j > 0:
                                value -= times(factors.outer_before, first, p, x, before)
                            if j < kept:
                                value -= times(factors.outer_after, first, p, x, after)
                        else:
                            if j > 0:
                                value -= times(factors.inner_before, first, p, x, before)
                            if j < kept:
                                value -= times(factors.inner_after, first, p, x, after)
                        x[node + p] = value
                        place = node / 5 - line * factors.nodes * wp.static(reach) + p / 5
                        i = crossing(factors, line, place)
                        if i >= 0:
                            out[i, p % 5] = value
            _wait_for_block()

    return solve


_SOLVE = {(reach, transposed): _solver(reach, transposed) for reach in (1, 2) for transposed in (False, True)}


class ParallelLines:
    """What `YarnLines` does, with a group of threads for each yarn; alike to rounding.

    Args:
        reach: Steps along a yarn that its band holds: 1 or 2.
        together: Whether a solve is one launch, where the threads of a block wait for one another from stage to stage.
            On the CPU, whose threads run one by one, each stage must be a launch of its own.
    """

    def __init__(self, model: Model, reach: int, together: bool) -> None:
        self.model, self.reach, self.together = model, reach, together
        self._factors = [self._made(table) for table in model.topology.lines]
        rows = max(factors.inverses.shape[1] for factors in self._factors)
        self._nodes = Nodes()
        with wp.ScopedDevice(model.device):
            for name in ("own", "before", "after"):
                setattr(self._nodes, name, wp.zeros((rows, reach), dtype=vec5))
            self._rest, self._x = (wp.zeros(rows, dtype=f64) for _ in range(2))
            self._slots = [
                wp.array([PREVIOUS[axis][1], PREVIOUS[axis][0], 0, *NEXT[axis]], dtype=wp.int32) for axis in range(2)
            ]

    def factor(self, matrix: BlockMatrix, axis: int) -> None:
        """Take over the band of a matrix's current blocks."""
        factors, size = self._factors[axis], 5 * self.reach
        yarns, nodes = len(factors.lines), factors.nodes
        shape = (*matrix.blocks.shape, 5)
        self._launch(gather, yarns * nodes * size, factors, view(matrix.blocks, vec5, shape), self._slots[axis])
        for level in range(nodes.bit_length()):
            kept = yarns * (nodes >> (level + 1))
            eliminated = yarns * (nodes >> level) - kept
            self._launch(invert, eliminated, factors, level)
            self._launch(multiply, eliminated * size, factors, level)
            if kept:
                self._launch(reduce, kept * size, factors, level)

    def solve(self, axis: int, right: wp.array, out: wp.array, transposed: bool = False) -> None:
        """out = band^-1 right, or band^-T right; [N] vec5, which may be the same array."""
        factors, size = self._factors[axis], 5 * self.reach
        levels = factors.nodes.bit_length()
        first_level = (factors.nodes + 1) // 2 * size
        group = min(BLOCK, 1 << (first_level - 1).bit_length())
        threads = -(-len(factors.lines) * group // BLOCK) * BLOCK  # whole blocks: all of them wait
        stages = [(0, 2 * levels)] if self.together else [(stage, stage + 1) for stage in range(2 * levels)]
        given, wanted = (view(each, f64, (len(each), 5)) for each in (right, out))
        for begin, end in stages:
            inputs = [factors, given, group, begin, end, levels, self._rest, self._x]
            kernel = _SOLVE[self.reach, transposed]
            wp.launch(kernel, threads, inputs, [wanted], device=self.model.device, block_dim=BLOCK)

    def _launch(self, kernel: wp.Kernel, threads: int, *inputs) -> None:
        wp.launch(kernel, threads, [*inputs, self._nodes], device=self.model.device, block_dim=reduction.BLOCK)

    def _made(self, table) -> Factors:
        factors, (yarns, longest) = Factors(), table.shape
        factors.reach, factors.nodes = self.reach, -(-longest // self.reach)
        size = 5 * self.reach
        with wp.ScopedDevice(self.model.device):
            factors.lines = wp.array(table, dtype=wp.int32)
            for name in ("inverses", "inner_before", "inner_after", "outer_before", "outer_after"):
                setattr(factors, name, wp.zeros((size, yarns * factors.nodes * size), dtype=f64))
        return factors


def yarn_lines(model: Model, reach: int) -> YarnLines | ParallelLines:
    """Solves along yarns as they suit a model's device."""
    return YarnLines(model, reach) if model.device.is_cpu else ParallelLines(model, reach, together=True)
