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
def is_interlaced(grid: Grid, a: int, b: int) -> int:
    """Whether a yarn changes sides between two neighbouring crossings: 1 or 0. Not where there is no second (-1)."""
    if b < 0:
        return 0
    if grid.end_on_top[a] != grid.end_on_top[b]:
        return 1
    return 0


@wp.func
def segment_spacing(grid: Grid, i: int, k: int) -> f64:
    """Rest distance [m] of the crossings that the k-th segment of crossing i joins: right, left, up, down."""
    return grid.segment_length[grid.node_segment[i, k]]


@wp.func
def law_of(grid: Grid, material: Material, crimp: vec2, a: int, b: int, axis: int, spacing: f64):
    """ks [N], kc [N m^2], slope at rest t0 and rise at rest [m] of the segment from crossing a to b.

    Args:
        crimp: Of the fabric's picks, and of its ends. spacing: Of the two crossings, at rest, m.
    """
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis)
    kc, slope, rest = f64(0.0), f64(0.0), f64(0.0)
    if is_interlaced(grid, a, b) != 0:
        ratio = rise_ratio(crimp[axis])
        kc = loose_stiffness(material, yarn)
        slope = wp.atan(ratio)
        rest = ratio * spacing
    return stretch_stiffness(material, yarn), kc, slope, rest


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
    if own > f64(0.0) and is_interlaced(grid, a, grid.segment[e, 1]) != 0:
        return grid.segment_length[e] * (f64(1.0) + own)
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
    lowest = vec2(
        -rise_ratio(crimp[fabric][0]) * grid.spacing[fabric][0], -rise_ratio(crimp[fabric][1]) * grid.spacing[fabric][1]
    )
    for k in range(4):
        other = grid.neighbor[i, 1 + k]
        out.chord[k] = f64(1.0)
        out.d[k] = f64(1.0)
        if other >= 0:
            axis = k // 2
            side = f64(1 - 2 * (k % 2))
            out.there[k] = 1
            out.chord[k] = wp.length(position[other] - position[i])
            out.d[k] = side * (sliding[other][axis] - sliding[i][axis])
            ks, kc, slope, rest = law_of(grid, material, crimp[fabric], i, other, axis, segment_spacing(grid, i, k))
            out.ks[k] = ks
            out.kc[k] = kc
            out.slope[k] = slope
            out.rest[k] = rest
            if is_interlaced(grid, i, other) != 0:
                out.interlaced[k] = 1
                lowest[axis] = wp.max(lowest[axis], -out.rest[k])
                if axis == 0:
                    out.picks = out.picks + 1
                else:
                    out.ends = out.ends + 1
    out.lowest = lowest
    if out.picks > 0 and out.ends > 0:
        out.stiffness = material.crossing_stiffness[fabric]
    return out
