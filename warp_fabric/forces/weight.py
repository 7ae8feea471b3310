"""Weight of a segment: E = -rho D g . (x0 + x1) / 2, rho the linear density [kg/m]."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Potential, block, segment_yarn
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat33, mat44, vec2, vec3, vec8


@wp.func
def weight_energy(load: vec3, x0: vec3, x1: vec3, d: f64) -> f64:
    """`load` is rho g [N/m]."""
    return -f64(0.5) * d * wp.dot(load, x0 + x1)


@wp.func
def weight_force(load: vec3, x0: vec3, x1: vec3, d: f64):
    """Force on either position, and along D."""
    return f64(0.5) * d * load, f64(0.5) * wp.dot(load, x0 + x1)


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
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis)
    load = material.linear_density[yarn] * material.gravity[grid.fabric[a]]
    wp.atomic_add(energy, 0, weight_energy(load, position[a], position[b], sliding[b][axis] - sliding[a][axis]))


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
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis)
    load = scale * material.linear_density[yarn] * material.gravity[grid.fabric[a]]
    x, s = weight_force(load, position[a], position[b], sliding[b][axis] - sliding[a][axis])
    segment[e] += vec8(x[0], x[1], x[2], -s, x[0], x[1], x[2], s)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    segment: wp.array2d(dtype=mat44),
):
    e = wp.tid()
    a, axis = grid.segment[e, 0], grid.segment_axis[e]
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, a, axis)
    half = f64(0.5) * scale * material.linear_density[yarn] * material.gravity[grid.fabric[a]]
    zero = f64(0.0)
    # Rows x0 and x1 grow with D = s1 - s0; rows s0 and s1 with x0 + x1.
    segment[e, 0] = segment[e, 0] + block(mat33(), -half, -half, zero)
    segment[e, 1] = segment[e, 1] + block(mat33(), half, -half, zero)
    segment[e, 2] = segment[e, 2] + block(mat33(), -half, half, zero)
    segment[e, 3] = segment[e, 3] + block(mat33(), half, half, zero)


class Weight(Potential):
    name = "weight"
    kind = "segment"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def inputs(self, model, state, held):
        return [model.grid, held.material, state.position, state.sliding]
