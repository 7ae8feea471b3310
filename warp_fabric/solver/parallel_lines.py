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
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.lines import NEXT, PREVIOUS, YarnLines, inverse
from warp_fabric.types import f64, mat55, vec5

wp.set_module_options({"optimization_level": 3})  # as in `lines.py`

BLOCK = 256
"""Threads of a block: Warp's own choice, since for any other it compiles a module anew."""


@wp.struct
class Factors:
    """Factors of one direction's yarns, whose nodes are numbered from 0 to `nodes` - 1, all yarns padded to the longest.

    Node i of level l is node ((i + 1) << l) - 1 of the yarn: a level has nodes >> l, and eliminates those of even i. Of
    an eliminated node, the blocks are stored by columns, [5 reach, rows] each: threads that do neighbouring rows read
    neighbouring numbers. Rows go by level, yarn, node and row of the block.

    Attributes:
        lines: crossings, [yarns, longest]. reach: crossings of a node.
        inverses: of the pivot. inner_before, inner_after: `inner` for the kept nodes before and after it.
        outer_before, outer_after: `outer` likewise.
    """

    lines: wp.array2d(dtype=wp.int32)
    reach: int
    nodes: int
    inverses: wp.array2d(dtype=f64)
    inner_before: wp.array2d(dtype=f64)
    inner_after: wp.array2d(dtype=f64)
    outer_before: wp.array2d(dtype=f64)
    outer_after: wp.array2d(dtype=f64)


@wp.struct
class Nodes:
    """The block tridiagonal matrix while it is being reduced: rows of a node's own block and of those that couple it
    with the node before and after, [yarns * nodes * 5 reach, reach] each."""

    own: wp.array2d(dtype=vec5)
    before: wp.array2d(dtype=vec5)
    after: wp.array2d(dtype=vec5)


@wp.func
def _crossing(factors: Factors, line: int, place: int) -> int:
    """A yarn's crossing by its place, -1 where it has none."""
    if place < 0 or place >= factors.lines.shape[1]:
        return -1
    return factors.lines[line, place]


@wp.func
def _eliminated(factors: Factors, level: int, line: int, j: int) -> int:
    """The first row, among factors, of the node that is the j-th to be eliminated on a level."""
    count = factors.nodes >> level
    # All levels before have eliminated what this one has no more.
    first = factors.lines.shape[0] * (factors.nodes - count)
    return (first + line * ((count + 1) / 2) + j) * 5 * factors.reach


@wp.func
def _node(factors: Factors, level: int, line: int, i: int) -> int:
    """The first row, among nodes, of node i of a level."""
    return (line * factors.nodes + ((i + 1) << level) - 1) * 5 * factors.reach


@wp.kernel(enable_backward=False)
def _gather(factors: Factors, blocks: wp.array3d(dtype=vec5), slots: wp.array(dtype=wp.int32), nodes: Nodes):
    """Rows of the stencil matrix, [N, 13, 5]; `slots` are those of the neighbours 2 steps before to 2 steps after."""
    row = wp.tid()
    size = 5 * factors.reach
    node = row / size
    line = node / factors.nodes
    p = row - node * size
    node = node - line * factors.nodes
    place = node * factors.reach + p / 5
    i = _crossing(factors, line, place)
    p = p - (p / 5) * 5
    for column in range(factors.reach):
        own, before, after = vec5(), vec5(), vec5()
        step = node * factors.reach + column - place
        if i >= 0:
            own = blocks[i, slots[step + 2], p]
            if step - factors.reach >= -factors.reach:
                before = blocks[i, slots[step - factors.reach + 2], p]
            if step + factors.reach <= factors.reach:
                after = blocks[i, slots[step + factors.reach + 2], p]
        elif step == 0:
            own[p] = f64(1.0)  # where a yarn has ended already: a node that nothing knows
        nodes.own[row, column] = own
        nodes.before[row, column] = before
        nodes.after[row, column] = after


@wp.func
def _block(rows: wp.array2d(dtype=vec5), first: int, i: int, j: int) -> mat55:
    """Block (i, j) of a node."""
    block = mat55()
    for p in range(5):
        row = rows[first + 5 * i + p, j]
        for q in range(5):
            block[p, q] = row[q]
    return block


@wp.func
def _keep(rows: wp.array2d(dtype=vec5), first: int, i: int, j: int, block: mat55):
    for p in range(5):
        rows[first + 5 * i + p, j] = vec5(block[p, 0], block[p, 1], block[p, 2], block[p, 3], block[p, 4])


@wp.kernel(enable_backward=False)
def _invert(factors: Factors, level: int, nodes: Nodes):
    """Pivots become their inverses; of a pair of crossings by the Schur complement of the first. Half-done blocks go
    through memory: all at once they are more than a GPU's registers hold."""
    thread = wp.tid()
    count = ((factors.nodes >> level) + 1) / 2
    line = thread / count
    first = _node(factors, level, line, 2 * (thread - line * count))
    _keep(nodes.own, first, 0, 0, inverse(_block(nodes.own, first, 0, 0)))
    if factors.reach == 2:
        left = _block(nodes.own, first, 1, 0) * _block(nodes.own, first, 0, 0)
        schur = _block(nodes.own, first, 1, 1) - left * _block(nodes.own, first, 0, 1)
        _keep(nodes.own, first, 1, 0, left)
        _keep(nodes.own, first, 1, 1, inverse(schur))
        right = _block(nodes.own, first, 0, 0) * _block(nodes.own, first, 0, 1)
        right = right * _block(nodes.own, first, 1, 1)
        _keep(nodes.own, first, 0, 1, f64(-1.0) * right)
        corner = _block(nodes.own, first, 0, 0) + right * _block(nodes.own, first, 1, 0)
        _keep(nodes.own, first, 0, 0, corner)
        left = _block(nodes.own, first, 1, 1) * _block(nodes.own, first, 1, 0)
        _keep(nodes.own, first, 1, 0, f64(-1.0) * left)


@wp.func
def _row_times(
    reach: int, a: wp.array2d(dtype=vec5), row: int, b: wp.array2d(dtype=vec5), first: int, column: int
) -> vec5:
    """Part `column` of a row of a, times the block of b that begins at row `first`."""
    total = vec5()
    for part in range(reach):
        values = a[row, part]
        for k in range(5):
            total += values[k] * b[first + 5 * part + k, column]
    return total


@wp.func
def _store(out: wp.array2d(dtype=f64), row: int, column: int, values: vec5):
    for k in range(5):
        out[5 * column + k, row] = values[k]


@wp.kernel(enable_backward=False)
def _multiply(factors: Factors, level: int, nodes: Nodes):
    """A row of each of an eliminated node's factors."""
    thread = wp.tid()
    reach = factors.reach
    size = 5 * reach
    kept = factors.nodes >> (level + 1)
    count = (factors.nodes >> level) - kept
    line = thread / (count * size)
    j = thread / size - line * count
    p = thread - (thread / size) * size
    first = _node(factors, level, line, 2 * j)
    row = _eliminated(factors, level, line, j) + p
    for column in range(reach):
        _store(factors.inverses, row, column, nodes.own[first + p, column])
        if j > 0:
            neighbor = _node(factors, level, line, 2 * j - 1) + p
            inner = _row_times(reach, nodes.own, first + p, nodes.before, first, column)
            _store(factors.inner_before, row, column, inner)
            outer = _row_times(reach, nodes.after, neighbor, nodes.own, first, column)
            _store(factors.outer_before, row, column, outer)
        if j < kept:
            neighbor = _node(factors, level, line, 2 * j + 1) + p
            inner = _row_times(reach, nodes.own, first + p, nodes.after, first, column)
            _store(factors.inner_after, row, column, inner)
            outer = _row_times(reach, nodes.before, neighbor, nodes.own, first, column)
            _store(factors.outer_after, row, column, outer)


@wp.func
def _factor_times(
    reach: int, a: wp.array2d(dtype=f64), row: int, b: wp.array2d(dtype=vec5), first: int, column: int
) -> vec5:
    """`_row_times` of a factor."""
    total = vec5()
    for k in range(5 * reach):
        total += a[k, row] * b[first + k, column]
    return total


@wp.kernel(enable_backward=False)
def _reduce(factors: Factors, level: int, nodes: Nodes):
    """A row of what a level leaves of a kept node's blocks."""
    thread = wp.tid()
    reach = factors.reach
    size = 5 * reach
    kept = factors.nodes >> (level + 1)
    line = thread / (kept * size)
    j = thread / size - line * kept
    p = thread - (thread / size) * size
    row = _node(factors, level, line, 2 * j + 1) + p
    before, after = _node(factors, level, line, 2 * j), _node(factors, level, line, 2 * j + 2)
    factor = _eliminated(factors, level, line, j) + p
    for column in range(reach):
        own = nodes.own[row, column]
        own = own - _factor_times(reach, factors.outer_after, factor, nodes.after, before, column)
        far_before = -_factor_times(reach, factors.outer_after, factor, nodes.before, before, column)
        far_after = vec5()
        if 2 * j + 2 < (factors.nodes >> level):
            own = own - _factor_times(reach, factors.outer_before, factor + size, nodes.before, after, column)
            far_after = -_factor_times(reach, factors.outer_before, factor + size, nodes.after, after, column)
        nodes.own[row, column] = own
        nodes.before[row, column] = far_before
        nodes.after[row, column] = far_after


@wp.func_native("""
#if defined(__CUDA_ARCH__)
    __syncthreads();
#endif
""")
def _wait_for_block(): ...


def _solver(reach: int, transposed: bool) -> wp.Kernel:
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
                        i = _crossing(factors, line, row / 5)
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
                        first = _eliminated(factors, level, line, j)
                        before, after = _node(factors, level, line, 2 * j), _node(factors, level, line, 2 * j + 2)
                        more = 2 * j + 2 < (factors.nodes >> level)
                        node = _node(factors, level, line, 2 * j + 1)
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
                        first = _eliminated(factors, level, line, j)
                        node = _node(factors, level, line, 2 * j)
                        before, after = _node(factors, level, line, 2 * j - 1), _node(factors, level, line, 2 * j + 1)
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
                        i = _crossing(factors, line, place)
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
        self._launch(_gather, yarns * nodes * size, factors, _view(matrix.blocks, vec5, shape), self._slots[axis])
        for level in range(nodes.bit_length()):
            kept = yarns * (nodes >> (level + 1))
            eliminated = yarns * (nodes >> level) - kept
            self._launch(_invert, eliminated, factors, level)
            self._launch(_multiply, eliminated * size, factors, level)
            if kept:
                self._launch(_reduce, kept * size, factors, level)

    def solve(self, axis: int, right: wp.array, out: wp.array, transposed: bool = False) -> None:
        """out = band^-1 right, or band^-T right; [N] vec5, which may be the same array."""
        factors, size = self._factors[axis], 5 * self.reach
        levels = factors.nodes.bit_length()
        first_level = (factors.nodes + 1) // 2 * size
        group = min(BLOCK, 1 << (first_level - 1).bit_length())
        threads = -(-len(factors.lines) * group // BLOCK) * BLOCK  # whole blocks: all of them wait
        stages = [(0, 2 * levels)] if self.together else [(stage, stage + 1) for stage in range(2 * levels)]
        given, wanted = (_view(each, f64, (len(each), 5)) for each in (right, out))
        for begin, end in stages:
            inputs = [factors, given, group, begin, end, levels, self._rest, self._x]
            kernel = _SOLVE[self.reach, transposed]
            wp.launch(kernel, threads, inputs, [wanted], device=self.model.device, block_dim=BLOCK)

    def _launch(self, kernel: wp.Kernel, threads: int, *inputs) -> None:
        wp.launch(kernel, threads, [*inputs, self._nodes], device=self.model.device)

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


def _view(array: wp.array, dtype: type, shape: tuple[int, ...]) -> wp.array:
    """An array's memory as another type."""
    view = wp.array(ptr=array.ptr, dtype=dtype, shape=shape, device=array.device, copy=False)
    view._ref = array  # whose memory it is
    return view
