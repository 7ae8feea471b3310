"""Obstacles as triangles: what the ray tracer draws besides yarns. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.obstacle_shapes import ObstacleShape, face_normals

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solids:
    """Triangles.

    Attributes:
        vertices: [V, 3]. faces: int[F, 3], counter-clockwise from outside.
        normals: [F, 3, 3] of unit length, at the corners.
        two_sided: bool[F], whether they are seen from behind too.
    """

    vertices: Array
    faces: NDArray[np.int64]
    normals: Array
    two_sided: NDArray[np.bool_]


def solids_at(shapes: Sequence[ObstacleShape], time: float, middle: Array, scale: float) -> Solids | None:
    """Obstacles at a time [s]; None where there are none.

    Open meshes are seen from both sides. Planes, as the solid ones they are, are not: from below, cloth is seen.

    Args:
        middle, scale: Origin and length unit of the triangles [m].
    """
    if not shapes:
        return None
    vertices, faces, normals, two_sided, count = [], [], [], [], 0
    for shape in shapes:
        at, smooth = shape.at(time), shape.normals_at(time)
        flat = np.repeat(face_normals(at, shape.faces)[:, None], 3, axis=1)
        vertices.append((at - middle) / scale)
        faces.append(shape.faces + count)
        normals.append(flat if smooth is None else smooth[shape.faces])
        two_sided.append(np.full(len(shape.faces), not shape.closed and shape.kind != "plane"))
        count += len(at)
    return Solids(*(np.concatenate(each) for each in (vertices, faces, normals, two_sided)))
