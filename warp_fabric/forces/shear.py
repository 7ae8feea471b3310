"""Shear and jamming at the four corners of an inner crossing: E = 1/2 k Lm g^2 (1 + 8 w q^3), g = pi/2 - phi.

phi is the angle between u = x_along - x0 and v = x_across - x0, Lm the mean of the two spacings,
k = (1 + Fn / 1 N) S pi R_pick R_end with the compression Fn of the crossing. At interlaced corners yarns jam
once phi falls to phi_l = 2 asin((R_pick + R_end) / (2 Lm)): q = tau softplus((g / (pi/2 - phi_l) - 1) / tau).
Over a float yarns do not jam: w = 0; else w = 1, but for bundles of yarns of which a share w does. The corner of a
bundle counts for as many real ones as it stands for.
"""

from __future__ import annotations

import math

import warp as wp

from warp_fabric.forces.angle import cosine_hessian_mixed, cosine_hessian_same
from warp_fabric.forces.base import Potential, mean_radius, real_spacing
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat33, vec3

PI = wp.constant(wp.float64(math.pi))
TAU = wp.constant(wp.float64(0.05))
JAMMING_START = wp.constant(wp.float64(-15.0))  # below, 1 + 8 q^3 and its derivatives round to those of q = 0


@wp.func
def jamming(g: f64, jam: f64):
    """q, dq/dg, d2q/dg2 for the shear angle `jam` at which yarns touch; zeros where `jam` is 0 (no jamming)."""
    if jam == f64(0.0):
        return f64(0.0), f64(0.0), f64(0.0)
    z = (g / jam - f64(1.0)) / TAU
    if z < JAMMING_START:
        return f64(0.0), f64(0.0), f64(0.0)
    decay = wp.exp(-wp.abs(z))
    rise = decay / (f64(1.0) + decay)
    if z > f64(0.0):
        rise = f64(1.0) / (f64(1.0) + decay)
    q = TAU * (wp.max(z, f64(0.0)) + wp.log(f64(1.0) + decay))
    return q, rise / jam, rise * (f64(1.0) - rise) / (TAU * jam * jam)


@wp.func
def shear_energy(k: f64, jam: f64, jams: f64, u: vec3, v: vec3) -> f64:
    g = wp.atan2(wp.dot(u, v), wp.length(wp.cross(u, v)))
    q, _q1, _q2 = jamming(g, jam)
    return f64(0.5) * k * g * g * (f64(1.0) + f64(8.0) * jams * q * q * q)


@wp.func
def shear_gradient(k: f64, jam: f64, jams: f64, u: vec3, v: vec3):
    """dE/du, dE/dv."""
    lu, lv = wp.length(u), wp.length(v)
    tu, tv = u / lu, v / lv
    c, s = wp.dot(tu, tv), wp.length(wp.cross(tu, tv))
    g = wp.atan2(c, s)
    q, q1, _q2 = jamming(g, jam)
    slope = k * g * (f64(1.0) + f64(8.0) * jams * q * q * q + f64(12.0) * jams * g * q * q * q1) / s  # dE/dc
    return (slope / lu) * (tv - c * tu), (slope / lv) * (tu - c * tv)


@wp.func
def shear_hessian(k: f64, jam: f64, jams: f64, u: vec3, v: vec3, convexity: int):
    """d2E/du2, d2E/dudv, d2E/dv2. E is convex in g; what is not, the second derivative of g, can be left out."""
    lu, lv = wp.length(u), wp.length(v)
    tu, tv = u / lu, v / lv
    c, s = wp.dot(tu, tv), wp.length(wp.cross(tu, tv))
    g = wp.atan2(c, s)
    q, q1, q2 = jamming(g, jam)
    factor = f64(1.0) + f64(8.0) * jams * q * q * q
    factor1 = f64(24.0) * jams * q * q * q1
    factor2 = f64(48.0) * jams * q * q1 * q1 + f64(24.0) * jams * q * q * q2
    slope = k * (g * factor + f64(0.5) * g * g * factor1) / s
    curvature = (k * (factor + f64(2.0) * g * factor1 + f64(0.5) * g * g * factor2) + slope * c) / (s * s)
    if convexity > 1:
        curvature = k * (factor + f64(2.0) * g * factor1 + f64(0.5) * g * g * factor2) / (s * s)
        slope = f64(0.0)
    qu, qv = tv - c * tu, tu - c * tv
    gu, gv = qu / lu, qv / lv
    uu = curvature * wp.outer(gu, gu) + slope * cosine_hessian_same(tu, qu, c, lu)
    uv = curvature * wp.outer(gu, gv) + slope * cosine_hessian_mixed(tu, tv, qv, lu, lv)
    vv = curvature * wp.outer(gv, gv) + slope * cosine_hessian_same(tv, qv, c, lv)
    return uu, uv, vv


@wp.kernel
def _modulus(grid: Grid, material: Material, modulus: wp.array(dtype=f64)):
    """As given, or S = G p1 p2 / (4 pi R_pick R_end Lm) with mean radii, from the cloth's shear rigidity G."""
    f = wp.tid()
    modulus[f] = material.shear_modulus[f]
    if material.shear_rigidity[f] > f64(0.0):
        pick, end = mean_radius(grid, material, f, 0), mean_radius(grid, material, f, 1)
        p1, p2 = real_spacing(grid, f, 0), real_spacing(grid, f, 1)
        modulus[f] = material.shear_rigidity[f] * p1 * p2 / (f64(2.0) * PI * pick * end * (p1 + p2))


@wp.func
def corner_parameters(grid: Grid, material: Material, modulus: wp.array(dtype=f64), compression: f64, e: int):
    """k Lm [N m], the jamming shear angle pi/2 - phi_l (0: does not jam), and the share that jams."""
    crossing = grid.corner[e, 0]
    pick_radius = material.radius[grid.pick_yarn[crossing]]
    end_radius = material.radius[grid.end_yarn[crossing]]
    spacing = grid.corner_spacing[e]
    k = (
        (f64(1.0) + compression)
        * modulus[grid.fabric[crossing]]
        * PI
        * pick_radius
        * end_radius
        * spacing
        * grid.corner_weight[e]
    )
    jam = f64(0.0)
    jams = grid.corner_interlaced[e]
    if jams > f64(0.0):
        jam = f64(0.5) * PI - f64(2.0) * wp.asin((pick_radius + end_radius) / (f64(2.0) * spacing))
    return k, jam, jams


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    modulus: wp.array(dtype=f64),
    position: wp.array(dtype=vec3),
    compression: wp.array(dtype=f64),
    energy: wp.array(dtype=f64),
):
    e = wp.tid()
    centre, along, across = grid.corner[e, 0], grid.corner[e, 1], grid.corner[e, 2]
    k, jam, jams = corner_parameters(grid, material, modulus, compression[centre], e)
    u, v = position[along] - position[centre], position[across] - position[centre]
    wp.atomic_add(energy, 0, shear_energy(k, jam, jams, u, v))


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    modulus: wp.array(dtype=f64),
    position: wp.array(dtype=vec3),
    compression: wp.array(dtype=f64),
    scale: f64,
    corner: wp.array2d(dtype=vec3),
):
    e = wp.tid()
    centre, along, across = grid.corner[e, 0], grid.corner[e, 1], grid.corner[e, 2]
    k, jam, jams = corner_parameters(grid, material, modulus, compression[centre], e)
    u, v = position[along] - position[centre], position[across] - position[centre]
    gu, gv = shear_gradient(-scale * k, jam, jams, u, v)
    corner[e, 0] += gu
    corner[e, 1] += gv


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    modulus: wp.array(dtype=f64),
    position: wp.array(dtype=vec3),
    compression: wp.array(dtype=f64),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    corner: wp.array2d(dtype=mat33),
):
    e = wp.tid()
    centre, along, across = grid.corner[e, 0], grid.corner[e, 1], grid.corner[e, 2]
    k, jam, jams = corner_parameters(grid, material, modulus, compression[centre], e)
    u, v = position[along] - position[centre], position[across] - position[centre]
    uu, uv, vv = shear_hessian(-scale * k, jam, jams, u, v, convexity)
    corner[e, 0] = corner[e, 0] + uu
    corner[e, 1] = corner[e, 1] + uv
    corner[e, 2] = corner[e, 2] + vv


class Shear(Potential):
    """Holds `shear_modulus` [F] Pa, of each fabric."""

    name = "shear"
    kind = "corner"
    convex = False
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def inputs(self, model, state, held):
        return [model.grid, held.material, held.shear_modulus, state.position, held.compression]

    def holds(self, model):
        return {"shear_modulus": (model.fabric_count, f64)}

    def hold(self, model, moment, held):
        inputs, outputs = [model.grid, model.material], [held.shear_modulus]
        wp.launch(_modulus, model.fabric_count, inputs, outputs, device=model.device)
