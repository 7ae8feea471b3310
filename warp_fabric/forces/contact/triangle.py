"""Triangles of meshes, from outside (`docs/physics.md`, section 13).

    E = phi(distance to the triangle) - sum of phi(distance to an edge) + sum of phi(distance to a vertex)   [J]

with the edges and vertices that the triangle owns (`MeshTables.owns`): over a mesh each inner edge is subtracted once
and each inner vertex added once, so that a bead near several triangles feels a flat region, or a convex edge, once.
Triangles have vertices a, b, c; a `feature` is the part of one that is nearest to a bead: FACE, the edge ab, bc or ca
(1, 2, 3), or the vertex a, b or c (4, 5, 6). An `arm` goes from the nearest point to the bead [m].
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.contact.law import contact_energy, contact_push, contact_stiffness
from warp_fabric.types import f64, mat33, vec3

FACE = wp.constant(0)
FIRST_VERTEX = wp.constant(4)
NUDGE = wp.constant(wp.vec3d(6.1e-10, 3.7e-10, 7.0e-10))
"""Of the touch distance. Which part is nearest is asked of a point so far from the bead's centre: straight above an
edge of a flat region, which is common, rounding would else tell one triangle this and its neighbour that, and their
derivatives would not cancel. Energies do not notice, as distances are stationary there."""
NO_ARM = wp.constant(wp.float64(1.0e-9))
"""Of the touch distance: shorter arms have no direction."""


@wp.func
def triangle_feature(r: f64, x0: vec3, a: vec3, b: vec3, c: vec3) -> int:
    """Which part of the triangle is nearest (Ericson, Real-Time Collision Detection, 5.1.5)."""
    x = x0 + r * NUDGE
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
def _no_gradient(r: f64, x0: vec3, a: vec3, b: vec3, c: vec3, adj_ret: int):
    pass


@wp.func
def edge_feature(r: f64, x: vec3, p: vec3, q: vec3) -> int:
    """Which part of an edge is nearest: 0 all between its ends, 1 and 2 its ends p and q."""
    share = wp.dot(x + r * NUDGE - p, q - p)
    if share <= f64(0.0):
        return 1
    if share >= wp.length_sq(q - p):
        return 2
    return 0


@wp.func_grad(edge_feature)
def _no_gradient_of_edge(r: f64, x: vec3, p: vec3, q: vec3, adj_ret: int):
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
def edge_arm(r: f64, x: vec3, p: vec3, q: vec3) -> vec3:
    feature = edge_feature(r, x, p, q)
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
def triangle_reaches(r: f64, x: vec3, a: vec3, b: vec3, c: vec3) -> bool:
    """Whether any term acts: what a triangle owns is no nearer than the triangle itself."""
    return wp.length_sq(triangle_arm(x, a, b, c, triangle_feature(r, x, a, b, c))) < r * r


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
def arm_derivative(k: f64, r: f64, arm: vec3, up: vec3, along: vec3, exact: bool) -> mat33:
    """Of `arm_force` by the bead's centre, N/m, without what curvature adds unless exact.

    Args:
        along: Direction in which the nearest point moves with the bead, of length 1; 0 for a vertex.
    """
    distance = wp.length(arm)
    if distance >= r:
        return mat33()
    if distance <= NO_ARM * r:
        return -contact_stiffness(k, r, f64(0.0)) * wp.outer(up, up)
    n = arm / distance
    result = -contact_stiffness(k, r, distance) * wp.outer(n, n)
    if exact:
        sideways = wp.identity(n=3, dtype=f64) - wp.outer(n, n) - wp.outer(along, along)
        result += contact_push(k, r, distance) / distance * sideways
    return result


@wp.func
def edge_direction(r: f64, x: vec3, p: vec3, q: vec3) -> vec3:
    """An edge's, where the nearest point is between its ends; 0 where it is an end."""
    if edge_feature(r, x, p, q) == 0:
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
    result = contact_energy(k, r, wp.length(triangle_arm(x, a, b, c, triangle_feature(r, x, a, b, c))))
    if owns & 1:
        result -= contact_energy(k, r, wp.length(edge_arm(r, x, a, b)))
    if owns & 2:
        result -= contact_energy(k, r, wp.length(edge_arm(r, x, b, c)))
    if owns & 4:
        result -= contact_energy(k, r, wp.length(edge_arm(r, x, c, a)))
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
    result = feature_force(k, r, x, a, b, c, triangle_feature(r, x, a, b, c))
    up = triangle_normal(a, b, c)
    if owns & 1:
        result -= arm_force(k, r, edge_arm(r, x, a, b), up)
    if owns & 2:
        result -= arm_force(k, r, edge_arm(r, x, b, c), up)
    if owns & 4:
        result -= arm_force(k, r, edge_arm(r, x, c, a), up)
    if owns & 8:
        result += arm_force(k, r, x - a, up)
    if owns & 16:
        result += arm_force(k, r, x - b, up)
    if owns & 32:
        result += arm_force(k, r, x - c, up)
    return result


@wp.func
def triangle_derivative(k: f64, r: f64, x: vec3, a: vec3, b: vec3, c: vec3, owns: int, exact: bool) -> mat33:
    """Of the force by the bead's centre, N/m; without what the curvature of edges and vertices adds unless exact."""
    if not triangle_reaches(r, x, a, b, c):
        return mat33()
    up = triangle_normal(a, b, c)
    feature = triangle_feature(r, x, a, b, c)
    result = mat33()
    if feature == FACE:
        result = -contact_stiffness(k, r, wp.abs(wp.dot(up, x - a))) * wp.outer(up, up)
    else:
        along = feature_direction(x, a, b, c, feature)
        result = arm_derivative(k, r, triangle_arm(x, a, b, c, feature), up, along, exact)
    if owns & 1:
        result -= arm_derivative(k, r, edge_arm(r, x, a, b), up, edge_direction(r, x, a, b), exact)
    if owns & 2:
        result -= arm_derivative(k, r, edge_arm(r, x, b, c), up, edge_direction(r, x, b, c), exact)
    if owns & 4:
        result -= arm_derivative(k, r, edge_arm(r, x, c, a), up, edge_direction(r, x, c, a), exact)
    if owns & 8:
        result += arm_derivative(k, r, x - a, up, vec3(), exact)
    if owns & 16:
        result += arm_derivative(k, r, x - b, up, vec3(), exact)
    if owns & 32:
        result += arm_derivative(k, r, x - c, up, vec3(), exact)
    return result
