"""Friction of cloth on cloth. What touches, along which normal and how hard, is held from the start of the step."""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Force
from warp_fabric.forces.contact.self_contact import pair_force
from warp_fabric.forces.contact.slip import direction_of, size_of, slip_derivative, slip_force
from warp_fabric.material import Material
from warp_fabric.types import f64, mat33, vec3


@wp.kernel
def _hold(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    position: wp.array(dtype=vec3),
    normal: wp.array(dtype=vec3),
    limit: wp.array(dtype=f64),
):
    a = wp.tid()
    fabric = beads.fabric[a]
    x, radius = bead_place(beads, position, a), bead_radius(beads, material, a)
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        touch = radius + bead_radius(beads, material, b)
        gap = x - bead_place(beads, position, b)
        if wp.length_sq(gap) < touch * touch:
            force = pair_force(material.collision_stiffness[fabric], touch, gap)
            normal[s] = direction_of(force)
            limit[s] = material.collision_friction[fabric] * size_of(force)
        else:
            normal[s] = vec3()
            limit[s] = f64(0.0)


@wp.kernel
def _force(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    normal: wp.array(dtype=vec3),
    limit: wp.array(dtype=f64),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    bead: wp.array(dtype=vec3),
):
    a = wp.tid()
    own = bead_place(beads, velocity, a)
    slip_speed = material.collision_slip_speed[beads.fabric[a]]
    total = vec3()
    for s in range(first[a], first[a + 1]):
        if limit[s] > f64(0.0):
            slip = own - bead_place(beads, velocity, partner[s])
            total += slip_force(limit[s], slip_speed, normal[s], slip)
    bead[a] += scale * total


@wp.kernel(enable_backward=False)
def _jacobian(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    normal: wp.array(dtype=vec3),
    limit: wp.array(dtype=f64),
    velocity: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    bead: wp.array(dtype=mat33),
):
    a = wp.tid()
    own = bead_place(beads, velocity, a)
    slip_speed = material.collision_slip_speed[beads.fabric[a]]
    total = mat33()
    for s in range(first[a], first[a + 1]):
        if limit[s] > f64(0.0):
            slip = own - bead_place(beads, velocity, partner[s])
            part = velocity_scale * slip_derivative(limit[s], slip_speed, normal[s], slip)
            coupling[s] = coupling[s] - part
            total += part
    bead[a] = bead[a] + total


class SelfFriction(Force):
    """Between the beads that touch at the start of the step."""

    name = "contact_self_friction"
    kind = "bead"
    force_kernel = _force
    jacobian_kernel = _jacobian

    def count(self, model):
        return model.bead_count if model.touches_itself else 0

    def hold(self, model, moment, held):
        if model.touches_itself:
            pairs = held.pairs
            inputs = [model.beads, held.material, pairs.first, pairs.partner, moment.start]
            wp.launch(_hold, model.bead_count, inputs, [pairs.normal, pairs.limit], device=model.device)

    def inputs(self, model, state, held):
        pairs = held.pairs
        of_pairs = [pairs.first, pairs.partner, pairs.coupling, pairs.normal, pairs.limit]
        return [model.beads, held.material, *of_pairs, state.velocity]
