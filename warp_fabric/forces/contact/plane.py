"""A half-space: everything on the inner side of a plane."""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64, vec3


@wp.func
def plane_distance(x: vec3, point: vec3, normal: vec3) -> f64:
    """Signed, m. normal: outward, of length 1."""
    return wp.dot(normal, x - point)


@wp.func
def plane_normal(x: vec3, point: vec3, normal: vec3) -> vec3:
    """The distance's gradient; its Hessian is 0."""
    return normal
