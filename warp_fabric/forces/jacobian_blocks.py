"""How the matrix's blocks collect the Jacobians of elements.

A block joins two crossings; from each element with both it takes the part of their two roles. No element's axis is
asked for: a row's elements along picks come first, so that sums stay in registers.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.topology import SLOTS
from warp_fabric.types import f64, mat33, mat44, mat55, vec3


@wp.func
def corner_block(corner: wp.array2d(dtype=mat33), e: int, roles: int) -> mat33:
    """A corner's block for `role * 3 + other role`; written out because assembly spends its time here."""
    if roles == 0:
        uv = corner[e, 1]
        return corner[e, 0] + uv + wp.transpose(uv) + corner[e, 2]
    if roles == 1:
        return -(corner[e, 0] + wp.transpose(corner[e, 1]))
    if roles == 2:
        return -(corner[e, 1] + corner[e, 2])
    if roles == 3:
        return -(corner[e, 0] + corner[e, 1])
    if roles == 4:
        return corner[e, 0]
    if roles == 5:
        return corner[e, 1]
    if roles == 6:
        return -(wp.transpose(corner[e, 1]) + corner[e, 2])
    if roles == 7:
        return wp.transpose(corner[e, 1])
    return corner[e, 2]


@wp.func
def triple_block(triple: wp.array2d(dtype=mat33), e: int, roles: int) -> mat33:
    """A triple's block in positions for `role * 3 + other role`; written out likewise."""
    if roles == 0:
        return triple[e, 0]
    if roles == 1:
        return triple[e, 1] - triple[e, 0]
    if roles == 2:
        return -triple[e, 1]
    if roles == 3:
        return wp.transpose(triple[e, 1]) - triple[e, 0]
    if roles == 4:
        h12 = triple[e, 1]
        return triple[e, 0] + triple[e, 2] - h12 - wp.transpose(h12)
    if roles == 5:
        return triple[e, 1] - triple[e, 2]
    if roles == 6:
        return -wp.transpose(triple[e, 1])
    if roles == 7:
        return wp.transpose(triple[e, 1]) - triple[e, 2]
    return triple[e, 2]


@wp.func
def triple_coupling(triple: wp.array2d(dtype=mat33), e: int, roles: int) -> mat33:
    """The rest of that block, as rows: (position, sliding), (sliding, position), (sliding, sliding)."""
    if roles == 4:
        return mat33()
    c = triple[e, 3]
    a1 = vec3(c[0, 0], c[0, 1], c[0, 2])
    a2 = vec3(c[1, 0], c[1, 1], c[1, 2])
    s = vec3(c[2, 0], f64(0.0), f64(0.0))
    none = vec3()
    if roles == 0:
        return wp.matrix_from_rows(a1, a1, s)
    if roles == 1:
        return wp.matrix_from_rows(none, a2 - a1, none)
    if roles == 2:
        return wp.matrix_from_rows(-a1, -a2, -s)
    if roles == 3:
        return wp.matrix_from_rows(a2 - a1, none, none)
    if roles == 5:
        return wp.matrix_from_rows(a1 - a2, none, none)
    if roles == 6:
        return wp.matrix_from_rows(-a2, -a1, -s)
    if roles == 7:
        return wp.matrix_from_rows(none, a1 - a2, none)
    return wp.matrix_from_rows(a2, a2, s)


@wp.kernel(enable_backward=False)
def collect_jacobian(
    slides: wp.array(dtype=wp.int32),
    neighbor: wp.array2d(dtype=wp.int32),
    segment_offset: wp.array(dtype=wp.int32),
    segment_second: wp.array(dtype=wp.int32),
    segment_element: wp.array(dtype=wp.int32),
    segment_roles: wp.array(dtype=wp.int32),
    segment: wp.array2d(dtype=mat44),
    triple_offset: wp.array(dtype=wp.int32),
    triple_second: wp.array(dtype=wp.int32),
    triple_element: wp.array(dtype=wp.int32),
    triple_roles: wp.array(dtype=wp.int32),
    triple: wp.array2d(dtype=mat33),
    corner_offset: wp.array(dtype=wp.int32),
    corner_element: wp.array(dtype=wp.int32),
    corner_roles: wp.array(dtype=wp.int32),
    corner: wp.array2d(dtype=mat33),
    triangle_offset: wp.array(dtype=wp.int32),
    triangle_element: wp.array(dtype=wp.int32),
    triangle_roles: wp.array(dtype=wp.int32),
    triangle: wp.array(dtype=mat33),
    windy: int,
    blocks: wp.array2d(dtype=mat55),
):
    i, slot = wp.tid()
    row = i * wp.static(SLOTS) + slot
    # Sliding couples along its own yarn only: sums for picks, and for ends.
    first, second = mat44(), mat44()
    for k in range(segment_offset[row], segment_second[row]):
        first += segment[segment_element[k], segment_roles[k]]
    for k in range(segment_second[row], segment_offset[row + 1]):
        second += segment[segment_element[k], segment_roles[k]]
    xx, c0, c1 = mat33(), mat33(), mat33()
    for k in range(triple_offset[row], triple_second[row]):
        e = triple_element[k]
        xx += triple_block(triple, e, triple_roles[k])
        c0 += triple_coupling(triple, e, triple_roles[k])
    for k in range(triple_second[row], triple_offset[row + 1]):
        e = triple_element[k]
        xx += triple_block(triple, e, triple_roles[k])
        c1 += triple_coupling(triple, e, triple_roles[k])
    for k in range(corner_offset[row], corner_offset[row + 1]):
        e = corner_element[k]
        xx += corner_block(corner, e, corner_roles[k])
    if windy != 0:
        for k in range(triangle_offset[row], triangle_offset[row + 1]):
            xx += triangle[triangle_element[k]]
    # A neighbour that is not there has a zero block, whichever crossing is looked up in its place.
    own = f64(slides[i])
    other = f64(slides[wp.max(neighbor[i, slot], 0)])
    xs0 = other * vec3(first[0, 3] + c0[0, 0], first[1, 3] + c0[0, 1], first[2, 3] + c0[0, 2])
    xs1 = other * vec3(second[0, 3] + c1[0, 0], second[1, 3] + c1[0, 1], second[2, 3] + c1[0, 2])
    sx0 = own * vec3(first[3, 0] + c0[1, 0], first[3, 1] + c0[1, 1], first[3, 2] + c0[1, 2])
    sx1 = own * vec3(second[3, 0] + c1[1, 0], second[3, 1] + c1[1, 1], second[3, 2] + c1[1, 2])
    both = own * other
    ss0, ss1 = both * (first[3, 3] + c0[2, 0]), both * (second[3, 3] + c1[2, 0])
    zero = f64(0.0)
    for a in range(3):
        for b in range(3):
            xx[a, b] += first[a, b] + second[a, b]
    blocks[i, slot] = mat55(
        xx[0, 0], xx[0, 1], xx[0, 2], xs0[0], xs1[0],
        xx[1, 0], xx[1, 1], xx[1, 2], xs0[1], xs1[1],
        xx[2, 0], xx[2, 1], xx[2, 2], xs0[2], xs1[2],
        sx0[0], sx0[1], sx0[2], ss0, zero,
        sx1[0], sx1[1], sx1[2], zero, ss1,
    )  # fmt: skip


@wp.kernel(enable_backward=False)
def add_nodes(slides: wp.array(dtype=wp.int32), node: wp.array(dtype=mat55), blocks: wp.array2d(dtype=mat55)):
    """Add to the diagonal; the sliding of a border crossing gets a unit there."""
    i = wp.tid()
    if slides[i] != 0:
        blocks[i, 0] = blocks[i, 0] + node[i]
    else:
        total = blocks[i, 0]
        own = node[i]
        for a in range(3):
            for b in range(3):
                total[a, b] += own[a, b]
        total[3, 3] = f64(1.0)
        total[4, 4] = f64(1.0)
        blocks[i, 0] = total


@wp.kernel(enable_backward=False)
def add_cells(
    offset: wp.array(dtype=wp.int32),
    element: wp.array(dtype=wp.int32),
    roles: wp.array(dtype=wp.int32),
    cell: wp.array2d(dtype=mat33),
    blocks: wp.array2d(dtype=mat55),
):
    i, slot = wp.tid()
    row = i * wp.static(SLOTS) + slot
    xx = mat33()
    for k in range(offset[row], offset[row + 1]):
        xx += cell[element[k], roles[k]]
    total = blocks[i, slot]
    for a in range(3):
        for b in range(3):
            total[a, b] += xx[a, b]
    blocks[i, slot] = total
