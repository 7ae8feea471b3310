"""A crossing's star: the halves of its up to four segments, which share the rise of its picks and of its ends."""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import segment_yarn
from warp_fabric.forces.bend import bend_stiffness
from warp_fabric.forces.stretch import stretch_stiffness
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec2, vec3

vec4 = wp.vec4d


@wp.func
def rise_ratio(crimp: f64) -> f64:
    """h0 / p = sqrt((1 + c)^2 - 1), the slope of a crimped yarn at rest."""
    if crimp > f64(0.0):
        return wp.sqrt(crimp * (f64(2.0) + crimp))
    return f64(0.0)  # of a fabric without crimp beside one with: no derivative, where the root's is infinite


@wp.func
def loose_stiffness(material: Material, yarn: int) -> f64:
    """kc = kb / C [N m^2], of the yarn's loose fibres."""
    return bend_stiffness(material, yarn) / material.cohesion[yarn]


@wp.func
def is_interlaced(grid: Grid, i: int, k: int) -> int:
    """Whether yarn changes sides in the k-th segment (right, left, up, down) of crossing i, if there is one: 1 or 0."""
    e = grid.node_segment[i, k]
    if e < 0:
        return 0
    if grid.segment_interlaced[e] > f64(0.0):
        return 1
    return 0


@wp.func
def interlaced_count(grid: Grid, i: int):
    """How many of a crossing's segments are interlaced: of its pick, and of its end."""
    picks = is_interlaced(grid, i, 0) + is_interlaced(grid, i, 1)
    ends = is_interlaced(grid, i, 2) + is_interlaced(grid, i, 3)
    return picks, ends


@wp.func
def share_of_crossings(grid: Grid, i: int) -> f64:
    """Of the real crossings that one of bundles stands for in the midst of the cloth, those that it does at an edge."""
    strands = grid.strands[grid.fabric[i]]
    half = f64(0.5)
    end, pick = half / strands[1], half / strands[0]  # of a side without cloth, its own yarn is left
    ends = wp.where(grid.neighbor[i, 1] < 0, end, half) + wp.where(grid.neighbor[i, 2] < 0, end, half)
    picks = wp.where(grid.neighbor[i, 3] < 0, pick, half) + wp.where(grid.neighbor[i, 4] < 0, pick, half)
    return ends * picks


@wp.func
def flattening_stiffness(grid: Grid, material: Material, i: int) -> f64:
    """N/m; 0: rigid, as are crossings where picks or ends alone are interlaced."""
    picks, ends = interlaced_count(grid, i)
    if picks > 0 and ends > 0:
        return material.crossing_stiffness[grid.fabric[i]] * share_of_crossings(grid, i)
    return f64(0.0)


@wp.func
def rest_rises(grid: Grid, crimp: vec2, fabric: int) -> vec2:
    """How much a fabric's picks, and its ends, rise between interlaced crossings at rest, m."""
    return vec2(rise_ratio(crimp[0]) * grid.spacing[fabric][0], rise_ratio(crimp[1]) * grid.spacing[fabric][1])


@wp.func
def lowest_changes(grid: Grid, crimp: vec2, i: int) -> vec2:
    """(Pick's, end's) change of rise at which the least of a crossing's rises is 0, m; `crimp`: of its fabric."""
    rises = rest_rises(grid, crimp, grid.fabric[i])
    p, e = -rises[0], -rises[1]
    for k in range(4):
        if is_interlaced(grid, i, k) != 0:
            axis = k // 2
            at = grid.node_segment[i, k]
            ratio = rise_ratio(crimp[axis] * grid.segment_interlaced[at])
            if axis == 0:
                p = wp.max(p, -ratio * grid.segment_length[at])
            else:
                e = wp.max(e, -ratio * grid.segment_length[at])
    return vec2(p, e)


@wp.struct
class Half:
    """What rules half a segment, as its crossing sees it.

    Attributes:
        ks: N. kc: N m^2. slope: t0. rest: rise at rest, m. All of these but `ks` are 0 for floats.
        dx: to the segment's other crossing, m. chord: its length, m. d: arc length, m.
    """

    ks: f64
    kc: f64
    slope: f64
    rest: f64
    dx: vec3
    chord: f64
    d: f64


@wp.func
def half_of(
    grid: Grid,
    material: Material,
    crimp: vec2,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    i: int,
    k: int,
) -> Half:
    """Of the k-th segment (right, left, up, down) of crossing i, which has one; `crimp`: of its fabric."""
    out = Half()
    other = grid.neighbor[i, 1 + k]
    axis = k // 2
    side = f64(1 - 2 * (k % 2))
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, i, axis)
    out.ks = stretch_stiffness(material, yarn)
    e = grid.node_segment[i, k]
    share = grid.segment_interlaced[e]
    if share > f64(0.0):
        # A share of a bundle's yarn that changes sides is as good as less crimp all along.
        ratio = rise_ratio(crimp[axis] * share)
        out.kc = loose_stiffness(material, yarn)
        out.slope = wp.atan(ratio)
        out.rest = ratio * grid.segment_length[e]
    out.dx = position[other] - position[i]
    out.chord = wp.length(out.dx)
    out.d = side * (sliding[other][axis] - sliding[i][axis])
    return out


@wp.func
def risen(rest: f64, change: vec2, axis: int) -> f64:
    """h [m] of half a segment that rises by `rest` at rest: 0 for floats, and never below."""
    h = rest + change[axis]
    if rest <= f64(0.0) or h < f64(0.0):
        h = f64(0.0)
    return h


@wp.func
def arc_length(grid: Grid, crimp: wp.array(dtype=vec2), e: int) -> f64:
    """Rest length L [m] of the yarn in a segment."""
    a = grid.segment[e, 0]
    own = crimp[grid.fabric[a]][grid.segment_axis[e]]
    share = grid.segment_interlaced[e]
    if own > f64(0.0) and share > f64(0.0):
        return grid.segment_length[e] * (f64(1.0) + own * share)
    return grid.segment_length[e]


@wp.struct
class Star:
    """By segment: right, left (of the pick), up, down (of the end).

    Attributes:
        chord, d: distance and arc length, m. ks: N. kc: N m^2, 0 for floats. rest: rise at rest, m. slope: t0.
        interlaced: 1; 0 for floats and where there is no segment. there: 1 where there is a segment.
        picks, ends: how many of its segments are interlaced.
        lowest: (pick's, end's) change of rise at which it is 0, m. stiffness: N/m, against flattening; 0: rigid.
    """

    chord: vec4
    d: vec4
    ks: vec4
    kc: vec4
    rest: vec4
    slope: vec4
    interlaced: wp.vec4i
    there: wp.vec4i
    picks: int
    ends: int
    lowest: vec2
    stiffness: f64


@wp.func
def star_of(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    i: int,
) -> Star:
    out = Star()
    fabric = grid.fabric[i]
    for k in range(4):
        other = grid.neighbor[i, 1 + k]
        out.chord[k] = f64(1.0)
        out.d[k] = f64(1.0)
        if other >= 0:
            half = half_of(grid, material, crimp[fabric], position, sliding, i, k)
            out.there[k] = 1
            out.chord[k] = half.chord
            out.d[k] = half.d
            out.ks[k] = half.ks
            out.kc[k] = half.kc
            out.slope[k] = half.slope
            out.rest[k] = half.rest
            if is_interlaced(grid, i, k) != 0:
                out.interlaced[k] = 1
    out.lowest = lowest_changes(grid, crimp[fabric], i)
    picks, ends = interlaced_count(grid, i)
    out.picks = picks
    out.ends = ends
    out.stiffness = flattening_stiffness(grid, material, i)
    return out
