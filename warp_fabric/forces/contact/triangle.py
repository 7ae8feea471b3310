"""One triangle of a mesh: its nearest point, and its share of the mesh's energy (`docs/physics.md`, section 13).

A mesh counts each triangle, takes its inner edges off and adds its inner vertices again; a triangle does this for those
that it owns. Distances are plain ones, to the closed triangle, edge and vertex.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.types import f64, mat33, vec3

FACE = wp.constant(0)
"""Features: the face, edges ab, bc, ca (1 to 3), vertices a, b, c (4 to 6)."""


@wp.func
def triangle_feature(x: vec3, a: vec3, b: vec3, c: vec3) -> int:
    """On which feature of a triangle the point nearest to x lies (Ericson, Real-Time Collision Detection, 5.1.5)."""
    ab, ac, ap = b - a, c - a, x - a
    d1, d2 = wp.dot(ab, ap), wp.dot(ac, ap)
    if d1 <= f64(0.0) and d2 <= f64(0.0):
        return 4
    bp = x - b
    d3, d4 = wp.dot(ab, bp), wp.dot(ac, bp)
    if d3 >= f64(0.0) and d4 <= d3:
        return 5
    cp = x - c
    d5, d6 = wp.dot(ab, cp), wp.dot(ac, cp)
    if d6 >= f64(0.0) and d5 <= d6:
        return 6
    if d1 * d4 - d3 * d2 <= f64(0.0) and d1 >= f64(0.0) and d3 <= f64(0.0):
        return 1
    if d5 * d2 - d1 * d6 <= f64(0.0) and d2 >= f64(0.0) and d6 <= f64(0.0):
        return 3
    if d3 * d6 - d5 * d4 <= f64(0.0) and d4 - d3 >= f64(0.0) and d5 - d6 >= f64(0.0):
        return 2
    return 0


@wp.func
def edge_weight(x: vec3, a: vec3, b: vec3) -> f64:
    """Of b, in the point of the line through a and b that is nearest to x."""
    ab = b - a
    return wp.dot(ab, x - a) / wp.dot(ab, ab)


@wp.func
def triangle_weights(x: vec3, a: vec3, b: vec3, c: vec3) -> vec3:
    """Barycentric coordinates of the point nearest to x."""
    zero, one = f64(0.0), f64(1.0)
    feature = triangle_feature(x, a, b, c)
    if feature == 4:
        return vec3(one, zero, zero)
    if feature == 5:
        return vec3(zero, one, zero)
    if feature == 6:
        return vec3(zero, zero, one)
    if feature == 1:
        t = edge_weight(x, a, b)
        return vec3(one - t, t, zero)
    if feature == 2:
        t = edge_weight(x, b, c)
        return vec3(zero, one - t, t)
    if feature == 3:
        t = edge_weight(x, c, a)
        return vec3(t, zero, one - t)
    normal = wp.cross(b - a, c - a)
    square = wp.dot(normal, normal)
    v = wp.dot(wp.cross(x - a, c - a), normal) / square
    w = wp.dot(wp.cross(b - a, x - a), normal) / square
    return vec3(one - v - w, v, w)


@wp.func
def triangle_point(x: vec3, a: vec3, b: vec3, c: vec3) -> vec3:
    """The point nearest to x."""
    w = triangle_weights(x, a, b, c)
    return w[0] * a + w[1] * b + w[2] * c


@wp.func
def edge_point(x: vec3, a: vec3, b: vec3) -> vec3:
    """Of the segment from a to b, the point nearest to x."""
    return a + wp.clamp(edge_weight(x, a, b), f64(0.0), f64(1.0)) * (b - a)


@wp.func
def point_force(k: f64, touch: f64, arm: vec3) -> vec3:
    """N, away from a point from which `arm` leads to the bead."""
    distance = wp.length_sq(arm)
    if distance >= touch * touch or distance == f64(0.0):
        return vec3()
    length = wp.sqrt(distance)
    return contact_push(k, touch, length) / length * arm


@wp.func
def point_derivative(k: f64, touch: f64, arm: vec3, across: mat33) -> mat33:
    """Of `point_force` by the bead's centre, where the point keeps up with it in all but the directions that `across`
    projects on (and the arm's)."""
    length = wp.length(arm)
    if length >= touch or length == f64(0.0):
        return mat33()
    n = arm / length
    along = wp.outer(n, n)
    push = contact_push(k, touch, length)
    return -contact_stiffness(k, touch, length) * along + push / length * (across - along)


@wp.func
def without(a: vec3, b: vec3) -> mat33:
    """Projects on the plane across the line through a and b."""
    t = wp.normalize(b - a)
    return wp.identity(n=3, dtype=f64) - wp.outer(t, t)


@wp.func
def edge_derivative(k: f64, touch: f64, x: vec3, a: vec3, b: vec3) -> mat33:
    """Of the force of the distance to the segment from a to b."""
    across = wp.identity(n=3, dtype=f64)
    weight = edge_weight(x, a, b)
    if weight > f64(0.0) and weight < f64(1.0):
        across = without(a, b)
    return point_derivative(k, touch, x - edge_point(x, a, b), across)


@wp.func
def face_derivative(k: f64, touch: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> mat33:
    """Of the force of the distance to the triangle."""
    feature = triangle_feature(x, a, b, c)
    across = wp.identity(n=3, dtype=f64)
    arm = x - triangle_point(x, a, b, c)
    if feature == 0:
        n = wp.normalize(wp.cross(b - a, c - a))
        across = wp.outer(n, n)
    if feature == 1:
        across = without(a, b)
    if feature == 2:
        across = without(b, c)
    if feature == 3:
        across = without(c, a)
    return point_derivative(k, touch, arm, across)


@wp.func
def owned(owns: int, bit: int) -> f64:
    if (owns & bit) != 0:
        return f64(1.0)
    return f64(0.0)


@wp.func
def triangle_energy(k: f64, touch: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int) -> f64:
    """J. owns: See `MeshTables`."""
    total = contact_energy(k, touch, wp.length(x - triangle_point(x, a, b, c)))
    total -= owned(owns, 1) * contact_energy(k, touch, wp.length(x - edge_point(x, a, b)))
    total -= owned(owns, 2) * contact_energy(k, touch, wp.length(x - edge_point(x, b, c)))
    total -= owned(owns, 4) * contact_energy(k, touch, wp.length(x - edge_point(x, c, a)))
    total += owned(owns, 8) * contact_energy(k, touch, wp.length(x - a))
    total += owned(owns, 16) * contact_energy(k, touch, wp.length(x - b))
    total += owned(owns, 32) * contact_energy(k, touch, wp.length(x - c))
    return total


@wp.func
def triangle_force(k: f64, touch: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int) -> vec3:
    """N, on a bead at x."""
    total = point_force(k, touch, x - triangle_point(x, a, b, c))
    if owns != 0:
        total -= owned(owns, 1) * point_force(k, touch, x - edge_point(x, a, b))
        total -= owned(owns, 2) * point_force(k, touch, x - edge_point(x, b, c))
        total -= owned(owns, 4) * point_force(k, touch, x - edge_point(x, c, a))
        total += owned(owns, 8) * point_force(k, touch, x - a)
        total += owned(owns, 16) * point_force(k, touch, x - b)
        total += owned(owns, 32) * point_force(k, touch, x - c)
    return total


@wp.func
def triangle_derivative(k: f64, touch: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int) -> mat33:
    """Of the force by x, N/m."""
    every = wp.identity(n=3, dtype=f64)
    total = face_derivative(k, touch, x, a, b, c)
    total -= owned(owns, 1) * edge_derivative(k, touch, x, a, b)
    total -= owned(owns, 2) * edge_derivative(k, touch, x, b, c)
    total -= owned(owns, 4) * edge_derivative(k, touch, x, c, a)
    total += owned(owns, 8) * point_derivative(k, touch, x - a, every)
    total += owned(owns, 16) * point_derivative(k, touch, x - b, every)
    total += owned(owns, 32) * point_derivative(k, touch, x - c, every)
    return total
