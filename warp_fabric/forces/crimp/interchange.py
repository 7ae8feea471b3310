"""How far each crossing's yarns have changed their rise: the minimum of its star's energy, at given coordinates.

Picks lose what ends gain, `change = (-2 u, 2 u)`, u the interchange; where crossings give, both also lose the
flattening g, `change = (-2 u - g, 2 u - g)`, at 1/2 k g^2. Both rises stay at or above 0.
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.crimp.half import half_energy, half_rise_force, half_rise_slope, half_rounding
from warp_fabric.forces.crimp.star import (
    Star,
    flattening_stiffness,
    half_of,
    is_interlaced,
    lowest_changes,
    risen,
    star_of,
)
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec2, vec3

MOST = 100
NEAR = wp.constant(wp.float64(1.0e-9))
"""Of the larger rise: after a Newton step no longer than this, what is left is its square."""
ROUNDING = wp.constant(wp.float64(4.0 * 2.220446049250313e-16))
LEAST_CURVATURE = wp.constant(wp.float64(1.0e-6))
FREE, PICKS_FLAT, ENDS_FLAT, BOTH_FLAT, NONE = 0, 1, 2, 3, 4
"""Which rises are 0 and stay there; `NONE`: no segment is interlaced."""


@wp.func
def slopes_of(star: Star, change: vec2):
    """First derivative of the star's energy by (pick's, end's) change, and the second ones, without flattening's."""
    first, second = vec2(), vec2()
    for k in range(4):
        if star.interlaced[k] != 0:
            axis = k // 2
            h = risen(star.rest[k], change, axis)
            g, s = half_rise_slope(star.ks[k], star.kc[k], star.slope[k], star.chord[k], h, star.d[k])
            first[axis] = first[axis] + g
            second[axis] = second[axis] + s
    return first, second


@wp.func
def star_energy(star: Star, change: vec2) -> f64:
    """All halves', and flattening's; J."""
    give = f64(0.5) * (change[0] + change[1])
    total = f64(0.5) * star.stiffness * give * give
    for k in range(4):
        if star.there[k] != 0:
            h = risen(star.rest[k], change, k // 2)
            total = total + half_energy(star.ks[k], star.kc[k], star.slope[k], star.chord[k], h, star.d[k])
    return total


@wp.func
def star_rounding(star: Star, change: vec2) -> f64:
    """What times eps rounding leaves of the star's energy; J."""
    total = f64(0.0)
    for k in range(4):
        if star.there[k] != 0:
            h = risen(star.rest[k], change, k // 2)
            total = total + half_rounding(star.ks[k], star.kc[k], star.slope[k], star.chord[k], h, star.d[k])
    return total


@wp.func
def compliance(flat: int, pp: f64, ee: f64, stiffness: f64) -> vec3:
    """Inverse of the second derivative by the changes that are free, (pp, pe, ee) in m/N.

    Args:
        flat: Which rises are 0. pp, ee: The halves' second derivatives by the pick's and the end's rise, N/m.
        stiffness: N/m, against flattening; 0: rigid.
    """
    zero = f64(0.0)
    if stiffness == zero:
        if flat == FREE and pp + ee > zero:
            m = f64(1.0) / (pp + ee)
            return vec3(m, -m, m)
        return vec3()
    quarter = f64(0.25) * stiffness
    p, e = pp + quarter, ee + quarter
    determinant = p * e - quarter * quarter
    if flat == FREE and determinant > zero and p > zero:
        return vec3(e / determinant, -quarter / determinant, p / determinant)
    if flat == PICKS_FLAT and e > zero:
        return vec3(zero, zero, f64(1.0) / e)
    if flat == ENDS_FLAT and p > zero:
        return vec3(f64(1.0) / p, zero, zero)
    return vec3()


@wp.func
def exchange(star: Star):
    """Rigid crossings: change, the inverse of the second derivative by it (pp, pe, ee), and what is flat."""
    size = wp.max(-star.lowest[0], -star.lowest[1])
    lowest, highest = f64(0.5) * star.lowest[1], -f64(0.5) * star.lowest[0]
    low, high = f64(0.5) * star.lowest[1], -f64(0.5) * star.lowest[0]  # not their names: Warp would change both
    u = f64(0.0)
    curvature = f64(0.0)
    for _ in range(MOST):
        first, second = slopes_of(star, vec2(-f64(2.0) * u, f64(2.0) * u))
        g = f64(2.0) * (first[1] - first[0])
        curvature = f64(4.0) * (second[0] + second[1])
        if g == f64(0.0):
            break
        if g < f64(0.0):
            low = u
        else:
            high = u
        move = -g / curvature
        if curvature > f64(0.0) and wp.abs(move) <= ROUNDING * size:
            break
        newton = curvature > f64(0.0) and u + move > low and u + move < high
        if not newton:
            move = f64(0.5) * (low + high) - u
        u = u + move
        if wp.abs(move) <= ROUNDING * size or (newton and wp.abs(move) <= NEAR * size):
            break
    close = f64(2.0) * ROUNDING * size  # bisection ends up to one ROUNDING away, and rounds u besides
    if u >= highest - close:
        return vec2(-f64(2.0) * highest, f64(2.0) * highest), vec3(), PICKS_FLAT
    if u <= lowest + close:
        return vec2(-f64(2.0) * lowest, f64(2.0) * lowest), vec3(), ENDS_FLAT
    quarter = f64(0.25) * curvature  # the sum of both second derivatives
    return vec2(-f64(2.0) * u, f64(2.0) * u), compliance(FREE, quarter, f64(0.0), f64(0.0)), FREE


@wp.func
def definite_step(first: vec2, pp: f64, pe: f64, ee: f64) -> vec2:
    """Newton's step [m] with the sizes of the matrix's eigenvalues, none below `LEAST_CURVATURE` of the larger.

    Args:
        first: By (pick's, end's) change, N. pp, pe, ee: Second derivatives, N/m.
    """
    middle, half = f64(0.5) * (pp + ee), f64(0.5) * (pp - ee)
    reach = wp.sqrt(half * half + pe * pe)
    angle = f64(0.5) * wp.atan2(pe, half)
    along = vec2(wp.cos(angle), wp.sin(angle))
    across = vec2(-along[1], along[0])
    a, b = wp.abs(middle + reach), wp.abs(middle - reach)
    least = LEAST_CURVATURE * wp.max(a, b)
    a, b = wp.max(a, least), wp.max(b, least)
    return -(wp.dot(first, along) / a) * along - (wp.dot(first, across) / b) * across


@wp.func
def flatten(star: Star):
    """Crossings that give: as `exchange`."""
    size = wp.max(-star.lowest[0], -star.lowest[1])
    quarter = f64(0.25) * star.stiffness
    change = vec2()
    flat = int(FREE)
    first, second = slopes_of(star, change)
    for _ in range(MOST):
        give = quarter * (change[0] + change[1])
        gp, ge = first[0] + give, first[1] + give
        flat = FREE
        if change[0] <= star.lowest[0] and gp > f64(0.0):
            flat = flat + PICKS_FLAT
        if change[1] <= star.lowest[1] and ge > f64(0.0):
            flat = flat + ENDS_FLAT
        pp, ee = second[0] + quarter, second[1] + quarter
        move = vec2()
        if flat == FREE:
            move = definite_step(vec2(gp, ge), pp, quarter, ee)
        elif flat == PICKS_FLAT:
            move = vec2(f64(0.0), -ge / wp.abs(ee))
        elif flat == ENDS_FLAT:
            move = vec2(-gp / wp.abs(pp), f64(0.0))
        energy, rounding = star_energy(star, change), f64(4.0) * ROUNDING * star_rounding(star, change)
        expected = gp * move[0] + ge * move[1]
        share = f64(1.0)
        following = change
        for _ in range(40):
            following = vec2(
                wp.max(change[0] + share * move[0], star.lowest[0]), wp.max(change[1] + share * move[1], star.lowest[1])
            )
            if -expected <= rounding or star_energy(star, following) < energy:
                break
            share = f64(0.5) * share
        moved = wp.max(wp.abs(following[0] - change[0]), wp.abs(following[1] - change[1]))
        change = following
        first, second = slopes_of(star, change)
        if moved <= ROUNDING * size:
            break
        if share == f64(1.0) and moved <= NEAR * size:
            break
    flat = FREE
    if change[0] <= star.lowest[0]:
        flat = flat + PICKS_FLAT
    if change[1] <= star.lowest[1]:
        flat = flat + ENDS_FLAT
    return change, compliance(flat, second[0], second[1], star.stiffness), flat


@wp.kernel(enable_backward=False)
def find_changes(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    inverse: wp.array(dtype=vec3),
    flat: wp.array(dtype=wp.int32),
):
    i = wp.tid()
    star = star_of(grid, material, crimp, position, sliding, i)
    usable = star.picks + star.ends
    for k in range(4):
        if not (star.chord[k] > f64(0.0) and star.d[k] > f64(0.0)):  # also where they are no numbers
            usable = int(0)
    c, m, f = vec2(), vec3(), int(NONE)
    if usable > 0 and star.stiffness > f64(0.0):
        c, m, f = flatten(star)
    elif usable > 0:
        c, m, f = exchange(star)
    change[i] = c
    inverse[i] = m
    flat[i] = f


@wp.kernel
def follow_changes(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    found: wp.array(dtype=vec2),
    inverse: wp.array(dtype=vec3),
    flat: wp.array(dtype=wp.int32),
    change: wp.array(dtype=vec2),
):
    """One more Newton step from the changes found: what leads to them, as functions of state and parameters.

    The second derivative is held: at the minimum, the step's derivative is right without its own.
    """
    i = wp.tid()
    if flat[i] == NONE:
        return
    fabric = grid.fabric[i]
    lowest = lowest_changes(grid, crimp[fabric], i)
    at = found[i]
    p, e = at[0], at[1]
    if flat[i] == PICKS_FLAT or flat[i] == BOTH_FLAT:
        p = lowest[0]
    if flat[i] == ENDS_FLAT or flat[i] == BOTH_FLAT:
        e = lowest[1]
    gp, ge = f64(0.0), f64(0.0)
    halves = int(4)  # no constant: Warp would unroll the loop, and its adjoint run out of registers
    for k in range(halves):
        if is_interlaced(grid, i, k) != 0:
            half = half_of(grid, material, crimp[fabric], position, sliding, i, k)
            h = risen(half.rest, at, k // 2)
            g = half_rise_force(half.ks, half.kc, half.slope, half.chord, h, half.d)
            if k < 2:
                gp += g
            else:
                ge += g
    stiffness = flattening_stiffness(grid, material, i)
    if stiffness == f64(0.0) and flat[i] == PICKS_FLAT:
        change[i] = vec2(p, -lowest[0])
    elif stiffness == f64(0.0) and flat[i] == ENDS_FLAT:
        change[i] = vec2(-lowest[1], e)
    else:
        give = f64(0.25) * stiffness * (p + e)
        gp += give
        ge += give
        m = inverse[i]  # nothing of what is flat
        change[i] = vec2(p - m[0] * gp - m[1] * ge, e - m[1] * gp - m[2] * ge)
