"""How closely things touch: what the statistics of a step tell of contact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Held
from warp_fabric.forces.contact.law import CORE
from warp_fabric.forces.contact.meshes import NearFaces, face_point, inside_face, nearest_face
from warp_fabric.forces.contact.solids import is_solid, solid_distance
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.obstacles import Obstacles
from warp_fabric.state import State
from warp_fabric.types import f64, vec3

PAIRS, SURFACES, BEHIND = wp.constant(0), wp.constant(1), wp.constant(2)
"""What is counted: pairs of beads that touch, each twice; beads that touch an obstacle; beads behind its surface."""


@wp.func
def note(distance: f64, touch: f64, what: int, count: wp.array(dtype=wp.int32), least: wp.array(dtype=f64)):
    if distance < touch:
        wp.atomic_add(count, what, 1)
        wp.atomic_min(least, 0, (distance - CORE * touch) / ((f64(1.0) - CORE) * touch))
    if distance < f64(0.0):
        wp.atomic_add(count, BEHIND, 1)


@wp.func
def surface_distance(
    obstacles: Obstacles,
    place: wp.array2d(dtype=vec3),
    other: wp.array2d(dtype=vec3),
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    b: int,
    o: int,
    x: vec3,
) -> f64:
    """m, of bead b's centre from an obstacle at the end of the step, negative inside; infinite far from a mesh."""
    shape = obstacles.shape[o]
    if is_solid(shape):
        return solid_distance(shape, x, place[o, 1], other[o, 1], obstacles.radius[o])
    if near.first[b] < near.first[b + 1]:
        f = inside_face(obstacles, vertex, 1, near, b, o, x)
        if f >= 0:
            return -wp.length(x - face_point(obstacles, vertex, 1, f, x))
        g = nearest_face(obstacles, vertex, 1, near, b, o, x)
        if g >= 0:
            return wp.length(x - face_point(obstacles, vertex, 1, g, x))
    return f64(wp.inf)


@wp.kernel(enable_backward=False)
def _gauge_pairs(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    position: wp.array(dtype=vec3),
    count: wp.array(dtype=wp.int32),
    least: wp.array(dtype=f64),
):
    a = wp.tid()
    x, radius = bead_place(beads, position, a), bead_radius(beads, material, a)
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        touch = radius + bead_radius(beads, material, b)
        note(wp.length(x - bead_place(beads, position, b)), touch, PAIRS, count, least)


@wp.kernel(enable_backward=False)
def _gauge_obstacles(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    place: wp.array2d(dtype=vec3),
    other: wp.array2d(dtype=vec3),
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    count: wp.array(dtype=wp.int32),
    least: wp.array(dtype=f64),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    x, radius = bead_place(beads, position, b), bead_radius(beads, material, b)
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        distance = surface_distance(obstacles, place, other, near, vertex, b, o, x)
        note(distance, radius + obstacles.thickness[o], SURFACES, count, least)


@dataclass(frozen=True)
class Touching:
    """What touches at one moment.

    Attributes:
        contacts: Pairs of beads, and of beads and obstacles. least_gap: The least y of them, 1 where nothing touches, 0
            at the core. behind: Beads whose centre is inside an obstacle.
    """

    contacts: int
    least_gap: float
    behind: int

    @classmethod
    def sum(cls, parts: Sequence[Touching]) -> Touching | None:
        """Of several cloths together; None where none can touch anything."""
        if not parts:
            return None
        return cls(
            sum(each.contacts for each in parts),
            min(each.least_gap for each in parts),
            sum(each.behind for each in parts),
        )


def touching(model: Model, state: State, held: Held) -> Touching:
    """What touches, with candidates that hold at the state, and obstacles where they are at the end of the step."""
    pairs, device = held.candidates, model.device
    assert pairs is not None
    count = wp.zeros(3, dtype=wp.int32, device=device)
    least = wp.full(1, 1.0, dtype=f64, device=device)
    common = [model.beads, held.material]
    if model.touches_itself:
        inputs = [*common, pairs.first, pairs.partner, state.position]
        wp.launch(_gauge_pairs, model.bead_count, inputs, [count, least], device=device)
    if model.obstacle_count:
        posed = [held.obstacle_first, held.obstacle_second, pairs.near, held.obstacle_vertex]
        inputs = [*common, model.obstacles, *posed, state.position]
        wp.launch(_gauge_obstacles, model.bead_count, inputs, [count, least], device=device)
    of_pairs, surfaces, behind = count.numpy().tolist()
    gap = float(least.numpy()[0])
    return Touching(of_pairs // 2 + surfaces, gap if math.isfinite(gap) else 1.0, behind)
