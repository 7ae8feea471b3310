"""What objects show as they are evaluated: points in the world, and the curves or faces that they make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from warp_fabric import TargetError

YARN_ID = "yarnId"
"""Attribute of curves in exported files, which Blender imports: the number of each curve's yarn, ends before picks."""
SHAPES = ("MESH", "CURVES", "CURVE", "SURFACE")
"""Types of objects that have a shape."""


@dataclass(frozen=True, eq=False)
class Shape:
    """What one or more objects show.

    Attributes:
        points: [n, 3] in the world.
        lines: Of each curve its points' indices, in order.
        yarns: The number of each curve's yarn; empty where nothing says.
        faces: int[F, 3] triangles of surfaces.
    """

    points: np.ndarray
    lines: list[np.ndarray]
    yarns: list[int]
    faces: np.ndarray


def shape_of(evaluated: bpy.types.Object) -> Shape:
    """The shape of an evaluated object.

    Raises:
        TargetError: where it has no points.
    """
    with _data(evaluated) as data:
        points, faces = _points(evaluated, data), np.empty((0, 3), np.int64)
        if isinstance(data, bpy.types.Mesh):
            faces = _faces(data)
            return Shape(points, [] if len(faces) else _chains(data), [], faces)
        ends = np.cumsum([each.points_length for each in data.curves])
        numbers = data.attributes.get(YARN_ID)
        yarns = [each.value for each in numbers.data] if numbers and numbers.domain == "CURVE" else []
        return Shape(points, np.split(np.arange(len(points)), ends[:-1]), yarns, faces)


def points_of(evaluated: bpy.types.Object) -> np.ndarray:
    """[n, 3] the points of an evaluated object in the world; the origin of one without a shape.

    Raises:
        TargetError: where it has a shape without points.
    """
    if evaluated.type not in SHAPES:
        return np.array(evaluated.matrix_world)[None, :3, 3]
    with _data(evaluated) as data:
        return _points(evaluated, data)


def together(shapes: list[Shape]) -> Shape:
    """Several shapes as one."""
    first = np.cumsum([0, *(len(each.points) for each in shapes)])
    known = all(each.yarns for each in shapes)
    return Shape(
        np.concatenate([each.points for each in shapes]),
        [line + start for each, start in zip(shapes, first) for line in each.lines],
        [yarn for each in shapes for yarn in each.yarns] if known else [],
        np.concatenate([each.faces + start for each, start in zip(shapes, first)]),
    )


@contextmanager
def _data(evaluated: bpy.types.Object) -> Iterator:
    """A mesh or hair curves; other kinds of curves and surfaces as the mesh that they make, if any."""
    if evaluated.type in ("MESH", "CURVES"):
        yield evaluated.data
        return
    try:
        yield evaluated.to_mesh()
    finally:
        evaluated.to_mesh_clear()


def _points(evaluated: bpy.types.Object, data) -> np.ndarray:
    attribute = data and data.attributes.get("position")
    if not attribute or not len(attribute.data):
        raise TargetError("it has no points", where=evaluated.name, fix="choose an object that has some")
    local, world = np.empty(3 * len(attribute.data), np.float32), np.array(evaluated.matrix_world)
    attribute.data.foreach_get("vector", local)
    return local.reshape(-1, 3).astype(float) @ world[:3, :3].T + world[:3, 3]


def _faces(mesh: bpy.types.Mesh) -> np.ndarray:
    mesh.calc_loop_triangles()
    faces = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", faces)
    return faces.reshape(-1, 3).astype(np.int64)


def _chains(mesh: bpy.types.Mesh) -> list[np.ndarray]:
    """Runs of vertices that edges join one after the other, as those of curves are."""
    edges = np.empty(2 * len(mesh.edges), np.int32)
    mesh.edges.foreach_get("vertices", edges)
    low, high = np.sort(edges.reshape(-1, 2), axis=1).T
    joined = np.zeros(len(mesh.vertices), bool)  # with the vertex before
    joined[high[high == low + 1]] = True
    runs = np.split(np.arange(len(joined)), np.flatnonzero(~joined)[1:])
    return [each for each in runs if len(each) > 1]
