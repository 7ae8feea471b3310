"""Bars: what a straight move of all crossings must not do, so that nothing passes through anything.

Two beads of a pair must not come nearer than a quarter of their core, or than they were, nor pass each other closely.
A bead's centre must not get into an obstacle from outside, nor pass a triangle: of a closed mesh from front to back, of
an open one either way. Obstacles are where they are at the end of the step. Where nothing pushes, as
`collision.stiffness` is 0, nothing is barred: no force would balance what a bar holds back.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Held
from warp_fabric.forces.contact.law import CORE
from warp_fabric.forces.contact.meshes import NearFaces, corner
from warp_fabric.forces.contact.solids import is_solid, solid_distance
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.obstacles import PLANE, SPHERE, Obstacles
from warp_fabric.types import f64, vec3

SHARE = wp.constant(wp.float64(0.25))
"""Of the core: how near beads may come."""
PAST = wp.constant(wp.float64(0.9))
"""Of the touch distance: how near beads may pass each other. The middle of a cell of cloth is 0.71 of it, or less, from
the beads around, so that nothing gets through between them without a state in which it feels them."""
SLIGHT = wp.constant(wp.float64(1.0e-3))
"""Of the distance of beads: a way that is nearer by less passes nothing."""
EDGE = wp.constant(wp.float64(1.0e-9))
"""Of a triangle's size: how far beside it counts as on it."""


@wp.func
def nearest_on_way(start: vec3, end: vec3) -> f64:
    """The least length of a vector that moves straight from `start` to `end`."""
    way = end - start
    length = wp.length_sq(way)
    t = f64(0.0)
    if length > f64(0.0):
        t = wp.clamp(-wp.dot(start, way) / length, f64(0.0), f64(1.0))
    return wp.length(start + t * way)


@wp.func
def approach(start: vec3, end: vec3, touch: f64) -> bool:
    """Whether a vector that moves straight from `start` to `end` gets shorter, and may become shorter than `touch`; for
    most pairs no, which takes no root and no division to know."""
    way = end - start
    ahead = -wp.dot(start, way)
    return ahead > f64(0.0) and (wp.length_sq(start) - touch * touch) * wp.length_sq(way) <= ahead * ahead


@wp.kernel(enable_backward=False)
def _bar_pairs(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    barred: wp.array(dtype=wp.int32),
):
    a = wp.tid()
    if material.collision_stiffness[beads.fabric[a]] == f64(0.0):
        return
    x0, x1 = bead_place(beads, start, a), bead_place(beads, end, a)
    radius = bead_radius(beads, material, a)
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        if a < b:
            gap0, gap1 = x0 - bead_place(beads, start, b), x1 - bead_place(beads, end, b)
            touch = radius + bead_radius(beads, material, b)
            if approach(gap0, gap1, touch):
                nearest = nearest_on_way(gap0, gap1)
                before, after = wp.length(gap0), wp.length(gap1)
                if nearest < wp.min(SHARE * CORE * touch, before):
                    barred[0] = 1
                if nearest < PAST * touch and nearest < (f64(1.0) - SLIGHT) * wp.min(before, after):
                    barred[0] = 1


@wp.func
def nearest_ways(start: vec3, end: vec3, first: vec3, second: vec3) -> f64:
    """The least distance between two segments."""
    u, v, w = end - start, second - first, start - first
    a, b, c, d, e = wp.dot(u, u), wp.dot(u, v), wp.dot(v, v), wp.dot(u, w), wp.dot(v, w)
    # Where the segments are parallel, or end before they are nearest, one of these four is the answer.
    least = wp.min(
        wp.min(nearest_on_way(start - first, end - first), nearest_on_way(start - second, end - second)),
        wp.min(nearest_on_way(first - start, second - start), nearest_on_way(first - end, second - end)),
    )
    skew = a * c - b * b
    if skew > f64(0.0):
        s, t = (b * e - c * d) / skew, (a * e - b * d) / skew
        if s > f64(0.0) and s < f64(1.0) and t > f64(0.0) and t < f64(1.0):
            least = wp.min(least, wp.length(w + s * u - t * v))
    return least


@wp.kernel(enable_backward=False)
def _bar_solids(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    first: wp.array2d(dtype=vec3),
    second: wp.array2d(dtype=vec3),
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    barred: wp.array(dtype=wp.int32),
):
    b = wp.tid()
    fabric = beads.fabric[b]
    if material.collision_stiffness[fabric] == f64(0.0):
        return
    x0, x1 = bead_place(beads, start, b), bead_place(beads, end, b)
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        shape = obstacles.shape[o]
        if is_solid(shape):
            p, q, radius = first[o, 1], second[o, 1], obstacles.radius[o]
            if solid_distance(shape, x0, p, q, radius) >= f64(0.0):
                if shape == PLANE:
                    if solid_distance(shape, x1, p, q, radius) < f64(0.0):
                        barred[0] = 1
                elif shape == SPHERE:
                    if nearest_on_way(x0 - p, x1 - p) < radius:
                        barred[0] = 1
                elif nearest_ways(x0, x1, p, q) < radius:
                    barred[0] = 1


@wp.func
def passes(x0: vec3, x1: vec3, a: vec3, b: vec3, c: vec3, closed: bool) -> bool:
    """Whether a point that moves from x0 to x1 passes a triangle; from front to back only if that is of a closed mesh.
    What grazes an edge passes."""
    normal = wp.cross(b - a, c - a)
    s0, s1 = wp.dot(normal, x0 - a), wp.dot(normal, x1 - a)
    if s0 >= f64(0.0):
        if s1 >= f64(0.0):
            return False
    elif closed or s1 < f64(0.0):
        return False
    x = x0 + s0 / (s0 - s1) * (x1 - x0)
    least = -EDGE * wp.dot(normal, normal)
    u = wp.dot(normal, wp.cross(b - a, x - a))
    v = wp.dot(normal, wp.cross(c - b, x - b))
    w = wp.dot(normal, wp.cross(a - c, x - c))
    return u >= least and v >= least and w >= least


@wp.kernel(enable_backward=False)
def _bar_meshes(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    barred: wp.array(dtype=wp.int32),
):
    bead = wp.tid()
    if material.collision_stiffness[beads.fabric[bead]] == f64(0.0):
        return
    x0, x1 = bead_place(beads, start, bead), bead_place(beads, end, bead)
    for s in range(near.first[bead], near.first[bead + 1]):
        f = near.face[s]
        a, b = corner(obstacles, vertex, 1, f, 0), corner(obstacles, vertex, 1, f, 1)
        closed = obstacles.closed[obstacles.face_obstacle[f]] != 0
        if passes(x0, x1, a, b, corner(obstacles, vertex, 1, f, 2), closed):
            barred[0] = 1


class Bars:
    """Looks along moves of one model."""

    def __init__(self, model: Model, held: Held) -> None:
        self.model, self.held = model, held
        self._barred = wp.zeros(1, dtype=wp.int32, device=model.device)

    def admit(self, start: wp.array, end: wp.array) -> bool:
        """Whether crossings may move straight from `start` to `end`, [N] vec3 m, for which candidates must hold."""
        self.look(start, end)
        return self.admitted()

    def admitted(self) -> bool:
        return not self._barred.numpy()[0]

    def look(self, start: wp.array, end: wp.array) -> None:
        """Ask that on the device; `admitted` answers."""
        model, held, pairs = self.model, self.held, self.held.candidates
        assert pairs is not None
        self._barred.zero_()
        common = [model.beads, held.material]
        if model.touches_itself:
            inputs = [*common, pairs.first, pairs.partner, start, end]
            wp.launch(_bar_pairs, model.bead_count, inputs, [self._barred], device=model.device)
        if model.obstacle_count:
            inputs = [*common, model.obstacles, held.obstacle_first, held.obstacle_second, start, end]
            wp.launch(_bar_solids, model.bead_count, inputs, [self._barred], device=model.device)
        if model.obstacle_vertices:
            inputs = [*common, model.obstacles, pairs.near, held.obstacle_vertex, start, end]
            wp.launch(_bar_meshes, model.bead_count, inputs, [self._barred], device=model.device)
