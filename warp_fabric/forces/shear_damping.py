"""Internal damping of shear: force -sum w G (G . xd) at each corner of an inner crossing, of Kelvin and Voigt.

G is the gradient of the corner's shear angle g (`shear.py`) by positions, at the predicted state, and held;
w = ts S pi R_pick R_end Lm, ts the fabric's time constant (`docs/physics.md`, section 12).
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import math

import warp as wp

from warp_fabric.forces.base import Force
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat33, vec3

PI = wp.constant(wp.float64(math.pi))


@wp.kernel
def _measures(grid: Grid, position: wp.array(dtype=vec3), measure: wp.array2d(dtype=vec3)):
    e = wp.tid()
    centre = position[grid.corner[e, 0]]
    u, v = position[grid.corner[e, 1]] - centre, position[grid.corner[e, 2]] - centre
    lu, lv = wp.length(u), wp.length(v)
    tu, tv = u / lu, v / lv
    c, s = wp.dot(tu, tv), wp.length(wp.cross(tu, tv))
    measure[e, 0] = (tv - c * tu) / (lu * s)
    measure[e, 1] = (tu - c * tv) / (lv * s)


@wp.func
def damping_weight(grid: Grid, material: Material, modulus: wp.array(dtype=f64), e: int) -> f64:
    """w [N m s]."""
    crossing = grid.corner[e, 0]
    fabric = grid.fabric[crossing]
    radii = material.radius[grid.pick_yarn[crossing]] * material.radius[grid.end_yarn[crossing]]
    return (
        material.shear_damping[fabric] * modulus[fabric] * PI * radii * grid.corner_spacing[e] * grid.corner_weight[e]
    )


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    modulus: wp.array(dtype=f64),
    measure: wp.array2d(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    corner: wp.array2d(dtype=vec3),
):
    e = wp.tid()
    centre = velocity[grid.corner[e, 0]]
    rate = wp.dot(measure[e, 0], velocity[grid.corner[e, 1]] - centre)
    rate = rate + wp.dot(measure[e, 1], velocity[grid.corner[e, 2]] - centre)
    pull = -scale * damping_weight(grid, material, modulus, e) * rate
    corner[e, 0] += pull * measure[e, 0]
    corner[e, 1] += pull * measure[e, 1]


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    modulus: wp.array(dtype=f64),
    measure: wp.array2d(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    corner: wp.array2d(dtype=mat33),
):
    e = wp.tid()
    factor = -velocity_scale * damping_weight(grid, material, modulus, e)
    u, v = measure[e, 0], measure[e, 1]
    corner[e, 0] = corner[e, 0] + factor * wp.outer(u, u)
    corner[e, 1] = corner[e, 1] + factor * wp.outer(u, v)
    corner[e, 2] = corner[e, 2] + factor * wp.outer(v, v)


class ShearDamping(Force):
    """Holds `shear_measure` [C, 2] vec3, 1/m: the gradient of the shear angle by the corner's two segment vectors."""

    name = "shear_damping"
    kind = "corner"
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        return {"shear_measure": ((self.count(model), 2), vec3)}

    def hold(self, model, moment, held):
        if self.count(model):
            inputs, outputs = [model.grid, moment.position], [held.shear_measure]
            wp.launch(_measures, self.count(model), inputs, outputs, device=model.device)

    def inputs(self, model, state, held):
        return [model.grid, held.material, held.shear_modulus, held.shear_measure, state.velocity]

    def count(self, model):
        return len(model.topology.corner) if model.shear_damped else 0
