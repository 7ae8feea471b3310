"""What crimped yarns press on each other with, at the predicted state (`docs/physics.md`, section 10).

Fn = max(0, V + V_set + 1/2 n . (f_pick - f_end)): V = 2 sum dE_half/dh over the crossing's picks, V_set what yarns
press with that are not wholly set in their crimp, f_pick the force of the pick's halves and of its bending there.
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.crimp.half import half_gradient, half_rise_force
from warp_fabric.forces.crimp.star import half_of, is_interlaced, risen
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec2, vec3


@wp.func
def segment_pull(
    grid: Grid,
    material: Material,
    crimp: vec2,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    crimp_set: f64,
    i: int,
    k: int,
):
    """Of the k-th segment (right, left, up, down) of crossing i: its force there, its half's dE/dh and its V_set."""
    other = grid.neighbor[i, 1 + k]
    half = half_of(grid, material, crimp, position, sliding, i, k)
    ks, kc, slope, chord, d = half.ks, half.kc, half.slope, half.chord, half.d
    h_own, h_other = risen(half.rest, change[i], k // 2), risen(half.rest, change[other], k // 2)
    rise_force, set_share = f64(0.0), f64(0.0)
    if is_interlaced(grid, i, k) != 0:
        rise_force = half_rise_force(ks, kc, slope, chord, h_own, d)
        set_share = (f64(1.0) - crimp_set) * f64(6.0) * kc / d * slope * chord / (chord * chord + h_own * h_own)
    own, _own_d = half_gradient(ks, kc, slope, chord, h_own, d)
    far, _far_d = half_gradient(ks, kc, slope, chord, h_other, d)
    return ((own + far) / chord) * half.dx, rise_force, set_share


@wp.func
def crimp_pressing(
    grid: Grid,
    material: Material,
    crimp: vec2,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    normal: vec3,
    bending: vec3,
    i: int,
) -> f64:
    """V + V_set + 1/2 n . (f_pick - f_end) [N] of an inner crossing; `bending` is its part of f_pick - f_end."""
    crimp_set = material.crimp_set[grid.fabric[i]]
    right, right_rise, right_set = segment_pull(grid, material, crimp, position, sliding, change, crimp_set, i, 0)
    left, left_rise, left_set = segment_pull(grid, material, crimp, position, sliding, change, crimp_set, i, 1)
    up, _up_rise, up_set = segment_pull(grid, material, crimp, position, sliding, change, crimp_set, i, 2)
    down, _down_rise, down_set = segment_pull(grid, material, crimp, position, sliding, change, crimp_set, i, 3)
    # Of one of the real crossings of bundles, whose yarns rise as many times as far as they are long.
    strands = grid.strands[grid.fabric[i]]
    picks, ends = strands[0], strands[1]
    across = f64(0.5) * wp.dot(normal, right + left - up - down + bending) / (picks * ends)
    pressed = f64(2.0) * (right_rise + left_rise) / picks + right_set / picks + left_set / picks
    return pressed + up_set / ends + down_set / ends + across
