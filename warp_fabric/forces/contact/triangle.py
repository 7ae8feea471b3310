"""One triangle of a mesh: its share of what pushes beads out (`docs/physics.md`, section 13).

From outside:

    E = phi(distance to the triangle) - sum of phi(distance to an edge) + sum of phi(distance to a vertex)   [J]

with the edges and vertices that the triangle owns (`MeshTables.owns`): over a mesh each inner edge is subtracted once
and each inner vertex added once, so that a bead near several triangles feels a flat region, or a convex edge, once.
From the inside of a closed mesh, of the nearest triangle alone:

    E = phi(-distance to the triangle)   [J]

k: stiffness [N/m]; r: touch distance [m]; x: the bead's centre. For a, b, c, features and arms see `nearest.py`.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.forces.contact.nearest import (
    FACE,
    edge_arm,
    edge_direction,
    feature_direction,
    triangle_arm,
    triangle_feature,
    triangle_normal,
)
from warp_fabric.types import f64, mat33, vec3

NO_ARM = wp.constant(wp.float64(1.0e-9))
"""Of the touch distance: shorter arms have no direction."""


@wp.func
def triangle_reaches(r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> bool:
    """Whether any term acts: what a triangle owns is no nearer than the triangle itself."""
    return wp.length_sq(triangle_arm(x, a, b, c, triangle_feature(x, a, b, c))) < r * r


@wp.func_grad(triangle_reaches)
def _no_gradient_of_reach(r: f64, x: vec3, a: vec3, b: vec3, c: vec3, adj_ret: bool):
    pass


@wp.func
def face_force(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> vec3:
    """N, where the face is nearest; on the face itself towards its outer side."""
    n = triangle_normal(a, b, c)
    height = wp.dot(n, x - a)
    if height < f64(0.0):
        return -contact_push(k, r, -height) * n
    return contact_push(k, r, height) * n


@wp.func
def arm_force(k: f64, r: f64, arm: vec3, up: vec3) -> vec3:
    """N, along the arm; along `up` where it has no direction."""
    square = wp.length_sq(arm)
    if square >= r * r:
        return vec3()
    if square <= NO_ARM * NO_ARM * r * r:
        return contact_push(k, r, f64(0.0)) * up
    distance = wp.sqrt(square)
    return contact_push(k, r, distance) / distance * arm


@wp.func
def arm_derivative(k: f64, r: f64, arm: vec3, up: vec3, along: vec3) -> mat33:
    """Of `arm_force` by the bead's centre, N/m.

    Args:
        along: Direction in which the nearest point moves with the bead, of length 1; 0 for a vertex.
    """
    distance = wp.length(arm)
    if distance >= r:
        return mat33()
    if distance <= NO_ARM * r:
        return -contact_stiffness(k, r, f64(0.0)) * wp.outer(up, up)
    n = arm / distance
    sideways = wp.identity(n=3, dtype=f64) - wp.outer(n, n) - wp.outer(along, along)
    return contact_push(k, r, distance) / distance * sideways - contact_stiffness(k, r, distance) * wp.outer(n, n)


@wp.func
def feature_force(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3, feature: int) -> vec3:
    """N, of the first term."""
    if feature == FACE:
        return face_force(k, r, x, a, b, c)
    return arm_force(k, r, triangle_arm(x, a, b, c, feature), triangle_normal(a, b, c))


@wp.func
def triangle_energy(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int) -> f64:
    """J."""
    if not triangle_reaches(r, x, a, b, c):
        return f64(0.0)
    result = contact_energy(k, r, wp.length(triangle_arm(x, a, b, c, triangle_feature(x, a, b, c))))
    if owns & 1:
        result -= contact_energy(k, r, wp.length(edge_arm(x, a, b)))
    if owns & 2:
        result -= contact_energy(k, r, wp.length(edge_arm(x, b, c)))
    if owns & 4:
        result -= contact_energy(k, r, wp.length(edge_arm(x, c, a)))
    if owns & 8:
        result += contact_energy(k, r, wp.length(x - a))
    if owns & 16:
        result += contact_energy(k, r, wp.length(x - b))
    if owns & 32:
        result += contact_energy(k, r, wp.length(x - c))
    return result


@wp.func
def triangle_force(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int) -> vec3:
    """N, on the bead."""
    if not triangle_reaches(r, x, a, b, c):
        return vec3()
    result = feature_force(k, r, x, a, b, c, triangle_feature(x, a, b, c))
    up = triangle_normal(a, b, c)
    if owns & 1:
        result -= arm_force(k, r, edge_arm(x, a, b), up)
    if owns & 2:
        result -= arm_force(k, r, edge_arm(x, b, c), up)
    if owns & 4:
        result -= arm_force(k, r, edge_arm(x, c, a), up)
    if owns & 8:
        result += arm_force(k, r, x - a, up)
    if owns & 16:
        result += arm_force(k, r, x - b, up)
    if owns & 32:
        result += arm_force(k, r, x - c, up)
    return result


@wp.func
def triangle_derivative(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int) -> mat33:
    """Of the force by the bead's centre, N/m."""
    if not triangle_reaches(r, x, a, b, c):
        return mat33()
    up = triangle_normal(a, b, c)
    feature = triangle_feature(x, a, b, c)
    result = mat33()
    if feature == FACE:
        result = -contact_stiffness(k, r, wp.abs(wp.dot(up, x - a))) * wp.outer(up, up)
    else:
        along = feature_direction(x, a, b, c, feature)
        result = arm_derivative(k, r, triangle_arm(x, a, b, c, feature), up, along)
    if owns & 1:
        result -= arm_derivative(k, r, edge_arm(x, a, b), up, edge_direction(x, a, b))
    if owns & 2:
        result -= arm_derivative(k, r, edge_arm(x, b, c), up, edge_direction(x, b, c))
    if owns & 4:
        result -= arm_derivative(k, r, edge_arm(x, c, a), up, edge_direction(x, c, a))
    if owns & 8:
        result += arm_derivative(k, r, x - a, up, vec3())
    if owns & 16:
        result += arm_derivative(k, r, x - b, up, vec3())
    if owns & 32:
        result += arm_derivative(k, r, x - c, up, vec3())
    return result


@wp.func
def inside_energy(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> f64:
    """J, of a centre inside whose nearest triangle is abc."""
    return contact_energy(k, r, -wp.length(triangle_arm(x, a, b, c, triangle_feature(x, a, b, c))))


@wp.func
def inside_force(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> vec3:
    """N, towards the nearest point."""
    feature = triangle_feature(x, a, b, c)
    if feature == FACE:
        n = triangle_normal(a, b, c)
        return contact_push(k, r, wp.dot(n, x - a)) * n
    arm = triangle_arm(x, a, b, c, feature)
    distance = wp.length(arm)
    return -contact_push(k, r, -distance) / distance * arm


@wp.func
def inside_derivative(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> mat33:
    """Of the force by the centre, N/m."""
    feature = triangle_feature(x, a, b, c)
    if feature == FACE:
        n = triangle_normal(a, b, c)
        return -contact_stiffness(k, r, wp.dot(n, x - a)) * wp.outer(n, n)
    arm = triangle_arm(x, a, b, c, feature)
    distance = wp.length(arm)
    n = arm / distance
    along = feature_direction(x, a, b, c, feature)
    sideways = wp.identity(n=3, dtype=f64) - wp.outer(n, n) - wp.outer(along, along)
    return -contact_stiffness(k, r, -distance) * wp.outer(n, n) - contact_push(k, r, -distance) / distance * sideways
