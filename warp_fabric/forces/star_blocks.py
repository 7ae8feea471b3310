"""How crossings and the matrix's blocks collect what joins a crossing with its up to four neighbours: a star.

All of a star's crossings are joined with each other, and lie within the matrix's 13 blocks. Stars are those of crimp,
where a crossing's freedom to change its yarns' rises takes P M P' from the stiffness, and the crosses of damping, one
for each triple, with G G' for each of two measures.
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.topology import OFFSETS, OPPOSITE, SLOTS
from warp_fabric.types import f64, mat33, mat55, vec3, vec5

_STEPS = OFFSETS[:5]
_PAIRS = [
    (slot, mine, other)
    for slot, offset in enumerate(OFFSETS)
    for mine in range(5)
    for other in range(5)
    if tuple(b - a for a, b in zip(_STEPS[mine], _STEPS[other])) == offset
]
"""For each slot the pairs of roles in a star, 0 its centre, else its neighbour in that slot, that lie so far apart."""
_FIRST = np.searchsorted([slot for slot, _, _ in _PAIRS], range(SLOTS + 1))
_Firsts = wp.types.vector(length=SLOTS + 1, dtype=wp.int32)
_Roles = wp.types.vector(length=len(_PAIRS), dtype=wp.int32)
_Slots = wp.types.vector(length=5, dtype=wp.int32)
FIRST = wp.constant(_Firsts(*_FIRST.tolist()))
MINE = wp.constant(_Roles(*[mine for _, mine, _ in _PAIRS]))
OTHER = wp.constant(_Roles(*[other for _, _, other in _PAIRS]))
BACK = wp.constant(_Slots(*OPPOSITE[:5]))


@wp.func
def _along(part: vec5, axis: int) -> vec5:
    zero = f64(0.0)
    if axis == 0:
        return vec5(part[0], part[1], part[2], part[3], zero)
    return vec5(part[0], part[1], part[2], zero, part[3])


@wp.func
def _part(star: wp.array2d(dtype=vec5), c: int, role: int, axis: int) -> vec5:
    """E_qz of one role's coordinates by the rise of one axis's yarns: position, then sliding along that axis."""
    if role == 0:
        total = -star[c, 2 * axis] - star[c, 2 * axis + 1]
        return _along(total, axis)
    if (role - 1) // 2 != axis:
        return vec5()
    return _along(star[c, role - 1], axis)


@wp.kernel(enable_backward=False)
def add_stars(
    slides: wp.array(dtype=wp.int32),
    neighbor: wp.array2d(dtype=wp.int32),
    star: wp.array2d(dtype=vec5),
    blocks: wp.array2d(dtype=mat55),
):
    i, slot = wp.tid()
    j = neighbor[i, slot]
    if j < 0:
        return
    total = blocks[i, slot]
    for pair in range(FIRST[slot], FIRST[slot + 1]):
        mine, other = MINE[pair], OTHER[pair]
        c = neighbor[i, BACK[mine]]
        if c >= 0:
            m = star[c, 4]
            pick, end = _part(star, c, other, 0), _part(star, c, other, 1)
            total = total + wp.outer(_part(star, c, mine, 0), m[0] * pick + m[1] * end)
            total = total + wp.outer(_part(star, c, mine, 1), m[1] * pick + m[2] * end)
    for k in range(3, 5):
        for a in range(5):
            if slides[i] == 0:
                total[k, a] = f64(0.0)
            if slides[j] == 0:
                total[a, k] = f64(0.0)
    blocks[i, slot] = total


@wp.kernel
def collect_crosses(
    neighbor: wp.array2d(dtype=wp.int32),
    node_triple: wp.array2d(dtype=wp.int32),
    cross: wp.array2d(dtype=vec3),
    out: wp.array(dtype=vec5),
):
    i = wp.tid()
    push = vec3()
    for role in range(5):
        c = neighbor[i, BACK[role]]
        if c >= 0:
            for axis in range(2):
                e = node_triple[c, axis]
                if e >= 0:
                    push += cross[e, role]
    out[i] += vec5(push[0], push[1], push[2], f64(0.0), f64(0.0))


@wp.kernel(enable_backward=False)
def add_crosses(
    neighbor: wp.array2d(dtype=wp.int32),
    node_triple: wp.array2d(dtype=wp.int32),
    cross: wp.array2d(dtype=vec3),
    blocks: wp.array2d(dtype=mat55),
):
    i, slot = wp.tid()
    if neighbor[i, slot] < 0:
        return
    xx = mat33()
    for pair in range(FIRST[slot], FIRST[slot + 1]):
        mine, other = MINE[pair], OTHER[pair]
        c = neighbor[i, BACK[mine]]
        if c >= 0:
            for axis in range(2):
                e = node_triple[c, axis]
                if e >= 0:
                    joined = wp.outer(cross[e, mine], cross[e, other]) + wp.outer(
                        cross[e, 5 + mine], cross[e, 5 + other]
                    )
                    xx += cross[e, 10][0] * joined
    total = blocks[i, slot]
    for a in range(3):
        for b in range(3):
            total[a, b] += xx[a, b]
    blocks[i, slot] = total
