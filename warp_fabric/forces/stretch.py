"""Stretch of a segment: E = 1/2 ks D (l/D - 1)^2, ks = Y pi R^2 [N] (Cirio et al. 2014, eq. 6).

D is the yarn length between the two crossings, dx their distance vector, l = |dx|.
"""

from __future__ import annotations

import math

import warp as wp

from warp_fabric.forces.base import Potential, block, segment_yarn
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat44, vec2, vec3, vec8

PI = wp.constant(wp.float64(math.pi))


@wp.func
def stretch_energy(ks: f64, dx: vec3, d: f64) -> f64:
    strain = wp.length(dx) / d - f64(1.0)
    return f64(0.5) * ks * d * strain * strain


@wp.func
def stretch_gradient(ks: f64, dx: vec3, d: f64):
    """dE/d(dx), dE/dD. Not a number where the segment is inverted or has no length."""
    length = wp.length(dx)
    if d <= f64(0.0) or length <= f64(0.0):
        nan = wp.sqrt(f64(-1.0))
        return vec3(nan, nan, nan), nan
    strain = length / d - f64(1.0)
    return (ks * strain / length) * dx, -f64(0.5) * ks * strain * (strain + f64(2.0))


@wp.func
def stretch_hessian(ks: f64, dx: vec3, d: f64, convexity: int):
    """d2E/d(dx)2, d2E/d(dx)dD, d2E/dD2. Under compression it has a negative part across the yarn, which is left out
    where `convexity` asks for that."""
    length = wp.length(dx)
    t = dx / length
    strain = length / d - f64(1.0)
    along = wp.outer(t, t)
    sideways = ks * strain / length
    if convexity > 0:
        sideways = wp.max(sideways, f64(0.0))
    xx = (ks / d) * along + sideways * (wp.identity(n=3, dtype=f64) - along)
    return xx, (-ks * length / (d * d)) * t, ks * length * length / (d * d * d)


@wp.func
def stretch_stiffness(material: Material, yarn: int) -> f64:
    """ks = Y pi R^2 [N]."""
    return material.young_modulus[yarn] * PI * material.radius[yarn] * material.radius[yarn]


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    energy: wp.array(dtype=f64),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    ks = stretch_stiffness(material, segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis))
    wp.atomic_add(energy, 0, stretch_energy(ks, position[b] - position[a], sliding[b][axis] - sliding[a][axis]))


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    segment: wp.array(dtype=vec8),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    ks = stretch_stiffness(material, segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis))
    gx, gd = stretch_gradient(ks, position[b] - position[a], sliding[b][axis] - sliding[a][axis])
    x, s = scale * gx, scale * gd
    segment[e] += vec8(x[0], x[1], x[2], s, -x[0], -x[1], -x[2], -s)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    segment: wp.array2d(dtype=mat44),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    ks = stretch_stiffness(material, segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis))
    xx, xd, dd = stretch_hessian(ks, position[b] - position[a], sliding[b][axis] - sliding[a][axis], convexity)
    h = -scale * block(xx, xd, xd, dd)
    segment[e, 0] = segment[e, 0] + h
    segment[e, 1] = segment[e, 1] - h
    segment[e, 2] = segment[e, 2] - h
    segment[e, 3] = segment[e, 3] + h


class Stretch(Potential):
    name = "stretch"
    kind = "segment"
    convex = False
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def count(self, model):
        return 0 if model.crimped else super().count(model)

    def inputs(self, model, state, held):
        return [model.grid, held.material, state.position, state.sliding]
