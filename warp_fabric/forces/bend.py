"""Bending at three neighbouring crossings 2, 0, 1 of a yarn: E = kb theta^2 / S, kb = B pi R^2 [N m^2].

theta is the angle between d1 = x0 - x2 and d2 = x1 - x0, S = s1 - s2 the yarn length between the outer two
(Cirio et al. 2014, eq. 8). theta^2 = 4 y(m) with y = asin(sqrt m)^2 and m = |t1 - t2|^2 / 4 = sin(theta / 2)^2 is
smooth at theta = 0, where the closed form is not computable: there its series serves.
"""

from __future__ import annotations

import math

import warp as wp

from warp_fabric.forces.angle import cosine_hessian_mixed, cosine_hessian_same
from warp_fabric.forces.base import Potential, segment_yarn
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat33, vec2, vec3, vec7

PI = wp.constant(wp.float64(math.pi))

# y = 1/2 sum (4 m)^n / (n^2 binomial(2n, n)); 11 terms reach rounding up to SERIES_END, for y'' too.
SERIES_END = wp.constant(wp.float64(0.02))
SERIES_TERMS = 11
_coefficients = [0.5 * 4.0**n / (n * n * math.comb(2 * n, n)) for n in range(1, SERIES_TERMS + 1)]
Series = wp.types.vector(length=SERIES_TERMS, dtype=wp.float64)
SERIES = wp.constant(Series(*_coefficients))
SERIES_1 = wp.constant(Series(*[c * n for n, c in enumerate(_coefficients, 1)]))
SERIES_2 = wp.constant(Series(*[c * n * (n - 1) for n, c in enumerate(_coefficients, 1)]))


@wp.func
def squared_arcsine(m: f64):
    """y(m) = asin(sqrt m)^2."""
    if m < SERIES_END:
        total = f64(0.0)
        for k in range(wp.static(SERIES_TERMS)):
            total = total * m + SERIES[wp.static(SERIES_TERMS - 1) - k]
        return total * m
    a = wp.asin(wp.sqrt(wp.min(m, f64(1.0))))
    return a * a


@wp.func
def squared_arcsine_1(m: f64) -> f64:
    """y'(m)."""
    if m < SERIES_END:
        total = f64(0.0)
        for k in range(wp.static(SERIES_TERMS)):
            total = total * m + SERIES_1[wp.static(SERIES_TERMS - 1) - k]
        return total
    return wp.asin(wp.sqrt(wp.min(m, f64(1.0)))) / wp.sqrt(m * (f64(1.0) - m))


@wp.func
def squared_arcsine_2(m: f64) -> f64:
    """y''(m), from m (1 - m) y'' + (1/2 - m) y' = 1/2."""
    if m < SERIES_END:
        total = f64(0.0)
        for k in range(wp.static(SERIES_TERMS - 1)):
            total = total * m + SERIES_2[wp.static(SERIES_TERMS - 1) - k]
        return total
    return (f64(0.5) - (f64(0.5) - m) * squared_arcsine_1(m)) / (m * (f64(1.0) - m))


@wp.func
def bend_energy(kb: f64, d1: vec3, d2: vec3, s: f64) -> f64:
    difference = wp.normalize(d2) - wp.normalize(d1)
    return f64(4.0) * kb / s * squared_arcsine(f64(0.25) * wp.dot(difference, difference))


@wp.func
def bend_gradient(kb: f64, d1: vec3, d2: vec3, s: f64):
    """dE/dd1, dE/dd2, dE/dS."""
    l1, l2 = wp.length(d1), wp.length(d2)
    t1, t2 = d1 / l1, d2 / l2
    difference = t2 - t1
    m = f64(0.25) * wp.dot(difference, difference)
    slope = -f64(2.0) * kb / s * squared_arcsine_1(m)  # dE/dc
    g1 = (slope / l1) * (difference + f64(2.0) * m * t1)
    g2 = (slope / l2) * (f64(2.0) * m * t2 - difference)
    return g1, g2, -f64(4.0) * kb / (s * s) * squared_arcsine(m)


@wp.func
def bend_hessian(kb: f64, d1: vec3, d2: vec3, s: f64, convexity: int):
    """Second derivative by (d1, d2, S): (d1, d1), (d1, d2), (d2, d2), and the rows (d1, S), (d2, S), ((S, S), 0, 0).

    With e = t2 - t1, m = e.e / 4, E = 4 kb y(m) / S: leaving out the second derivative of e makes it that of a convex
    energy (Gauss-Newton), with y'' and S kept.
    """
    l1, l2 = wp.length(d1), wp.length(d2)
    t1, t2 = d1 / l1, d2 / l2
    difference = t2 - t1
    m = f64(0.25) * wp.dot(difference, difference)
    c = f64(1.0) - f64(2.0) * m
    q1 = difference + f64(2.0) * m * t1
    q2 = f64(2.0) * m * t2 - difference
    slope = -f64(2.0) * kb / s * squared_arcsine_1(m)
    curvature = kb / s * squared_arcsine_2(m)
    g1, g2 = q1 / l1, q2 / l2
    h11 = curvature * wp.outer(g1, g1) + slope * cosine_hessian_same(t1, q1, c, l1)
    h12 = curvature * wp.outer(g1, g2) + slope * cosine_hessian_mixed(t1, t2, q2, l1, l2)
    h22 = curvature * wp.outer(g2, g2) + slope * cosine_hessian_same(t2, q2, c, l2)
    if convexity > 1:
        p1 = wp.identity(n=3, dtype=f64) - wp.outer(t1, t1)
        p2 = wp.identity(n=3, dtype=f64) - wp.outer(t2, t2)
        h11 = curvature * wp.outer(g1, g1) - (slope / (l1 * l1)) * p1
        h12 = curvature * wp.outer(g1, g2) + (slope / (l1 * l2)) * (p1 * p2)
        h22 = curvature * wp.outer(g2, g2) - (slope / (l2 * l2)) * p2
    zero = f64(0.0)
    ss = vec3(f64(8.0) * kb / (s * s * s) * squared_arcsine(m), zero, zero)
    return h11, h12, h22, wp.matrix_from_rows((-slope / s) * g1, (-slope / s) * g2, ss)


@wp.func
def bend_stiffness(material: Material, yarn: int) -> f64:
    """kb = B pi R^2 [N m^2]."""
    return material.bending_modulus[yarn] * PI * material.radius[yarn] * material.radius[yarn]


@wp.func
def triple_stiffness(grid: Grid, material: Material, e: int) -> f64:
    """kb [N m^2] of three neighbouring crossings."""
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, grid.triple[e, 1], grid.triple_axis[e])
    return bend_stiffness(material, yarn) * grid.triple_stiffness[e]


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    energy: wp.array(dtype=f64),
):
    e = wp.tid()
    before, centre, after, axis = grid.triple[e, 0], grid.triple[e, 1], grid.triple[e, 2], grid.triple_axis[e]
    kb = triple_stiffness(grid, material, e)
    d1, d2 = position[centre] - position[before], position[after] - position[centre]
    wp.atomic_add(energy, 0, bend_energy(kb, d1, d2, sliding[after][axis] - sliding[before][axis]))


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    triple: wp.array(dtype=vec7),
):
    e = wp.tid()
    before, centre, after, axis = grid.triple[e, 0], grid.triple[e, 1], grid.triple[e, 2], grid.triple_axis[e]
    kb = -scale * triple_stiffness(grid, material, e)
    d1, d2 = position[centre] - position[before], position[after] - position[centre]
    g1, g2, gs = bend_gradient(kb, d1, d2, sliding[after][axis] - sliding[before][axis])
    triple[e] += vec7(g1[0], g1[1], g1[2], g2[0], g2[1], g2[2], gs)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    triple: wp.array2d(dtype=mat33),
):
    e = wp.tid()
    before, centre, after, axis = grid.triple[e, 0], grid.triple[e, 1], grid.triple[e, 2], grid.triple_axis[e]
    kb = -scale * triple_stiffness(grid, material, e)
    d1, d2 = position[centre] - position[before], position[after] - position[centre]
    h11, h12, h22, rest = bend_hessian(kb, d1, d2, sliding[after][axis] - sliding[before][axis], convexity)
    triple[e, 0] = triple[e, 0] + h11
    triple[e, 1] = triple[e, 1] + h12
    triple[e, 2] = triple[e, 2] + h22
    triple[e, 3] = triple[e, 3] + rest


class Bend(Potential):
    name = "bend"
    kind = "triple"
    convex = False
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def inputs(self, model, state, held):
        return [model.grid, held.material, state.position, state.sliding]
