"""Internal damping of bending: force -sum w G (G . xd), of Kelvin and Voigt (`docs/physics.md`, section 12).

At three neighbouring crossings 2, 0, 1 of a yarn, e = (t1 - t2) . n and e = (t1 - t2) . (n x t) measure how it bends
out of the cloth and in it: t1, t2 the unit vectors of x1 - x0 and x0 - x2, t that of t1 + t2, n the cloth's normal at
0. G is their gradient by positions, at the predicted state, and held; w = 2 kb tb / (L1 + L2), L the rest lengths, tb
the yarn's time constant. Rigid motions of the predicted state are not damped.
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Force, segment_yarn
from warp_fabric.forces.bend import triple_stiffness
from warp_fabric.forces.crimp.star import arc_length
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec2, vec3


@wp.func
def across(v: vec3, unit: vec3) -> vec3:
    """What of a vector is perpendicular to a unit vector."""
    return v - wp.dot(v, unit) * unit


@wp.kernel
def _measures(grid: Grid, position: wp.array(dtype=vec3), measure: wp.array3d(dtype=vec3)):
    e = wp.tid()
    previous, i, following, axis = grid.triple[e, 0], grid.triple[e, 1], grid.triple[e, 2], grid.triple_axis[e]
    right, left, up, down = grid.neighbor[i, 1], grid.neighbor[i, 2], grid.neighbor[i, 3], grid.neighbor[i, 4]
    if (right < 0 and left < 0) or (up < 0 and down < 0):
        return  # of a single yarn, beside other fabrics: it has no normal, and no damping
    x = position[i]
    d1, d2 = position[following] - x, x - position[previous]
    l1, l2 = wp.length(d1), wp.length(d2)
    t1, t2 = d1 / l1, d2 / l2
    s, w = t1 + t2, t1 - t2
    length_s = wp.length(s)
    t = s / length_s
    # One-sided at the border.
    a = position[wp.where(right < 0, i, right)] - position[wp.where(left < 0, i, left)]
    b = position[wp.where(up < 0, i, up)] - position[wp.where(down < 0, i, down)]
    m = wp.cross(a, b)
    length_m = wp.length(m)
    n = m / length_m
    for k in range(2):
        by_t1, by_t2, by_n = n, -n, w
        if k == 1:
            sideways = across(wp.cross(w, n), t) / length_s
            by_t1 = wp.cross(n, t) + sideways
            by_t2 = sideways - wp.cross(n, t)
            by_n = wp.cross(t, w)
        g1, g2 = across(by_t1, t1) / l1, across(by_t2, t2) / l2
        by_m = across(by_n, n) / length_m
        ga, gb = wp.cross(b, by_m), wp.cross(by_m, a)
        none = vec3()
        measure[e, k, 0] = (
            g2 - g1
            + wp.where(right < 0, ga, none) - wp.where(left < 0, ga, none)
            + wp.where(up < 0, gb, none) - wp.where(down < 0, gb, none)
        )  # fmt: skip
        measure[e, k, 1] = wp.where(right < 0, none, ga) + wp.where(axis == 0, g1, none)
        measure[e, k, 2] = -wp.where(left < 0, none, ga) - wp.where(axis == 0, g2, none)
        measure[e, k, 3] = wp.where(up < 0, none, gb) + wp.where(axis == 1, g1, none)
        measure[e, k, 4] = -wp.where(down < 0, none, gb) - wp.where(axis == 1, g2, none)


@wp.func
def damping_weight(grid: Grid, material: Material, crimp: wp.array(dtype=vec2), e: int) -> f64:
    """w [N m s]."""
    i, axis = grid.triple[e, 1], grid.triple_axis[e]
    yarn = segment_yarn(grid.pick_yarn, grid.end_yarn, i, axis)
    after, before = grid.node_segment[i, 2 * axis], grid.node_segment[i, 2 * axis + 1]
    reach = arc_length(grid, crimp, after) + arc_length(grid, crimp, before)
    return f64(2.0) * triple_stiffness(grid, material, e) * material.damping[yarn] / reach


@wp.func
def rate(grid: Grid, measure: wp.array3d(dtype=vec3), velocity: wp.array(dtype=vec3), e: int, k: int) -> f64:
    """G . xd [1/s]."""
    i = grid.triple[e, 1]
    total = wp.dot(measure[e, k, 0], velocity[i])
    for role in range(1, 5):
        other = grid.neighbor[i, role]
        if other >= 0:
            total += wp.dot(measure[e, k, role], velocity[other])
    return total


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    measure: wp.array3d(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    cross: wp.array2d(dtype=vec3),
):
    e = wp.tid()
    pull = -scale * damping_weight(grid, material, crimp, e)
    out, along = pull * rate(grid, measure, velocity, e, 0), pull * rate(grid, measure, velocity, e, 1)
    for role in range(5):
        cross[e, role] += out * measure[e, 0, role] + along * measure[e, 1, role]


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    measure: wp.array3d(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    cross: wp.array2d(dtype=vec3),
):
    e = wp.tid()
    for role in range(5):
        cross[e, role] = measure[e, 0, role]
        cross[e, 5 + role] = measure[e, 1, role]
    factor = -velocity_scale * damping_weight(grid, material, crimp, e)
    cross[e, 10] = vec3(factor, f64(0.0), f64(0.0))


class BendDamping(Force):
    """Holds `bend_measure` [T, 2, 5] vec3, 1/m: the gradients G of the two measures by the position of the middle
    crossing and of its neighbours to the right, left, up and down."""

    name = "bend_damping"
    kind = "cross"
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        return {"bend_measure": ((self.count(model), 2, 5), vec3)}

    def hold(self, model, moment, held):
        if self.count(model):
            inputs, outputs = [model.grid, moment.position], [held.bend_measure]
            wp.launch(_measures, self.count(model), inputs, outputs, device=model.device)

    def inputs(self, model, state, held):
        return [model.grid, held.material, held.crimp, held.bend_measure, state.velocity]

    def count(self, model):
        return len(model.topology.triple) if model.bend_damped else 0
