"""Which point of a triangle, or of one of its edges, is nearest to a bead.

Triangles have vertices a, b, c; a `feature` is the part of one that is nearest: FACE, the edge ab, bc or ca (1, 2, 3),
or the vertex a, b or c (4, 5, 6). An `arm` goes from the nearest point to the bead [m].
"""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64, vec3

FACE = wp.constant(0)
FIRST_VERTEX = wp.constant(4)
NUDGE = wp.constant(wp.vec3d(6.1e-13, 3.7e-13, 7.0e-13))
"""m, less than any yarn would notice. Which part is nearest is asked of a point so far from the bead's centre: straight
above an edge of a flat region, which is common, rounding would else tell one triangle this and its neighbour that, and
their derivatives would not cancel. Distances do not notice, as they are stationary there."""


@wp.func
def triangle_feature(x0: vec3, a: vec3, b: vec3, c: vec3) -> int:
    """Which part of the triangle is nearest (Ericson, Real-Time Collision Detection, 5.1.5)."""
    x = x0 + NUDGE
    ab, ac = b - a, c - a
    p, q = wp.dot(ab, x - a), wp.dot(ac, x - a)
    if p <= f64(0.0) and q <= f64(0.0):
        return 4
    s, t = wp.dot(ab, x - b), wp.dot(ac, x - b)
    if s >= f64(0.0) and t <= s:
        return 5
    if p >= f64(0.0) and s <= f64(0.0) and p * t - s * q <= f64(0.0):
        return 1
    u, v = wp.dot(ab, x - c), wp.dot(ac, x - c)
    if v >= f64(0.0) and u <= v:
        return 6
    if q >= f64(0.0) and v <= f64(0.0) and u * q - p * v <= f64(0.0):
        return 3
    if t >= s and u >= v and s * v - u * t <= f64(0.0):
        return 2
    return 0


@wp.func_grad(triangle_feature)
def _no_gradient(x0: vec3, a: vec3, b: vec3, c: vec3, adj_ret: int):
    pass


@wp.func
def edge_feature(x: vec3, p: vec3, q: vec3) -> int:
    """Which part of an edge is nearest: 0 all between its ends, 1 and 2 its ends p and q."""
    share = wp.dot(x + NUDGE - p, q - p)
    if share <= f64(0.0):
        return 1
    if share >= wp.length_sq(q - p):
        return 2
    return 0


@wp.func_grad(edge_feature)
def _no_gradient_of_edge(x: vec3, p: vec3, q: vec3, adj_ret: int):
    pass


@wp.func
def triangle_normal(a: vec3, b: vec3, c: vec3) -> vec3:
    """Of length 1, on the side from which a, b, c are counter-clockwise."""
    return wp.normalize(wp.cross(b - a, c - a))


@wp.func
def line_arm(x: vec3, p: vec3, q: vec3) -> vec3:
    """From the line through p and q."""
    along = wp.normalize(q - p)
    return (x - p) - wp.dot(x - p, along) * along


@wp.func
def edge_arm(x: vec3, p: vec3, q: vec3) -> vec3:
    feature = edge_feature(x, p, q)
    if feature == 0:
        return line_arm(x, p, q)
    if feature == 1:
        return x - p
    return x - q


@wp.func
def triangle_arm(x: vec3, a: vec3, b: vec3, c: vec3, feature: int) -> vec3:
    if feature == FACE:
        n = triangle_normal(a, b, c)
        return wp.dot(n, x - a) * n
    if feature == 1:
        return line_arm(x, a, b)
    if feature == 2:
        return line_arm(x, b, c)
    if feature == 3:
        return line_arm(x, c, a)
    if feature == 4:
        return x - a
    if feature == 5:
        return x - b
    return x - c


@wp.func
def line_share(x: vec3, p: vec3, q: vec3) -> f64:
    """Where on an edge the nearest point is: 0 at p, 1 at q."""
    return wp.dot(x - p, q - p) / wp.length_sq(q - p)


@wp.func
def triangle_weights(x: vec3, a: vec3, b: vec3, c: vec3, feature: int) -> vec3:
    """Barycentric coordinates of the nearest point."""
    if feature == FACE:
        n = wp.cross(b - a, c - a)
        size = wp.length_sq(n)
        v, w = wp.dot(wp.cross(x - a, c - a), n) / size, wp.dot(wp.cross(b - a, x - a), n) / size
        return vec3(f64(1.0) - v - w, v, w)
    if feature == 1:
        t = line_share(x, a, b)
        return vec3(f64(1.0) - t, t, f64(0.0))
    if feature == 2:
        t = line_share(x, b, c)
        return vec3(f64(0.0), f64(1.0) - t, t)
    if feature == 3:
        t = line_share(x, c, a)
        return vec3(t, f64(0.0), f64(1.0) - t)
    result = vec3()
    if feature == 4:
        result = vec3(f64(1.0), f64(0.0), f64(0.0))
    elif feature == 5:
        result = vec3(f64(0.0), f64(1.0), f64(0.0))
    else:
        result = vec3(f64(0.0), f64(0.0), f64(1.0))
    return result


@wp.func
def edge_direction(x: vec3, p: vec3, q: vec3) -> vec3:
    """An edge's, where the nearest point is between its ends; 0 where it is an end."""
    if edge_feature(x, p, q) == 0:
        return wp.normalize(q - p)
    return vec3()


@wp.func
def feature_direction(x: vec3, a: vec3, b: vec3, c: vec3, feature: int) -> vec3:
    """Of the edge that is the feature; 0 where it is a vertex."""
    if feature == 1:
        return wp.normalize(b - a)
    if feature == 2:
        return wp.normalize(c - b)
    if feature == 3:
        return wp.normalize(a - c)
    return vec3()


@wp.func
def triangle_point(x: vec3, a: vec3, b: vec3, c: vec3) -> vec3:
    return x - triangle_arm(x, a, b, c, triangle_feature(x, a, b, c))
