"""Whole meshes: the triangles near a bead together, and the inside of closed ones."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.nearest import FACE, FIRST_VERTEX, triangle_arm, triangle_feature, triangle_point
from warp_fabric.forces.contact.triangle import (
    inside_derivative,
    inside_energy,
    inside_force,
    triangle_derivative,
    triangle_energy,
    triangle_force,
)
from warp_fabric.obstacles import Obstacles
from warp_fabric.types import f64, mat33, vec3

PREFER_FACES = wp.constant(wp.float64(1.0 + 1.0e-12))
"""What the square of an edge's distance counts: behind a flat region a face is nearest, whatever rounding says."""
OUTSIDE, NOT = wp.constant(-1), wp.constant(-2)
REACH = wp.constant(wp.float64(1.0 + 1.0e-9))
"""What the square of a touch distance counts, where beads are left out by it: more than rounding may tell apart."""


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
            p, q = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
            r = corner(obstacles, vertex, side, f, 2)
            feature = triangle_feature(x, p, q, r)
            distance = wp.length_sq(triangle_arm(x, p, q, r, feature))
            if feature != FACE:
                distance *= PREFER_FACES
            if found < 0 or distance < least:
                found = f
                least = distance
    return found


@wp.func_grad(nearest_face)
def _no_gradient_of_nearest(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    near: NearFaces,
    b: int,
    o: int,
    x: vec3,
    adj_ret: int,
):
    pass


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
def pseudonormal(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, feature: int) -> vec3:
    """The direction out of a closed mesh at a feature of one of its triangles, of any length."""
    if feature == FACE:
        return face_normal(obstacles, vertex, side, f)
    if feature < FIRST_VERTEX:
        other = obstacles.across[f][feature - 1]
        return face_normal(obstacles, vertex, side, f) + face_normal(obstacles, vertex, side, other)
    v = obstacles.face[f][feature - FIRST_VERTEX]
    total = vec3()
    for s in range(obstacles.around[v], obstacles.around[v + 1]):
        g = obstacles.ring[s]
        total += angle_at(obstacles, vertex, side, g, v) * face_normal(obstacles, vertex, side, g)
    return total


@wp.func
def mesh_side(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    near: NearFaces,
    b: int,
    o: int,
    touch: f64,
    x: vec3,
) -> int:
    """How a bead touches a mesh: the triangle nearest to it where it is inside, else OUTSIDE or, where a closed mesh is
    out of its reach, NOT."""
    if obstacles.closed[o] == 0:
        return OUTSIDE
    f = nearest_face(obstacles, vertex, side, near, b, o, x)
    if f < 0:
        return NOT
    p, q = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
    r = corner(obstacles, vertex, side, f, 2)
    feature = triangle_feature(x, p, q, r)
    arm = triangle_arm(x, p, q, r, feature)
    if wp.dot(pseudonormal(obstacles, vertex, side, f, feature), arm) < f64(0.0):
        return f
    if wp.length_sq(arm) >= REACH * touch * touch:
        return NOT
    return OUTSIDE


@wp.func_grad(mesh_side)
def _no_gradient(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    near: NearFaces,
    b: int,
    o: int,
    touch: f64,
    x: vec3,
    adj_ret: int,
):
    pass


@wp.func
def inside_face(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, near: NearFaces, b: int, o: int, x: vec3
) -> int:
    """The triangle nearest to x where x is inside the closed mesh o, else -1."""
    return wp.max(mesh_side(obstacles, vertex, side, near, b, o, f64(0.0), x), -1)


@wp.func
def mesh_energy(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), near: NearFaces, b: int, o: int, k: f64, touch: f64, x: vec3
) -> f64:
    """J, at the end of the step."""
    f = mesh_side(obstacles, vertex, 1, near, b, o, touch, x)
    if f >= 0:
        p, q = corner(obstacles, vertex, 1, f, 0), corner(obstacles, vertex, 1, f, 1)
        return inside_energy(k, touch, x, p, q, corner(obstacles, vertex, 1, f, 2))
    total = f64(0.0)
    if f == NOT:
        return total
    for s in range(near.first[b], near.first[b + 1]):
        g = near.face[s]
        if obstacles.face_obstacle[g] == o:
            p, q = corner(obstacles, vertex, 1, g, 0), corner(obstacles, vertex, 1, g, 1)
            total += triangle_energy(k, touch, x, p, q, corner(obstacles, vertex, 1, g, 2), obstacles.owns[g])
    return total


@wp.func
def inner_force(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, k: f64, touch: f64, x: vec3
) -> vec3:
    """N, on a bead inside, to the nearest point, which is on triangle f."""
    a, b = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
    return inside_force(k, touch, x, a, b, corner(obstacles, vertex, side, f, 2))


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
    f = mesh_side(obstacles, vertex, side, near, b, o, touch, x)
    if f >= 0:
        return inner_force(obstacles, vertex, side, f, k, touch, x)
    total = vec3()
    if f == NOT:
        return total
    for s in range(near.first[b], near.first[b + 1]):
        total += one_force(obstacles, vertex, side, near.face[s], o, k, touch, x)
    return total


@wp.func
def mesh_derivative(
    obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), near: NearFaces, b: int, o: int, k: f64, touch: f64, x: vec3
) -> mat33:
    """Of the force by the bead's centre, at the end of the step, N/m."""
    f = mesh_side(obstacles, vertex, 1, near, b, o, touch, x)
    if f >= 0:
        p, q = corner(obstacles, vertex, 1, f, 0), corner(obstacles, vertex, 1, f, 1)
        return inside_derivative(k, touch, x, p, q, corner(obstacles, vertex, 1, f, 2))
    total = mat33()
    if f == NOT:
        return total
    for s in range(near.first[b], near.first[b + 1]):
        g = near.face[s]
        if obstacles.face_obstacle[g] == o:
            p, q = corner(obstacles, vertex, 1, g, 0), corner(obstacles, vertex, 1, g, 1)
            total += triangle_derivative(k, touch, x, p, q, corner(obstacles, vertex, 1, g, 2), obstacles.owns[g])
    return total


@wp.func
def convex_part(derivative: mat33) -> mat33:
    """A force's derivative without its positive eigenvalues: that of a convex energy. Edges and vertices have such
    curvature, and the terms of a mesh have both signs."""
    q, d = wp.eig3(f64(0.5) * (derivative + wp.transpose(derivative)))
    return q * wp.diag(wp.min(d, vec3())) * wp.transpose(q)
