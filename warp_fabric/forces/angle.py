"""The cosine between two vectors and its derivatives; bending and shear are both functions of it.

For d1, d2 with lengths l1, l2 and unit vectors t1, t2: c = t1 . t2, dc/dd1 = q1 / l1 with q1 = t2 - c t1, and
likewise q2 = t1 - c t2.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64, mat33, vec3


@wp.func
def cosine_hessian_same(t: vec3, q: vec3, c: f64, length: f64) -> mat33:
    """d2c / dd1 dd1 = -(t1 q1' + q1 t1' + c (I - t1 t1')) / l1^2; the same formula serves d2."""
    projection = wp.identity(n=3, dtype=f64) - wp.outer(t, t)
    return -(wp.outer(t, q) + wp.outer(q, t) + c * projection) / (length * length)


@wp.func
def cosine_hessian_mixed(t1: vec3, t2: vec3, q2: vec3, l1: f64, l2: f64) -> mat33:
    """d2c / dd1 dd2 = (I - t2 t2' - t1 q2') / (l1 l2)."""
    return (wp.identity(n=3, dtype=f64) - wp.outer(t2, t2) - wp.outer(t1, q2)) / (l1 * l2)
