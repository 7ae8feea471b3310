"""Contact of the two parallel yarns that cross a segment at its ends: E = 1/2 kc L max(0, d - D)^2.

L is the segment's rest length, with crimp; d = r0 + r1, the radii of the two crossing yarns, doubled where they lie on
different sides (the segment's yarn then passes between them), and never more than L: at rest nothing touches.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Potential, segment_yarn
from warp_fabric.forces.crimp.star import arc_length
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat44, vec2, vec8


@wp.func
def contact_energy(stiffness: f64, distance: f64, d: f64) -> f64:
    gap = wp.max(f64(0.0), distance - d)
    return f64(0.5) * stiffness * gap * gap


@wp.func
def contact_gradient(stiffness: f64, distance: f64, d: f64) -> f64:
    """dE/dD."""
    return -stiffness * wp.max(f64(0.0), distance - d)


@wp.func
def contact_hessian(stiffness: f64, distance: f64, d: f64) -> f64:
    """d2E/dD2."""
    if d < distance:
        return stiffness
    return f64(0.0)


@wp.func
def contact_distance(grid: Grid, material: Material, crimp: wp.array(dtype=vec2), e: int) -> f64:
    """Least yarn length d [m] between the two crossings."""
    a, b = grid.segment[e, 0], grid.segment[e, 1]
    crossing_axis = 1 - grid.segment_axis[e]
    yarn_a = segment_yarn(grid.pick_yarn, grid.end_yarn, a, crossing_axis)
    yarn_b = segment_yarn(grid.pick_yarn, grid.end_yarn, b, crossing_axis)
    distance = material.radius[yarn_a] + material.radius[yarn_b]
    if grid.end_on_top[a] != grid.end_on_top[b]:
        distance = f64(2.0) * distance
    return wp.min(distance, arc_length(grid, crimp, e))


@wp.func
def contact_stiffness(grid: Grid, material: Material, crimp: wp.array(dtype=vec2), e: int) -> f64:
    """kc L [N/m]."""
    return material.parallel_stiffness[grid.fabric[grid.segment[e, 0]]] * arc_length(grid, crimp, e)


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    sliding: wp.array(dtype=vec2),
    energy: wp.array(dtype=f64),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    stiffness, distance = contact_stiffness(grid, material, crimp, e), contact_distance(grid, material, crimp, e)
    wp.atomic_add(energy, 0, contact_energy(stiffness, distance, sliding[b][axis] - sliding[a][axis]))


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    segment: wp.array(dtype=vec8),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    stiffness, distance = contact_stiffness(grid, material, crimp, e), contact_distance(grid, material, crimp, e)
    s = scale * contact_gradient(stiffness, distance, sliding[b][axis] - sliding[a][axis])
    zero = f64(0.0)
    segment[e] += vec8(zero, zero, zero, s, zero, zero, zero, -s)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    sliding: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    segment: wp.array2d(dtype=mat44),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    stiffness, distance = contact_stiffness(grid, material, crimp, e), contact_distance(grid, material, crimp, e)
    h = mat44()
    h[3, 3] = -scale * contact_hessian(stiffness, distance, sliding[b][axis] - sliding[a][axis])
    segment[e, 0] = segment[e, 0] + h
    segment[e, 1] = segment[e, 1] - h
    segment[e, 2] = segment[e, 2] - h
    segment[e, 3] = segment[e, 3] + h


class ParallelContact(Potential):
    name = "parallel_contact"
    kind = "segment"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def inputs(self, model, state, held):
        return [model.grid, held.material, held.crimp, state.sliding]
