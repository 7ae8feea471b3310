"""Wind on each triangle of the crossing mesh: area (density |un| un n + drag (u - un n)), a third to each corner.

u = wind + gust - mean velocity of the corners, un = n . u. Normal n and area are held over a step (as
their product), as is the gust, taken at the step's end; only the velocities move.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Force
from warp_fabric.forces.path import path_value
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.prescribed import Gusts
from warp_fabric.types import f64, mat33, vec3


@wp.kernel
def _air(grid: Grid, position: wp.array(dtype=vec3), air: wp.array(dtype=vec3)):
    e = wp.tid()
    a, b, c = position[grid.triangle[e, 0]], position[grid.triangle[e, 1]], position[grid.triangle[e, 2]]
    air[e] = f64(0.5) * wp.cross(b - a, c - a)


@wp.kernel
def _gust(gusts: Gusts, clock: wp.array(dtype=f64), gust: wp.array(dtype=vec3)):
    f = wp.tid()
    last = gusts.key_offset[f + 1] - 1
    gust[f] = path_value(gusts.key_time, gusts.key_velocity, gusts.key_offset[f], last, clock[0])


@wp.func
def wind_force(density: f64, drag: f64, air: vec3, u: vec3) -> vec3:
    """Force on the whole triangle [N] in air that passes it with velocity u."""
    area = wp.length(air)
    n = air / area
    un = wp.dot(n, u)
    return area * ((density * wp.abs(un) - drag) * un * n + drag * u)


@wp.func
def wind_jacobian(density: f64, drag: f64, air: vec3, u: vec3) -> mat33:
    """d force / du."""
    area = wp.length(air)
    n = air / area
    un = wp.dot(n, u)
    along = f64(2.0) * density * wp.abs(un) - drag
    return area * (along * wp.outer(n, n) + drag * wp.identity(n=3, dtype=f64))


@wp.func
def air_velocity(
    grid: Grid, material: Material, gust: wp.array(dtype=vec3), velocity: wp.array(dtype=vec3), e: int
) -> vec3:
    a, b, c = grid.triangle[e, 0], grid.triangle[e, 1], grid.triangle[e, 2]
    f = grid.fabric[a]
    return material.wind[f] + gust[f] - (velocity[a] + velocity[b] + velocity[c]) / f64(3.0)


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    gust: wp.array(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    air: wp.array(dtype=vec3),
    scale: f64,
    triangle: wp.array(dtype=vec3),
):
    e = wp.tid()
    u = air_velocity(grid, material, gust, velocity, e)
    fabric = grid.fabric[grid.triangle[e, 0]]
    triangle[e] += (scale / f64(3.0)) * wind_force(material.wind_density[fabric], material.wind_drag[fabric], air[e], u)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    gust: wp.array(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    air: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    triangle: wp.array(dtype=mat33),
):
    e = wp.tid()
    u = air_velocity(grid, material, gust, velocity, e)
    fabric = grid.fabric[grid.triangle[e, 0]]
    slope = wind_jacobian(material.wind_density[fabric], material.wind_drag[fabric], air[e], u)
    # A third of the force to each corner, and u moves by a third of each corner's velocity.
    triangle[e] = triangle[e] - (velocity_scale / f64(9.0)) * slope


class Wind(Force):
    """Holds `air` [Q] vec3, each triangle's normal times its area [m2], and `gust` [F] vec3, what each fabric's gusts
    add to its wind [m/s] at the end of the step."""

    name = "wind"
    kind = "triangle"
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        return {"air": (self.count(model), vec3), "gust": (model.fabric_count, vec3)}

    def hold(self, model, moment, held):
        if model.windy:
            wp.launch(_air, self.count(model), [model.grid, moment.position], [held.air], device=model.device)
        if model.gusty:
            wp.launch(_gust, model.fabric_count, [model.gusts, moment.clock], [held.gust], device=model.device)

    def inputs(self, model, state, held):
        return [model.grid, held.material, held.gust, state.velocity, held.air]

    def count(self, model):
        return len(model.topology.triangle) if model.windy else 0
