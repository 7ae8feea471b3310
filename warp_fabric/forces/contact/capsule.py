"""A rod with round ends: all that is nearer to a segment than its radius."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.sphere import sphere_curvature, sphere_distance, sphere_normal
from warp_fabric.types import f64, mat33, vec3


@wp.func
def capsule_share(x: vec3, start: vec3, end: vec3) -> f64:
    """Where on the segment the nearest point is: 0 at its start, 1 at its end."""
    axis = end - start
    return wp.clamp(wp.dot(x - start, axis) / wp.length_sq(axis), f64(0.0), f64(1.0))


@wp.func
def capsule_distance(x: vec3, start: vec3, end: vec3, radius: f64) -> f64:
    """Signed, m."""
    return sphere_distance(x, start + capsule_share(x, start, end) * (end - start), radius)


@wp.func
def capsule_normal(x: vec3, start: vec3, end: vec3, radius: f64) -> vec3:
    """The distance's gradient."""
    return sphere_normal(x, start + capsule_share(x, start, end) * (end - start), radius)


@wp.func
def capsule_curvature(x: vec3, start: vec3, end: vec3, radius: f64) -> mat33:
    """The distance's Hessian, 1/m: a sphere's beyond the ends, and without its part along the axis between them."""
    share = capsule_share(x, start, end)
    result = sphere_curvature(x, start + share * (end - start), radius)
    if share > f64(0.0) and share < f64(1.0):
        t = wp.normalize(end - start)
        length = wp.length(x - (start + share * (end - start)))
        if length > f64(0.0):
            result = result - wp.outer(t, t) / length
    return result
