"""Cloth that touches itself, and other cloth: beads push each other apart (`docs/physics.md`, section 13)."""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Convexity, Potential
from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.material import Material
from warp_fabric.types import f64, mat33, vec3

EXACT = wp.constant(int(Convexity.EXACT))


@wp.func
def outer(n: vec3) -> mat33:
    return wp.outer(n, n)


@wp.func
def pair_force(k: f64, touch: f64, gap: vec3) -> vec3:
    """On the bead that `gap` points to."""
    distance = wp.length(gap)
    if distance >= touch:
        return vec3()
    return contact_push(k, touch, distance) / distance * gap


@wp.func
def pair_derivative(k: f64, touch: f64, gap: vec3, convexity: int) -> mat33:
    """Of `pair_force` by the gap; without what its turning takes away unless exact."""
    distance = wp.length(gap)
    if distance >= touch:
        return mat33()
    n = gap / distance
    along = wp.outer(n, n)
    result = -contact_stiffness(k, touch, distance) * along
    if convexity == EXACT:
        across = wp.identity(n=3, dtype=f64) - along
        result += contact_push(k, touch, distance) / distance * across
    return result


@wp.kernel(enable_backward=False)
def _energy(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    position: wp.array(dtype=vec3),
    energy: wp.array(dtype=f64),
):
    a = wp.tid()
    x, radius = bead_place(beads, position, a), bead_radius(beads, material, a)
    k = material.collision_stiffness[beads.fabric[a]]
    total = f64(0.0)
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        if a < b:
            touch = radius + bead_radius(beads, material, b)
            total += contact_energy(k, touch, wp.length(x - bead_place(beads, position, b)))
    if total != f64(0.0):
        wp.atomic_add(energy, 0, total)


@wp.kernel
def _force(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    position: wp.array(dtype=vec3),
    scale: f64,
    bead: wp.array(dtype=vec3),
):
    a = wp.tid()
    x, radius = bead_place(beads, position, a), bead_radius(beads, material, a)
    total = vec3()
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        touch = radius + bead_radius(beads, material, b)
        gap = x - bead_place(beads, position, b)
        if wp.length_sq(gap) < touch * touch:
            total += pair_force(material.collision_stiffness[beads.fabric[a]], touch, gap)
    bead[a] += scale * total


@wp.kernel(enable_backward=False)
def _jacobian(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    position: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    bead: wp.array(dtype=mat33),
):
    a = wp.tid()
    x, radius = bead_place(beads, position, a), bead_radius(beads, material, a)
    k = material.collision_stiffness[beads.fabric[a]]
    total = mat33()
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        touch = radius + bead_radius(beads, material, b)
        gap = x - bead_place(beads, position, b)
        if wp.length_sq(gap) < touch * touch:
            part = scale * pair_derivative(k, touch, gap, convexity)
            coupling[s] = coupling[s] - part
            total += part
    bead[a] = bead[a] + total


class SelfContact(Potential):
    """Between all beads that may touch; acts where the scene has `collision.self`."""

    name = "contact_self"
    kind = "bead"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian
    convex = False

    def count(self, model):
        return model.bead_count if model.touches_itself else 0

    def inputs(self, model, state, held):
        pairs = held.pairs
        return [model.beads, held.material, pairs.first, pairs.partner, pairs.coupling, state.position]
