"""The inside of closed meshes: which centres are there, and what pushes them out (`docs/physics.md`, section 13).

    E = phi(-distance to the nearest triangle)   [J]

A centre is inside where the pseudonormal at the nearest point looks away from it: on a face the face's normal, on an
edge the sum of its two faces', on a vertex the sum of its faces' weighted by their angles there (Baerentzen and Aanaes,
Signed distance computation using the angle weighted pseudonormal, 2005).

Vertices are `vertex[v, side]`, of all meshes, at one moment for each side; `face`, `across`, `around` and `ring` are
those of `Obstacles`.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.forces.contact.triangle import (
    FACE,
    FIRST_VERTEX,
    feature_direction,
    triangle_arm,
    triangle_feature,
    triangle_normal,
)
from warp_fabric.types import f64, mat33, vec3

PREFER_FACES = wp.constant(wp.float64(1.0 + 1.0e-12))
"""What the square of an edge's distance counts: behind a flat region a face is nearest, whatever rounding says."""


@wp.func
def nearest_triangle(
    r: f64,
    x: vec3,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    face: wp.array(dtype=wp.vec3i),
    candidate: wp.array(dtype=wp.int32),
    first: int,
    last: int,
) -> int:
    """Of the triangles candidate[first : last] the one nearest to a centre; -1 if there are none."""
    found = int(-1)
    least = f64(0.0)
    for k in range(first, last):
        corner = face[candidate[k]]
        a, b, c = vertex[corner[0], side], vertex[corner[1], side], vertex[corner[2], side]
        feature = triangle_feature(r, x, a, b, c)
        square = wp.length_sq(triangle_arm(x, a, b, c, feature))
        if feature != FACE:
            square *= PREFER_FACES
        if found < 0 or square < least:
            found = candidate[k]
            least = square
    return found


@wp.func_grad(nearest_triangle)
def _no_gradient_of_nearest(
    r: f64,
    x: vec3,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    face: wp.array(dtype=wp.vec3i),
    candidate: wp.array(dtype=wp.int32),
    first: int,
    last: int,
    adj_ret: int,
):
    pass


@wp.func
def angle_normal(v: int, t: int, vertex: wp.array2d(dtype=vec3), side: int, face: wp.array(dtype=wp.vec3i)) -> vec3:
    """The normal of triangle t, as long as its angle [rad] at vertex v."""
    corner = face[t]
    p, q, r = corner[0], corner[1], corner[2]
    if q == v:
        p, q, r = corner[1], corner[2], corner[0]
    elif r == v:
        p, q, r = corner[2], corner[0], corner[1]
    u, w = vertex[q, side] - vertex[p, side], vertex[r, side] - vertex[p, side]
    n = wp.cross(u, w)
    size = wp.length(n)
    return wp.atan2(size, wp.dot(u, w)) / size * n


@wp.func
def pseudonormal(
    t: int,
    feature: int,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    face: wp.array(dtype=wp.vec3i),
    across: wp.array(dtype=wp.vec3i),
    around: wp.array(dtype=wp.int32),
    ring: wp.array(dtype=wp.int32),
) -> vec3:
    """Of any length, at a feature of triangle t of a closed mesh."""
    corner = face[t]
    if feature >= FIRST_VERTEX:
        v = corner[feature - FIRST_VERTEX]
        total = vec3()
        for k in range(around[v], around[v + 1]):
            total += angle_normal(v, ring[k], vertex, side, face)
        return total
    result = triangle_normal(vertex[corner[0], side], vertex[corner[1], side], vertex[corner[2], side])
    if feature != FACE:
        other = face[across[t][feature - 1]]
        result += triangle_normal(vertex[other[0], side], vertex[other[1], side], vertex[other[2], side])
    return result


@wp.func
def is_inside(
    r: f64,
    x: vec3,
    t: int,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    face: wp.array(dtype=wp.vec3i),
    across: wp.array(dtype=wp.vec3i),
    around: wp.array(dtype=wp.int32),
    ring: wp.array(dtype=wp.int32),
) -> bool:
    """Whether a centre is inside a closed mesh, whose triangle t is nearest to it."""
    corner = face[t]
    a, b, c = vertex[corner[0], side], vertex[corner[1], side], vertex[corner[2], side]
    feature = triangle_feature(r, x, a, b, c)
    arm = triangle_arm(x, a, b, c, feature)
    return wp.dot(arm, pseudonormal(t, feature, vertex, side, face, across, around, ring)) < f64(0.0)


@wp.func_grad(is_inside)
def _no_gradient_of_inside(
    r: f64,
    x: vec3,
    t: int,
    vertex: wp.array2d(dtype=vec3),
    side: int,
    face: wp.array(dtype=wp.vec3i),
    across: wp.array(dtype=wp.vec3i),
    around: wp.array(dtype=wp.int32),
    ring: wp.array(dtype=wp.int32),
    adj_ret: bool,
):
    pass


@wp.func
def inside_energy(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> f64:
    """J, of a centre inside whose nearest triangle is abc."""
    return contact_energy(k, r, -wp.length(triangle_arm(x, a, b, c, triangle_feature(r, x, a, b, c))))


@wp.func
def inside_force(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> vec3:
    """N, towards the nearest point."""
    feature = triangle_feature(r, x, a, b, c)
    if feature == FACE:
        n = triangle_normal(a, b, c)
        return contact_push(k, r, wp.dot(n, x - a)) * n
    arm = triangle_arm(x, a, b, c, feature)
    distance = wp.length(arm)
    return -contact_push(k, r, -distance) / distance * arm


@wp.func
def inside_derivative(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3, exact: bool) -> mat33:
    """Of the force by the centre, N/m; without what the curvature of edges and vertices adds unless exact."""
    feature = triangle_feature(r, x, a, b, c)
    if feature == FACE:
        n = triangle_normal(a, b, c)
        return -contact_stiffness(k, r, wp.dot(n, x - a)) * wp.outer(n, n)
    arm = triangle_arm(x, a, b, c, feature)
    distance = wp.length(arm)
    n = arm / distance
    result = -contact_stiffness(k, r, -distance) * wp.outer(n, n)
    if exact:
        along = feature_direction(x, a, b, c, feature)
        sideways = wp.identity(n=3, dtype=f64) - wp.outer(n, n) - wp.outer(along, along)
        result -= contact_push(k, r, -distance) / distance * sideways
    return result
