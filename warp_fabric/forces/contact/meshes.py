"""Whole meshes: the triangles near a bead together, and the inside of closed ones."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.forces.contact.triangle import (
    triangle_derivative,
    triangle_energy,
    triangle_feature,
    triangle_force,
    triangle_point,
    without,
)
from warp_fabric.obstacles import Obstacles
from warp_fabric.types import f64, mat33, vec3


@wp.struct
class NearFaces:
    """The triangles near beads: those of bead b are face[first[b] : first[b + 1]], in order, those of an obstacle
    behind each other."""

    first: wp.array(dtype=wp.int32)
    face: wp.array(dtype=wp.int32)


@wp.func
def corner(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, k: int) -> vec3:
    """A triangle's corner at the start (0) or the end (1) of the step."""
    return vertex[obstacles.face[f][k], side]


@wp.func
def face_point(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, x: vec3) -> vec3:
    """Of a triangle, the point nearest to x."""
    a, b = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
    return triangle_point(x, a, b, corner(obstacles, vertex, side, f, 2))


@wp.func
def nearest_face(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, near: NearFaces, b: int, o: int, x: vec3
) -> int:
    """Of the triangles of obstacle o near bead b, the nearest to x, the first where several are; -1: none."""
    found = int(-1)
    least = f64(0.0)
    for s in range(near.first[b], near.first[b + 1]):
        f = near.face[s]
        if obstacles.face_obstacle[f] == o:
            distance = wp.length_sq(x - face_point(obstacles, vertex, side, f, x))
            if found < 0 or distance < least:
                found = f
                least = distance
    return found


@wp.func
def face_normal(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int) -> vec3:
    a = corner(obstacles, vertex, side, f, 0)
    across = wp.cross(corner(obstacles, vertex, side, f, 1) - a, corner(obstacles, vertex, side, f, 2) - a)
    return wp.normalize(across)


@wp.func
def angle_at(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, v: int) -> f64:
    """A triangle's angle at one of its vertices."""
    corners = obstacles.face[f]
    k = int(0)
    if corners[1] == v:
        k = 1
    if corners[2] == v:
        k = 2
    here = vertex[v, side]
    first, second = vertex[corners[(k + 1) % 3], side] - here, vertex[corners[(k + 2) % 3], side] - here
    return wp.atan2(wp.length(wp.cross(first, second)), wp.dot(first, second))


@wp.func
def pseudonormal(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, feature: int
) -> vec3:
    """The direction out of a closed mesh at a feature of one of its triangles, of any length."""
    if feature == 0:
        return face_normal(obstacles, vertex, side, f)
    if feature < 4:
        other = obstacles.across[f][feature - 1]
        return face_normal(obstacles, vertex, side, f) + face_normal(obstacles, vertex, side, other)
    v = obstacles.face[f][feature - 4]
    total = vec3()
    for s in range(obstacles.around[v], obstacles.around[v + 1]):
        g = obstacles.ring[s]
        total += angle_at(obstacles, vertex, side, g, v) * face_normal(obstacles, vertex, side, g)
    return total


@wp.func
def inside_face(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, near: NearFaces, b: int, o: int, x: vec3
) -> int:
    """The triangle nearest to x where x is inside the closed mesh o, else -1."""
    if obstacles.closed[o] == 0:
        return -1
    f = nearest_face(obstacles, vertex, side, near, b, o, x)
    if f < 0:
        return -1
    p, q = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
    r = corner(obstacles, vertex, side, f, 2)
    out = pseudonormal(obstacles, vertex, side, f, triangle_feature(x, p, q, r))
    if wp.dot(out, x - triangle_point(x, p, q, r)) < f64(0.0):
        return f
    return -1


@wp.func
def mesh_energy(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), near: NearFaces, b: int, o: int, k: f64, touch: f64, x: vec3
) -> f64:
    """J, at the end of the step."""
    f = inside_face(obstacles, vertex, 1, near, b, o, x)
    if f >= 0:
        return contact_energy(k, touch, -wp.length(x - face_point(obstacles, vertex, 1, f, x)))
    total = f64(0.0)
    for s in range(near.first[b], near.first[b + 1]):
        g = near.face[s]
        if obstacles.face_obstacle[g] == o:
            p, q = corner(obstacles, vertex, 1, g, 0), corner(obstacles, vertex, 1, g, 1)
            total += triangle_energy(k, touch, x, p, q, corner(obstacles, vertex, 1, g, 2), obstacles.owns[g])
    return total


@wp.func
def inner_force(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, k: f64, touch: f64, x: vec3) -> vec3:
    """N, on a bead inside, to the nearest point, which is on triangle f."""
    arm = face_point(obstacles, vertex, side, f, x) - x
    depth = wp.length(arm)
    return contact_push(k, touch, -depth) / depth * arm


@wp.func
def one_force(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, o: int, k: f64, touch: f64, x: vec3
) -> vec3:
    """N, of one triangle; 0 where it is another obstacle's."""
    if obstacles.face_obstacle[f] != o:
        return vec3()
    a, b = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
    return triangle_force(k, touch, x, a, b, corner(obstacles, vertex, side, f, 2), obstacles.owns[f])


@wp.func
def mesh_force(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    near: NearFaces,
    b: int,
    o: int,
    k: f64,
    touch: f64,
    x: vec3,
) -> vec3:
    """N, on a bead."""
    f = inside_face(obstacles, vertex, side, near, b, o, x)
    if f >= 0:
        return inner_force(obstacles, vertex, side, f, k, touch, x)
    total = vec3()
    for s in range(near.first[b], near.first[b + 1]):
        total += one_force(obstacles, vertex, side, near.face[s], o, k, touch, x)
    return total


@wp.func
def mesh_derivative(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), near: NearFaces, b: int, o: int, k: f64, touch: f64, x: vec3
) -> mat33:
    """Of the force by the bead's centre, at the end of the step, N/m."""
    f = inside_face(obstacles, vertex, 1, near, b, o, x)
    total = mat33()
    if f >= 0:
        p, q = corner(obstacles, vertex, 1, f, 0), corner(obstacles, vertex, 1, f, 1)
        r = corner(obstacles, vertex, 1, f, 2)
        arm = x - triangle_point(x, p, q, r)
        depth = wp.length(arm)
        n = arm / depth
        along = wp.outer(n, n)
        across = wp.identity(n=3, dtype=f64)
        feature = triangle_feature(x, p, q, r)
        if feature == 0:
            across = along
        if feature == 1:
            across = without(p, q)
        if feature == 2:
            across = without(q, r)
        if feature == 3:
            across = without(r, p)
        push = contact_push(k, touch, -depth)
        return -contact_stiffness(k, touch, -depth) * along - push / depth * (across - along)
    for s in range(near.first[b], near.first[b + 1]):
        g = near.face[s]
        if obstacles.face_obstacle[g] == o:
            p, q = corner(obstacles, vertex, 1, g, 0), corner(obstacles, vertex, 1, g, 1)
            total += triangle_derivative(k, touch, x, p, q, corner(obstacles, vertex, 1, g, 2), obstacles.owns[g])
    return total
