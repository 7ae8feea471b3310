"""A ball."""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64, mat33, vec3


@wp.func
def radial(arm: vec3) -> vec3:
    """An arm's direction; up where the arm has no length."""
    length = wp.length_sq(arm)
    if length == f64(0.0):
        return vec3(f64(0.0), f64(0.0), f64(1.0))
    return arm / wp.sqrt(length)


@wp.func
def sphere_distance(x: vec3, center: vec3, radius: f64) -> f64:
    """Signed, m."""
    arm = x - center
    return wp.dot(arm, radial(arm)) - radius


@wp.func
def sphere_normal(x: vec3, center: vec3, radius: f64) -> vec3:
    """The distance's gradient."""
    return radial(x - center)


@wp.func
def sphere_curvature(x: vec3, center: vec3, radius: f64) -> mat33:
    """The distance's Hessian, 1/m; 0 at the centre, where there is none."""
    arm = x - center
    length = wp.length(arm)
    if length == f64(0.0):
        return mat33()
    n = arm / length
    return (wp.identity(n=3, dtype=f64) - wp.outer(n, n)) / length
