"""Friction of cloth on obstacles. Normals, normal forces and how fast surfaces move are held from the start of the
step: each kind of obstacle fills in its own (`touch_*`), one contact for a bead and an obstacle."""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Force, Holder
from warp_fabric.forces.contact.slip import direction_of, size_of, slip_derivative, slip_force
from warp_fabric.forces.contact.solids import is_solid, solid_distance, solid_force, solid_normal
from warp_fabric.material import Material
from warp_fabric.obstacles import Obstacles
from warp_fabric.types import f64, mat33, vec3


@wp.func
def speed_between(before: vec3, after: vec3, clock: wp.array(dtype=f64)) -> vec3:
    """m/s, from two places at the start and the end of the step; 0 where no time passes."""
    size = clock[0] - clock[1]
    if size <= f64(0.0):
        return vec3()
    return (after - before) / size


@wp.func
def friction_of(obstacles: Obstacles, material: Material, o: int, fabric: int) -> f64:
    """An obstacle's own friction coefficient, or the scene's."""
    if obstacles.own_friction[o] == 0:
        return material.collision_friction[fabric]
    return obstacles.friction[o]


@wp.func
def carried(x: vec3, turn: wp.array2d(dtype=mat33), shift: wp.array2d(dtype=vec3), o: int) -> vec3:
    """Where a point of an obstacle at the start of the step is at its end."""
    return turn[o, 1] * (wp.transpose(turn[o, 0]) * (x - shift[o, 0])) + shift[o, 1]


@wp.kernel
def _hold_solids(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    first: wp.array2d(dtype=vec3),
    second: wp.array2d(dtype=vec3),
    turn: wp.array2d(dtype=mat33),
    shift: wp.array2d(dtype=vec3),
    clock: wp.array(dtype=f64),
    position: wp.array(dtype=vec3),
    normal: wp.array2d(dtype=vec3),
    limit: wp.array2d(dtype=f64),
    speed: wp.array2d(dtype=vec3),
):
    b, column = wp.tid()
    fabric = beads.fabric[b]
    o = obstacles.first_obstacle[fabric] + column
    if o >= obstacles.first_obstacle[fabric + 1]:
        return
    shape = obstacles.shape[o]
    if not is_solid(shape):
        return
    x = bead_place(beads, position, b)
    touch = bead_radius(beads, material, b) + obstacles.thickness[o]
    radius = obstacles.radius[o]
    force = solid_force(shape, material.collision_stiffness[fabric], touch, x, first[o, 0], second[o, 0], radius)
    normal[b, column] = direction_of(force)
    limit[b, column] = friction_of(obstacles, material, o, fabric) * size_of(force)
    if wp.length_sq(force) > f64(0.0):
        distance = solid_distance(shape, x, first[o, 0], second[o, 0], radius)
        place = x - distance * solid_normal(shape, x, first[o, 0], second[o, 0], radius)
        speed[b, column] = speed_between(place, carried(place, turn, shift, o), clock)
    else:
        speed[b, column] = vec3()


@wp.kernel
def _force(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    normal: wp.array2d(dtype=vec3),
    limit: wp.array2d(dtype=f64),
    speed: wp.array2d(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    bead: wp.array(dtype=vec3),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    total = vec3()
    for column in range(obstacles.first_obstacle[fabric + 1] - obstacles.first_obstacle[fabric]):
        if limit[b, column] > f64(0.0):
            slip = bead_place(beads, velocity, b) - speed[b, column]
            total += slip_force(limit[b, column], material.collision_slip_speed[fabric], normal[b, column], slip)
    bead[b] += scale * total


@wp.kernel(enable_backward=False)
def _jacobian(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    normal: wp.array2d(dtype=vec3),
    limit: wp.array2d(dtype=f64),
    speed: wp.array2d(dtype=vec3),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    bead: wp.array(dtype=mat33),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    total = mat33()
    for column in range(obstacles.first_obstacle[fabric + 1] - obstacles.first_obstacle[fabric]):
        if limit[b, column] > f64(0.0):
            slip = bead_place(beads, velocity, b) - speed[b, column]
            total += slip_derivative(limit[b, column], material.collision_slip_speed[fabric], normal[b, column], slip)
    bead[b] = bead[b] + velocity_scale * total


class SolidTouch(Holder):
    """Where beads touch planes, spheres and capsules at the start of a step."""

    def hold(self, model, moment, held):
        if model.obstacle_count:
            posed = [held.obstacle_first, held.obstacle_second, held.obstacle_turn, held.obstacle_shift]
            inputs = [model.beads, held.material, model.obstacles, *posed, moment.clock, moment.start]
            outputs = [held.touch_normal, held.touch_limit, held.touch_speed]
            wp.launch(_hold_solids, held.touch_limit.shape, inputs, outputs, device=model.device)


class ObstacleFriction(Force):
    """Between beads and the obstacles they touch at the start of the step.

    Holds, for each bead and obstacle of its scene, `touch_normal` vec3, `touch_limit` N, and `touch_speed` vec3 m/s of
    the surface.
    """

    name = "contact_obstacle_friction"
    kind = "bead"
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        size = (model.bead_count if model.obstacle_count else 0, model.most_obstacles)
        return {"touch_normal": (size, vec3), "touch_limit": (size, f64), "touch_speed": (size, vec3)}

    def count(self, model):
        return model.bead_count if model.obstacle_count else 0

    def inputs(self, model, state, held):
        touch = [held.touch_normal, held.touch_limit, held.touch_speed]
        return [model.beads, held.material, model.obstacles, *touch, state.velocity]
