"""Obstacles: what cloth touches besides itself, as kernels read it."""

# Warp structs are no types to a type checker.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import warp as wp

from warp_fabric.obstacle_mesh import MeshTables
from warp_fabric.parameters import array_of, of_table
from warp_fabric.scene.meshes import obstacle_meshes
from warp_fabric.types import f64, vec3

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

SHAPES = ("plane", "sphere", "capsule", "box", "mesh")
PLANE, SPHERE, CAPSULE, BOX, MESH = (wp.constant(k) for k in range(len(SHAPES)))


@wp.struct
class Obstacles:
    """All obstacles of all scenes behind each other, O in all, with V vertices and T triangles.

    first_obstacle: [F + 1] which obstacles a fabric meets. shape: [O], see `SHAPES`.
    point, normal (of any length), center, start, end, size, radius, thickness, friction: [O] the scene's, 0 where a
        shape does not have them. own_friction: [O] whether `friction` is its own, not the scene's.
    key_offset: [O + 1]. key_time, key_shift, key_turn: the rows of paths, s, m and rad; where there is none, one of 0.
    sample_offset: [O + 1]. sample_time: s, when a mesh's vertices are given: once, of rigid ones and boxes.
        sample_start: where each sample begins in sample_vertex, m; of a box, in parts of its size.
    vertex_offset: [O + 1]. vertex_obstacle: [V].
    face_offset: [O + 1]. face_obstacle: [T]. face: [T] its vertices. owns, across: [T], around: [V + 1] and ring: see
        `MeshTables`; ring has what is called `around` there, and around its `offset`.
    closed: [O] whether a mesh has an inside.
    """

    first_obstacle: wp.array(dtype=wp.int32)
    shape: wp.array(dtype=wp.int32)
    point: wp.array(dtype=vec3)
    normal: wp.array(dtype=vec3)
    center: wp.array(dtype=vec3)
    start: wp.array(dtype=vec3)
    end: wp.array(dtype=vec3)
    size: wp.array(dtype=vec3)
    radius: wp.array(dtype=f64)
    thickness: wp.array(dtype=f64)
    friction: wp.array(dtype=f64)
    own_friction: wp.array(dtype=wp.int32)
    key_offset: wp.array(dtype=wp.int32)
    key_time: wp.array(dtype=f64)
    key_shift: wp.array(dtype=vec3)
    key_turn: wp.array(dtype=vec3)
    sample_offset: wp.array(dtype=wp.int32)
    sample_time: wp.array(dtype=f64)
    sample_start: wp.array(dtype=wp.int32)
    sample_vertex: wp.array(dtype=vec3)
    vertex_offset: wp.array(dtype=wp.int32)
    vertex_obstacle: wp.array(dtype=wp.int32)
    face_offset: wp.array(dtype=wp.int32)
    face_obstacle: wp.array(dtype=wp.int32)
    face: wp.array(dtype=wp.vec3i)
    owns: wp.array(dtype=wp.int32)
    across: wp.array(dtype=wp.vec3i)
    around: wp.array(dtype=wp.int32)
    ring: wp.array(dtype=wp.int32)
    closed: wp.array(dtype=wp.int32)


NOTHING = MeshTables(
    np.zeros(0), np.zeros((0, 0, 3)), np.zeros((0, 3), int), np.zeros(0, int), np.zeros((0, 3), int),
    np.zeros(1, int), np.zeros(0, int), False,
)  # fmt: skip


def obstacles_of(scenes: list[Scene]) -> tuple[Obstacles, list[slice]]:
    """On the current device; and where each obstacle's path has its keys.

    Raises:
        SceneError: where a mesh's file cannot be read or is no mesh, or where a mesh that changes shape has a path too.
    """
    every = [obstacle for scene in scenes for obstacle in scene.obstacles]
    paths = [np.asarray(obstacle.path or [[0.0] * 7], float).reshape(-1, 7) for obstacle in every]
    meshes = [mesh or NOTHING for scene in scenes for mesh in obstacle_meshes(scene)]
    keys, rows = _offsets(map(len, paths)), np.concatenate([np.zeros((0, 7)), *paths])
    samples, vertices = _offsets(len(m.times) for m in meshes), _offsets(m.vertices.shape[1] for m in meshes)
    faces, rings = _offsets(len(m.faces) for m in meshes), _offsets(len(m.around) for m in meshes)
    sample_sizes = [m.vertices.shape[1] for m in meshes for _ in m.times]

    def whole(values) -> wp.array:
        return wp.array(np.asarray(values), dtype=wp.int32)

    def joined(parts, width: int) -> np.ndarray:
        shape = (0, width) if width > 1 else (0,)
        return np.concatenate([np.zeros(shape, int), *parts])

    found = Obstacles()
    found.first_obstacle = whole(_offsets(len(scene.obstacles) for scene in scenes))
    found.shape = whole([SHAPES.index(obstacle.shape) for obstacle in every])
    for name, each in of_table("obstacles").items():
        if not each.is_path:
            kind = f64 if each.components == 1 else vec3
            values = array_of(each, scenes).reshape(-1) if kind is f64 else array_of(each, scenes).reshape(-1, 3)
            setattr(found, name, wp.array(values, dtype=kind, requires_grad=True))
    found.own_friction = whole([obstacle.friction is not None for obstacle in every])
    found.key_offset = whole(keys)
    found.key_time = wp.array(rows[:, 0], dtype=f64)  # times are given, and take no gradient
    found.key_shift = wp.array(rows[:, 1:4], dtype=vec3, requires_grad=True)
    found.key_turn = wp.array(rows[:, 4:], dtype=vec3, requires_grad=True)
    found.sample_offset = whole(samples)
    found.sample_time = wp.array(np.concatenate([np.zeros(0), *(m.times for m in meshes)]), dtype=f64)
    found.sample_start = whole(_offsets(sample_sizes))
    points = [m.vertices.reshape(-1, 3) for m in meshes]
    found.sample_vertex = wp.array(np.concatenate([np.zeros((0, 3)), *points]), dtype=vec3)
    found.vertex_offset, found.face_offset = whole(vertices), whole(faces)
    found.vertex_obstacle = whole(np.repeat(np.arange(len(every)), np.diff(vertices)))
    found.face_obstacle = whole(np.repeat(np.arange(len(every)), np.diff(faces)))
    found.face = wp.array(joined([m.faces + v for m, v in zip(meshes, vertices)], 3), dtype=wp.vec3i)
    found.owns = whole(joined([m.owns for m in meshes], 1))
    across = [np.where(m.across >= 0, m.across + f, -1) for m, f in zip(meshes, faces)]
    found.across = wp.array(joined(across, 3), dtype=wp.vec3i)
    found.around = whole(joined([*(m.offset[:-1] + r for m, r in zip(meshes, rings)), [rings[-1]]], 1))
    found.ring = whole(joined([m.around + f for m, f in zip(meshes, faces)], 1))
    found.closed = whole([m.closed for m in meshes])
    return found, [slice(int(a), int(b)) for a, b in pairwise(keys)]


def _offsets(counts) -> np.ndarray:
    return np.cumsum([0, *counts])
