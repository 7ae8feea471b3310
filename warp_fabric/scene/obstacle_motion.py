"""How far obstacles move in a step, and whether they can pass cloth by it. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from warp_fabric.obstacle_mesh import MeshTables
from warp_fabric.scene.obstacle import Obstacle
from warp_fabric.scene.pin_path import path_point

Array = NDArray[np.float64]


def passing(obstacle: Obstacle, mesh: MeshTables | None, step: float, touch: float) -> tuple[float, float] | None:
    """How far an obstacle moves in a step, and how thick it is that way [m], where it is no thicker than it moves.

    Boxes and closed meshes are as thick as their bounding box, along its sides; open meshes as the distance at which
    they touch, both ways across. So what moves along itself passes nothing.

    Args:
        mesh: Its own, where its shape is "mesh". step: s. touch: m, the least distance at which its surface touches
            the centres of crossings.
    """
    if obstacle.shape == "plane" or (obstacle.path is None and (mesh is None or len(mesh.times) < 2)):
        return None
    if obstacle.radius is not None:
        points = [obstacle.center] if obstacle.shape == "sphere" else [obstacle.start, obstacle.end]
        farthest = max(float(np.linalg.norm(d, axis=1).max()) for d in _moves(obstacle, mesh, np.array(points), step))
        ways = [(farthest, 2.0 * obstacle.radius)]
    elif mesh is not None and not mesh.closed and obstacle.shape == "mesh":
        ways = [(_across(obstacle, mesh, step), touch)]
    else:
        points, sides = _box(obstacle, mesh)
        farthest = np.max([np.abs(d).max(axis=0) for d in _moves(obstacle, mesh, points, step)], axis=0)
        ways = list(zip(farthest.tolist(), sides.tolist()))
    moved, thick = max(ways, key=lambda way: way[0] / way[1])
    return (moved, thick) if moved > thick else None


def _box(obstacle: Obstacle, mesh: MeshTables | None) -> tuple[Array, Array]:
    """[8, 3] m, corners of the box around a box or a mesh, and [3] m, the lengths of its sides: of a mesh that changes
    its shape, the least."""
    if obstacle.shape == "box":
        center, sides = np.array(obstacle.center), np.array(obstacle.size)
        low = center - 0.5 * sides
    else:
        assert mesh is not None
        low, sides = mesh.vertices[0].min(axis=0), np.ptp(mesh.vertices, axis=1).min(axis=0)
    return np.array([*product(*zip(low, low + sides))]), sides


def _across(obstacle: Obstacle, mesh: MeshTables, step: float) -> float:
    """m, the most that a corner of a triangle moves along the triangle's normal in a step."""
    farthest = 0.0
    for k, moved in enumerate(_moves(obstacle, mesh, mesh.vertices[0], step)):
        a, b, c = np.moveaxis(mesh.vertices[k if len(mesh.times) > 1 else 0][mesh.faces], 1, 0)
        normal = np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        farthest = max(farthest, float(np.abs(np.einsum("fci,fi->fc", moved[mesh.faces], normal)).max()))
    return farthest


def _moves(obstacle: Obstacle, mesh: MeshTables | None, points: Array, step: float) -> Iterator[Array]:
    """[N, 3] m, in its own coordinates, how points move in the first step after each row of a path but the last; or the
    vertices of a mesh that changes its shape, in a step from each of its times but the last."""
    if obstacle.path is None:
        assert mesh is not None
        for (before, after), length in zip(pairwise(mesh.vertices), np.diff(mesh.times)):
            yield (after - before) * (step / length)
        return
    yield np.zeros_like(points)
    for row, following in pairwise(obstacle.path):
        length = min(step, following[0] - row[0])
        after = path_point(obstacle.path, row[0] + length)
        turn, turned = _rotation(np.array(row[4:])), _rotation(after[3:])
        moved = points @ (turn.T @ turned - np.eye(3)).T + turn.T @ (after[:3] - row[1:4])
        yield moved * (step / length)


def _rotation(vector: Array) -> Array:
    """[3, 3], of a rotation vector, by Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if not angle:
        return np.eye(3)
    cross = np.cross(np.eye(3), vector / angle)
    return np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * cross @ cross
