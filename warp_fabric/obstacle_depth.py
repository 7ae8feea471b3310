"""How deep points lie inside obstacles. NumPy only; shares nothing with the solver's own distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from warp_fabric.obstacle_shapes import ObstacleShape
    from warp_fabric.scene.obstacle import Obstacle

Array = NDArray[np.float64]

AT_ONCE = 1_000_000
"""Pairs of points and triangles that are looked at together."""


def depth_inside(obstacle: Obstacle, shape: ObstacleShape, points: Array, time: float) -> Array:
    """[n] m, how deep points are below an obstacle's surface, its `thickness` left out; 0 outside, and in open meshes.

    Args:
        obstacle: As the scene has it. shape: The same one's.
        points: [n, 3] m.
        time: [s].
    """
    turn, shift = shape.pose(time)
    own = (points - shift) @ turn
    if obstacle.shape == "plane":
        normal = np.array(obstacle.normal) / np.linalg.norm(np.array(obstacle.normal))
        depth = (np.array(obstacle.point) - own) @ normal
    elif obstacle.shape == "sphere":
        depth = (obstacle.radius or 0.0) - np.linalg.norm(own - np.array(obstacle.center), axis=1)
    elif obstacle.shape == "capsule":
        depth = (obstacle.radius or 0.0) - _to_segment(own, np.array(obstacle.start), np.array(obstacle.end))
    elif obstacle.shape == "box":
        depth = (0.5 * np.array(obstacle.size) - np.abs(own - np.array(obstacle.center))).min(axis=1)
    else:
        return _mesh_depth(shape, own, time) if shape.closed else np.zeros(len(points))
    return np.maximum(depth, 0.0)


def _mesh_depth(shape: ObstacleShape, own: Array, time: float) -> Array:
    depth, vertices = np.zeros(len(own)), shape.own_vertices(time)
    near = np.flatnonzero(((own > vertices.min(axis=0)) & (own < vertices.max(axis=0))).all(axis=1))
    corners = vertices[shape.faces].swapaxes(0, 1)
    step = max(1, AT_ONCE // len(shape.faces))
    for k in range(0, len(near), step):
        some = near[k : k + step]
        inside = some[_turns_around(own[some], corners) > 0.5]
        if len(inside):
            depth[inside] = _to_triangles(own[inside], corners)
    return depth


def _turns_around(points: Array, corners: Array) -> Array:
    """[n], how many times a mesh winds around each point: the sum of its triangles' solid angles (Van Oosterom)."""
    a, b, c = corners[:, None] - points[:, None]
    la, lb, lc = (np.linalg.norm(each, axis=-1) for each in (a, b, c))
    volume = np.einsum("nfi,nfi->nf", a, np.cross(b, c))
    ab, bc, ca = (np.einsum("nfi,nfi->nf", *pair) for pair in ((a, b), (b, c), (c, a)))
    return np.arctan2(volume, la * lb * lc + ab * lc + bc * la + ca * lb).sum(axis=1) / (2.0 * np.pi)


def _to_triangles(points: Array, corners: Array) -> Array:
    """[n] m, the distance of each point from the nearest of triangles [3, F, 3]."""
    a, b, c = corners
    p = points[:, None]
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    above = np.abs(np.einsum("nfi,fi->nf", p - a, normal))
    sides = [np.einsum("nfi,fi->nf", p - q, np.cross(normal, r - q)) for q, r in ((a, b), (b, c), (c, a))]
    over = (np.array(sides) >= 0.0).all(axis=0)
    edges = np.min([_to_segment(p, q, r) for q, r in ((a, b), (b, c), (c, a))], axis=0)
    return np.where(over, above, edges).min(axis=1)


def _to_segment(points: Array, start: Array, end: Array) -> Array:
    """[...] m, the distance of points [..., 3] from segments."""
    along = end - start
    share = np.clip(((points - start) * along).sum(axis=-1) / (along * along).sum(axis=-1), 0.0, 1.0)
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1)
