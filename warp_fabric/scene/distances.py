"""How far points are from obstacles (`docs/physics.md`, section 13). NumPy only; shares nothing with the solver's own
distances."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from warp_fabric.obstacle_mesh import MeshTables
from warp_fabric.scene.obstacle import Obstacle
from warp_fabric.scene.pin_path import path_point

BATCH = 256
"""Points whose distances from all triangles are in memory at a time."""

Array = NDArray[np.float64]


def obstacle_distance(
    obstacle: Obstacle, mesh: MeshTables | None, points: Array, reach: float, time: float = 0.0
) -> Array:
    """[N] m, from an obstacle's surface without its thickness: negative inside of it, and plain from an open mesh.

    Args:
        mesh: Its own, where its shape is "mesh". points: [N, 3] m, in the world.
        reach: m; the distance of points that are further away than this may be infinite.
        time: [s], of the obstacle's pose and shape.
    """
    x = _own_coordinates(obstacle, points, time)
    radius = obstacle.radius or 0.0

    def of(key: str) -> Array:
        return np.array(getattr(obstacle, key), float)

    if obstacle.shape == "plane":
        normal = of("normal")
        return (x - of("point")) @ normal / np.linalg.norm(normal)
    if obstacle.shape == "box":
        beyond = np.abs(x - of("center")) - 0.5 * of("size")
        return np.linalg.norm(np.maximum(beyond, 0.0), axis=1) + np.minimum(beyond.max(axis=1), 0.0)
    if obstacle.shape == "sphere":
        return np.linalg.norm(x - of("center"), axis=1) - radius
    if obstacle.shape == "capsule":
        start, axis = of("start"), of("end") - of("start")
        along = np.clip((x - start) @ axis / (axis @ axis), 0.0, 1.0)
        return np.linalg.norm(x - start - along[:, None] * axis, axis=1) - radius
    assert mesh is not None
    return _mesh_distance(mesh, x, reach, time)


def _own_coordinates(obstacle: Obstacle, points: Array, time: float) -> Array:
    """[N, 3] points of the world in an obstacle's own coordinates."""
    if obstacle.path is None:
        return points
    row = path_point(obstacle.path, time)
    angle = float(np.linalg.norm(row[3:]))
    axis = row[3:] / angle if angle else row[3:]
    away = points - row[:3]  # turned back, by Rodrigues' formula
    cos, sin = math.cos(angle), math.sin(angle)
    return cos * away - sin * np.cross(axis, away) + (1.0 - cos) * (away @ axis)[:, None] * axis


def _mesh_distance(mesh: MeshTables, points: Array, reach: float, time: float) -> Array:
    vertices = _vertices_at(mesh, time)
    corners = vertices[mesh.faces]
    low, high = vertices.min(axis=0) - reach, vertices.max(axis=0) + reach
    near = np.flatnonzero(((low <= points) & (points <= high)).all(axis=1))
    found = np.full(len(points), np.inf)
    nearest, weights = nearest_on_mesh(corners, points[near])
    foot = np.einsum("nc,nci->ni", weights, corners[nearest])
    found[near] = np.linalg.norm(points[near] - foot, axis=1)
    if mesh.closed:
        outwards = _pseudonormals(mesh, corners, nearest, weights)
        inside = np.einsum("ni,ni->n", points[near] - foot, outwards) < 0.0
        found[near[inside]] *= -1.0
    return found


def nearest_on_mesh(corners: Array, points: Array) -> tuple[NDArray[np.int_], Array]:
    """Of each point [N, 3] the nearest triangle [N] among `corners` [F, 3, 3], and its corners' weights [N, 3]."""
    middle = corners.mean(axis=1)
    radius = np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1)
    nearest, weights = np.zeros(len(points), int), np.zeros((len(points), 3))
    for first in range(0, len(points), BATCH):
        mine = slice(first, first + BATCH)
        x = points[mine]
        point, face = _candidates(x, middle, radius)
        weight = _nearest_weights(x[point], *np.moveaxis(corners[face], 1, 0))
        distance = np.linalg.norm(x[point] - np.einsum("nc,nci->ni", weight, corners[face]), axis=1)
        order = np.lexsort((distance, point))
        best = order[np.searchsorted(point[order], np.arange(len(x)))]
        nearest[mine], weights[mine] = face[best], weight[best]
    return nearest, weights


def _candidates(x: Array, middle: Array, radius: Array) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Points and triangles, in pairs, that may be nearest: no other is as near as its middle, within its radius."""
    square = (x**2).sum(axis=1)[:, None] - 2.0 * x @ middle.T + (middle**2).sum(axis=1)
    away = np.sqrt(np.maximum(square, 0.0))
    slack = 1e-6 * (np.abs(x).max() + np.abs(middle).max())  # of the squares' difference
    point, face = np.nonzero(away - radius <= away.min(axis=1, keepdims=True) + slack)
    return point, face


def _vertices_at(mesh: MeshTables, time: float) -> Array:
    """[V, 3] m, linear between the mesh's times, held before and after."""
    after = int(np.clip(np.searchsorted(mesh.times, time), 0, len(mesh.times) - 1))
    before = max(after - 1, 0)
    share = np.interp(time, mesh.times[[before, after]], [0.0, 1.0]) if after > before else 0.0
    return (1.0 - share) * mesh.vertices[before] + share * mesh.vertices[after]


def _nearest_weights(x: Array, a: Array, b: Array, c: Array) -> Array:
    """[..., 3] of vertices a, b, c in the nearest point (Ericson, Real-Time Collision Detection, 5.1.5)."""

    def dot(p: Array, q: Array) -> Array:
        return np.einsum("...i,...i->...", p, q)

    ab, ac = b - a, c - a
    p, q, s, t, u, v = (dot(side, x - from_) for from_ in (a, b, c) for side in (ab, ac))
    at_c, at_a, at_b = p * t - s * q, s * v - u * t, u * q - p * v  # shares of the areas opposite
    zero, one = np.zeros_like(p), np.ones_like(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        on_ab, on_ac, on_bc = p / (p - s), q / (q - v), (t - s) / ((t - s) + (u - v))
        total = at_a + at_b + at_c
        inner = [at_a / total, at_b / total, at_c / total]
        choices = [
            ((p <= 0) & (q <= 0), [one, zero, zero]),
            ((s >= 0) & (t <= s), [zero, one, zero]),
            ((v >= 0) & (u <= v), [zero, zero, one]),
            ((at_c <= 0) & (p >= 0) & (s <= 0), [one - on_ab, on_ab, zero]),
            ((at_b <= 0) & (q >= 0) & (v <= 0), [one - on_ac, zero, on_ac]),
            ((at_a <= 0) & (t >= s) & (u >= v), [zero, one - on_bc, on_bc]),
        ]
        conditions = [each for each, _ in choices]
        return np.stack([np.select(conditions, [each[k] for _, each in choices], inner[k]) for k in range(3)], axis=-1)


def _pseudonormals(mesh: MeshTables, corners: Array, face: NDArray[np.int_], weights: Array) -> Array:
    """[N, 3] of the points of triangles that have these weights: a face's unit normal, the sum of an edge's two, the
    sum of a vertex's weighted by their angles there."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    after, before = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    angle = np.arctan2(np.linalg.norm(np.cross(after, before), axis=2), np.einsum("fci,fci->fc", after, before))
    of_vertex = np.zeros((mesh.vertices.shape[1], 3))
    np.add.at(of_vertex, mesh.faces, angle[..., None] * normal[:, None])
    parts = (weights > 0.0).sum(axis=1)
    edge = (weights.argmin(axis=1) + 1) % 3  # ab is opposite c
    found = normal[face]
    found[parts == 2] += normal[mesh.across[face, edge]][parts == 2]
    found[parts == 1] = of_vertex[mesh.faces[face, weights.argmax(axis=1)]][parts == 1]
    return found
