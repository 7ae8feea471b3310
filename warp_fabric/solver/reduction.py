"""Kernels that factorise bands along yarns by block cyclic reduction; `parallel_lines.py` says what they make."""

from __future__ import annotations

import warp as wp

from warp_fabric.solver.lines import inverse
from warp_fabric.types import f64, mat55, vec5

BLOCK = 32
"""Threads of a block: few, since a level of a small cloth has few nodes, and each is much work."""
wp.set_module_options({"optimization_level": 3, "block_dim": BLOCK})


@wp.struct
class Factors:
    """Factors of one direction's yarns, whose nodes are numbered from 0 to `nodes` - 1, as if all were of one length.

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
def crossing(factors: Factors, line: int, place: int) -> int:
    """A yarn's crossing by its place, -1 where it has none."""
    if place < 0 or place >= factors.lines.shape[1]:
        return -1
    return factors.lines[line, place]


@wp.func
def first_eliminated(factors: Factors, level: int, line: int, j: int) -> int:
    """The first row, among factors, of the node that is the j-th to be eliminated on a level."""
    count = factors.nodes >> level
    # All levels before have eliminated what this one has no more.
    first = factors.lines.shape[0] * (factors.nodes - count)
    return (first + line * ((count + 1) / 2) + j) * 5 * factors.reach


@wp.func
def first_row(factors: Factors, level: int, line: int, i: int) -> int:
    """The first row, among nodes, of node i of a level."""
    return (line * factors.nodes + ((i + 1) << level) - 1) * 5 * factors.reach


@wp.kernel(enable_backward=False)
def gather(factors: Factors, blocks: wp.array3d(dtype=vec5), slots: wp.array(dtype=wp.int32), nodes: Nodes):
    """Rows of the stencil matrix, [N, 13, 5]; `slots` are those of the neighbours 2 steps before to 2 steps after."""
    row = wp.tid()
    size = 5 * factors.reach
    node = row / size
    line = node / factors.nodes
    p = row - node * size
    node = node - line * factors.nodes
    place = node * factors.reach + p / 5
    i = crossing(factors, line, place)
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
def invert(factors: Factors, level: int, nodes: Nodes):
    """Pivots become their inverses; of a pair of crossings by the Schur complement of the first. Half-done blocks go
    through memory: all at once they are more than a GPU's registers hold."""
    thread = wp.tid()
    count = ((factors.nodes >> level) + 1) / 2
    line = thread / count
    first = first_row(factors, level, line, 2 * (thread - line * count))
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
def multiply(factors: Factors, level: int, nodes: Nodes):
    """A row of each of an eliminated node's factors."""
    thread = wp.tid()
    reach = factors.reach
    size = 5 * reach
    kept = factors.nodes >> (level + 1)
    count = (factors.nodes >> level) - kept
    line = thread / (count * size)
    j = thread / size - line * count
    p = thread - (thread / size) * size
    first = first_row(factors, level, line, 2 * j)
    row = first_eliminated(factors, level, line, j) + p
    for column in range(reach):
        _store(factors.inverses, row, column, nodes.own[first + p, column])
        if j > 0:
            neighbor = first_row(factors, level, line, 2 * j - 1) + p
            inner = _row_times(reach, nodes.own, first + p, nodes.before, first, column)
            _store(factors.inner_before, row, column, inner)
            outer = _row_times(reach, nodes.after, neighbor, nodes.own, first, column)
            _store(factors.outer_before, row, column, outer)
        if j < kept:
            neighbor = first_row(factors, level, line, 2 * j + 1) + p
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
def reduce(factors: Factors, level: int, nodes: Nodes):
    """A row of what a level leaves of a kept node's blocks."""
    thread = wp.tid()
    reach = factors.reach
    size = 5 * reach
    kept = factors.nodes >> (level + 1)
    line = thread / (kept * size)
    j = thread / size - line * kept
    p = thread - (thread / size) * size
    row = first_row(factors, level, line, 2 * j + 1) + p
    before, after = first_row(factors, level, line, 2 * j), first_row(factors, level, line, 2 * j + 2)
    factor = first_eliminated(factors, level, line, j) + p
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
