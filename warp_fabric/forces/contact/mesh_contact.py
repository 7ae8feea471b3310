"""Meshes and boxes push beads out (`docs/physics.md`, section 13)."""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Convexity, Holder, Potential
from warp_fabric.forces.contact.meshes import (
    NearFaces,
    convex_part,
    corner,
    mesh_derivative,
    mesh_energy,
    mesh_force,
    nearest_face,
)
from warp_fabric.forces.contact.nearest import triangle_feature, triangle_weights
from warp_fabric.forces.contact.obstacle_friction import friction_of, speed_between
from warp_fabric.forces.contact.slip import direction_of, size_of
from warp_fabric.material import Material
from warp_fabric.obstacles import BOX, Obstacles
from warp_fabric.types import f64, mat33, vec3

EXACT = wp.constant(int(Convexity.EXACT))


@wp.kernel(enable_backward=False)
def _energy(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    energy: wp.array(dtype=f64),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    x, radius = bead_place(beads, position, b), bead_radius(beads, material, b)
    k = material.collision_stiffness[fabric]
    total = f64(0.0)
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        if obstacles.shape[o] >= BOX:
            total += mesh_energy(obstacles, vertex, near, b, o, k, radius + obstacles.thickness[o], x)
    if total != f64(0.0):
        wp.atomic_add(energy, 0, total)


@wp.func
def force_of(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    position: wp.array(dtype=vec3),
    b: int,
    o: int,
) -> vec3:
    """N, of one obstacle on one bead; 0 where it is no mesh."""
    if obstacles.shape[o] < BOX or near.first[b] == near.first[b + 1]:
        return vec3()
    k = material.collision_stiffness[beads.fabric[b]]
    touch = bead_radius(beads, material, b) + obstacles.thickness[o]
    return mesh_force(obstacles, vertex, side, near, b, o, k, touch, bead_place(beads, position, b))


@wp.kernel
def _force(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    scale: f64,
    bead: wp.array(dtype=vec3),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    total = vec3()
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        total += force_of(beads, material, obstacles, near, vertex, 1, position, b, o)
    bead[b] += scale * total


@wp.kernel(enable_backward=False)
def _jacobian(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    bead: wp.array(dtype=mat33),
):
    b = wp.tid()
    if near.first[b] == near.first[b + 1]:
        return
    fabric = beads.fabric[b]
    x, radius = bead_place(beads, position, b), bead_radius(beads, material, b)
    k = material.collision_stiffness[fabric]
    total = mat33()
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        if obstacles.shape[o] >= BOX:
            total += mesh_derivative(obstacles, vertex, near, b, o, k, radius + obstacles.thickness[o], x)
    if convexity != EXACT:
        total = convex_part(total)
    bead[b] = bead[b] + scale * total


@wp.func
def surface_speed(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), clock: wp.array(dtype=f64), f: int, x: vec3
) -> vec3:
    """m/s, of the point of a triangle that is nearest to x at the start of the step."""
    a, b = corner(obstacles, vertex, 0, f, 0), corner(obstacles, vertex, 0, f, 1)
    c = corner(obstacles, vertex, 0, f, 2)
    w = triangle_weights(x, a, b, c, triangle_feature(x, a, b, c))
    after = w[0] * corner(obstacles, vertex, 1, f, 0) + w[1] * corner(obstacles, vertex, 1, f, 1)
    after += w[2] * corner(obstacles, vertex, 1, f, 2)
    return speed_between(w[0] * a + w[1] * b + w[2] * c, after, clock)


@wp.kernel
def _hold(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
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
    if obstacles.shape[o] < BOX:
        return
    force = force_of(beads, material, obstacles, near, vertex, 0, position, b, o)
    normal[b, column] = direction_of(force)
    limit[b, column] = friction_of(obstacles, material, o, fabric) * size_of(force)
    if wp.length_sq(force) > f64(0.0):
        x = bead_place(beads, position, b)
        f = nearest_face(obstacles, vertex, 0, near, b, o, x)
        speed[b, column] = surface_speed(obstacles, vertex, clock, f, x)
    else:
        speed[b, column] = vec3()


class MeshTouch(Holder):
    """Where beads touch meshes at the start of a step."""

    def hold(self, model, moment, held):
        if model.obstacle_vertices:
            inputs = [model.beads, held.material, model.obstacles, held.pairs.near, held.obstacle_vertex]
            outputs = [held.touch_normal, held.touch_limit, held.touch_speed]
            inputs += [moment.clock, moment.start]
            wp.launch(_hold, held.touch_limit.shape, inputs, outputs, device=model.device)


class MeshContact(Potential):
    """Between beads and meshes."""

    name = "contact_mesh"
    kind = "bead"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian
    convex = False

    def count(self, model):
        return model.bead_count if model.obstacle_vertices else 0

    def inputs(self, model, state, held):
        near, vertex = held.pairs.near, held.obstacle_vertex
        return [model.beads, held.material, model.obstacles, near, vertex, state.position]
