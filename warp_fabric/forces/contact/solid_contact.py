"""Planes, spheres and capsules push beads out (`docs/physics.md`, section 13)."""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Convexity, Potential
from warp_fabric.forces.contact.solids import solid_derivative, solid_energy, solid_force
from warp_fabric.material import Material
from warp_fabric.obstacles import Obstacles
from warp_fabric.types import f64, mat33, vec3

EXACT = wp.constant(int(Convexity.EXACT))


@wp.kernel(enable_backward=False)
def _energy(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    first: wp.array2d(dtype=vec3),
    second: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    energy: wp.array(dtype=f64),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    x, radius = bead_place(beads, position, b), bead_radius(beads, material, b)
    k = material.collision_stiffness[fabric]
    total = f64(0.0)
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        touch = radius + obstacles.thickness[o]
        total += solid_energy(obstacles.shape[o], k, touch, x, first[o, 1], second[o, 1], obstacles.radius[o])
    if total != f64(0.0):
        wp.atomic_add(energy, 0, total)


@wp.kernel
def _force(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    first: wp.array2d(dtype=vec3),
    second: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    scale: f64,
    bead: wp.array(dtype=vec3),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    total = vec3()
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        total += solid_force(
            obstacles.shape[o],
            material.collision_stiffness[fabric],
            bead_radius(beads, material, b) + obstacles.thickness[o],
            bead_place(beads, position, b),
            first[o, 1],
            second[o, 1],
            obstacles.radius[o],
        )
    bead[b] += scale * total


@wp.kernel(enable_backward=False)
def _jacobian(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    first: wp.array2d(dtype=vec3),
    second: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    bead: wp.array(dtype=mat33),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    x, radius = bead_place(beads, position, b), bead_radius(beads, material, b)
    k = material.collision_stiffness[fabric]
    total = mat33()
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        touch = radius + obstacles.thickness[o]
        total += solid_derivative(
            obstacles.shape[o], k, touch, x, first[o, 1], second[o, 1], obstacles.radius[o], convexity == EXACT
        )
    bead[b] = bead[b] + scale * total


class SolidContact(Potential):
    """Between beads and the obstacles that have a formula."""

    name = "contact_solid"
    kind = "bead"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian
    convex = False

    def count(self, model):
        return model.bead_count if model.obstacle_count else 0

    def inputs(self, model, state, held):
        posed = [held.obstacle_first, held.obstacle_second]
        return [model.beads, held.material, model.obstacles, *posed, state.position]
