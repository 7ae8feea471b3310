"""The obstacles that a formula tells the distance from: planes, spheres and capsules, as one kind of thing."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.capsule import capsule_curvature, capsule_distance, capsule_normal
from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.forces.contact.plane import plane_distance, plane_normal
from warp_fabric.forces.contact.sphere import sphere_curvature, sphere_distance, sphere_normal
from warp_fabric.obstacles import CAPSULE, PLANE, SPHERE
from warp_fabric.types import f64, mat33, vec3


@wp.func
def is_solid(shape: int) -> bool:
    return shape <= CAPSULE


@wp.func
def solid_distance(shape: int, x: vec3, first: vec3, second: vec3, radius: f64) -> f64:
    """m, negative inside. first, second: See `posed.py`."""
    if shape == PLANE:
        return plane_distance(x, first, second)
    if shape == SPHERE:
        return sphere_distance(x, first, radius)
    return capsule_distance(x, first, second, radius)


@wp.func
def solid_normal(shape: int, x: vec3, first: vec3, second: vec3, radius: f64) -> vec3:
    """The distance's gradient, of length 1."""
    if shape == PLANE:
        return plane_normal(x, first, second)
    if shape == SPHERE:
        return sphere_normal(x, first, radius)
    return capsule_normal(x, first, second, radius)


@wp.func
def solid_curvature(shape: int, x: vec3, first: vec3, second: vec3, radius: f64) -> mat33:
    """The distance's Hessian, 1/m."""
    if shape == PLANE:
        return mat33()
    if shape == SPHERE:
        return sphere_curvature(x, first, radius)
    return capsule_curvature(x, first, second, radius)


@wp.func
def solid_energy(shape: int, k: f64, touch: f64, x: vec3, first: vec3, second: vec3, radius: f64) -> f64:
    """J; 0 for an obstacle of another kind, as are those below."""
    if not is_solid(shape):
        return f64(0.0)
    return contact_energy(k, touch, solid_distance(shape, x, first, second, radius))


@wp.func
def solid_force(shape: int, k: f64, touch: f64, x: vec3, first: vec3, second: vec3, radius: f64) -> vec3:
    """N, on a bead."""
    if not is_solid(shape):
        return vec3()
    distance = solid_distance(shape, x, first, second, radius)
    if distance >= touch:
        return vec3()
    return contact_push(k, touch, distance) * solid_normal(shape, x, first, second, radius)


@wp.func
def solid_derivative(
    shape: int, k: f64, touch: f64, x: vec3, first: vec3, second: vec3, radius: f64, exact: bool
) -> mat33:
    """Of the force by the bead's centre, N/m; without what the surface's curvature adds unless exact."""
    if not is_solid(shape):
        return mat33()
    distance = solid_distance(shape, x, first, second, radius)
    if distance >= touch:
        return mat33()
    n = solid_normal(shape, x, first, second, radius)
    result = -contact_stiffness(k, touch, distance) * wp.outer(n, n)
    if exact:
        result += contact_push(k, touch, distance) * solid_curvature(shape, x, first, second, radius)
    return result
