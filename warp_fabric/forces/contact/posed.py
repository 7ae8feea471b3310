"""Where obstacles are at the start and at the end of a step (`docs/physics.md`, section 13): what all contact with
them goes by."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Holder
from warp_fabric.forces.path import path_span, path_value
from warp_fabric.obstacles import BOX, CAPSULE, PLANE, Obstacles
from warp_fabric.types import f64, mat33, vec3

SMALL = wp.constant(wp.float64(1.0e-2))
"""Angle squared below which series are exact to rounding, and quotients are not."""


@wp.func
def rotation(w: vec3) -> mat33:
    """exp([w]x), by Rodrigues' formula: 1 + s K + c K^2 with s = sin(angle)/angle, c = (1 - cos(angle))/angle^2."""
    square = wp.dot(w, w)
    s = f64(1.0)
    c = f64(0.5)
    if square < SMALL:
        s = f64(1.0) - square / f64(6.0) * (
            f64(1.0) - square / f64(20.0) * (f64(1.0) - square / f64(42.0) * (f64(1.0) - square / f64(72.0)))
        )
        c -= (
            square / f64(24.0)
            * (f64(1.0) - square / f64(30.0) * (f64(1.0) - square / f64(56.0) * (f64(1.0) - square / f64(90.0))))
        )  # fmt: skip
    else:
        angle = wp.sqrt(square)
        half = wp.sin(f64(0.5) * angle) / angle
        s = wp.sin(angle) / angle
        c = f64(2.0) * half * half
    k = wp.skew(w)
    return wp.identity(n=3, dtype=f64) + s * k + c * (k * k)


@wp.kernel
def _pose(
    obstacles: Obstacles, clock: wp.array(dtype=f64), turn: wp.array2d(dtype=mat33), shift: wp.array2d(dtype=vec3)
):
    o, side = wp.tid()
    first, last, time = obstacles.key_offset[o], obstacles.key_offset[o + 1] - 1, clock[1 - side]
    shift[o, side] = path_value(obstacles.key_time, obstacles.key_shift, first, last, time)
    turn[o, side] = rotation(path_value(obstacles.key_time, obstacles.key_turn, first, last, time))


@wp.kernel
def _place(
    obstacles: Obstacles,
    turn: wp.array2d(dtype=mat33),
    shift: wp.array2d(dtype=vec3),
    first: wp.array2d(dtype=vec3),
    second: wp.array2d(dtype=vec3),
):
    o, side = wp.tid()
    shape = obstacles.shape[o]
    if shape == PLANE:
        first[o, side] = turn[o, side] * obstacles.point[o] + shift[o, side]
        second[o, side] = turn[o, side] * wp.normalize(obstacles.normal[o])
    elif shape == CAPSULE:
        first[o, side] = turn[o, side] * obstacles.start[o] + shift[o, side]
        second[o, side] = turn[o, side] * obstacles.end[o] + shift[o, side]
    else:
        first[o, side] = turn[o, side] * obstacles.center[o] + shift[o, side]


@wp.kernel
def _place_vertices(
    obstacles: Obstacles,
    clock: wp.array(dtype=f64),
    turn: wp.array2d(dtype=mat33),
    shift: wp.array2d(dtype=vec3),
    vertex: wp.array2d(dtype=vec3),
):
    v, side = wp.tid()
    o = obstacles.vertex_obstacle[v]
    local = v - obstacles.vertex_offset[o]
    span = path_span(
        obstacles.sample_time, obstacles.sample_offset[o], obstacles.sample_offset[o + 1] - 1, clock[1 - side]
    )
    a = int(span[0])
    b = int(span[1])
    place = (f64(1.0) - span[2]) * obstacles.sample_vertex[obstacles.sample_start[a] + local]
    place += span[2] * obstacles.sample_vertex[obstacles.sample_start[b] + local]
    if obstacles.shape[o] == BOX:
        place = obstacles.center[o] + wp.cw_mul(obstacles.size[o], place)
    vertex[v, side] = turn[o, side] * place + shift[o, side]


class Posed(Holder):
    """Holds, at the start (0) and the end (1) of the step, of each obstacle `obstacle_turn` [O, 2] mat33 and
    `obstacle_shift` [O, 2] vec3, m, its pose; `obstacle_first` [O, 2] vec3, a plane's point, a sphere's centre or a
    capsule's start; `obstacle_second` [O, 2] vec3, a plane's unit normal or a capsule's end; and `obstacle_vertex`
    [V, 2] vec3, m."""

    def holds(self, model):
        of_each = (model.obstacle_count, 2)
        return {
            "obstacle_turn": (of_each, mat33),
            "obstacle_shift": (of_each, vec3),
            "obstacle_first": (of_each, vec3),
            "obstacle_second": (of_each, vec3),
            "obstacle_vertex": ((model.obstacle_vertices, 2), vec3),
        }

    def hold(self, model, moment, held):
        if not model.obstacle_count:
            return
        size, device = (model.obstacle_count, 2), model.device
        pose = [held.obstacle_turn, held.obstacle_shift]
        wp.launch(_pose, size, [model.obstacles, moment.clock], pose, device=device)
        outputs = [held.obstacle_first, held.obstacle_second]
        wp.launch(_place, size, [model.obstacles, *pose], outputs, device=device)
        if model.obstacle_vertices:
            inputs, outputs = [model.obstacles, moment.clock, *pose], [held.obstacle_vertex]
            wp.launch(_place_vertices, (model.obstacle_vertices, 2), inputs, outputs, device=device)
