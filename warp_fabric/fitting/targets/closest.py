"""Closest points on triangle meshes, and how the distance to them changes with the point."""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.start import start_warp

_EDGES = ((0, 1), (1, 2), (2, 0))
_FLAT = 1.0e-24
"""Squared sine of a triangle's angle below which it is a line."""


@dataclass(frozen=True)
class Closest:
    """The closest points on a mesh to n points.

    Attributes:
        point: [n, 3] m.
        face: int[n], the triangle each lies on.
        share: [n, 3] barycentric coordinates: weights of the triangle's corners, 0 to 1.
        projector: [n, 3, 3], 1 - d(closest point)/d(point): onto a face's normal; across an edge; the identity at a
            corner.
    """

    point: np.ndarray
    face: np.ndarray
    share: np.ndarray
    projector: np.ndarray


def closest_points(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> Closest:
    """The closest points on a mesh.

    Warp finds the triangle, in single precision; the point on it is exact. Of triangles that are equally far to
    rounding, any may be taken.

    Args:
        points: [n, 3] m.
        vertices: [V, 3] m.
        faces: int[F, 3], at least one.
    """
    start_warp()
    face = _nearest_face(points, vertices, faces)
    return Closest(face=face, **_on_triangle(points, vertices[faces[face]]))


@wp.kernel(enable_backward=False)
def _query(mesh: wp.uint64, point: wp.array(dtype=wp.vec3), reach: float, face: wp.array(dtype=int)):
    i = wp.tid()
    found = wp.mesh_query_point_no_sign(mesh, point[i], reach)
    if found.result:
        face[i] = found.face


def _nearest_face(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    # single precision is spent on the cloth's size, not on where it is
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
    size = float(np.linalg.norm(high - low)) or 1.0
    corner, point = ((each - 0.5 * (low + high)) / size for each in (vertices, points))
    mesh = wp.Mesh(
        points=wp.array(corner.astype(np.float32), dtype=wp.vec3, device="cpu"),
        indices=wp.array(np.ascontiguousarray(faces, np.int32).ravel(), dtype=int, device="cpu"),
    )
    face = wp.zeros(len(points), dtype=int, device="cpu")
    query = wp.array(point.astype(np.float32), dtype=wp.vec3, device="cpu")
    wp.launch(_query, len(points), [mesh.id, query, 4.0], [face], device="cpu")
    return face.numpy()


def _on_triangle(points: np.ndarray, corners: np.ndarray) -> dict[str, np.ndarray]:
    """`point`, `share` and `projector` of the closest points on one triangle each, `corners` [n, 3, 3]."""
    share, projector = _on_edges(points, corners)
    sides = corners[:, 1:] - corners[:, :1]
    normal = np.cross(sides[:, 0], sides[:, 1])
    doubled = (normal**2).sum(axis=-1)  # squared
    flat = doubled <= _FLAT * (sides**2).sum(axis=-1).prod(axis=-1)
    area = np.where(flat, 1.0, doubled)
    away = points - corners[:, 0]
    second = (np.cross(away, sides[:, 1]) * normal).sum(axis=-1) / area
    third = (np.cross(sides[:, 0], away) * normal).sum(axis=-1) / area
    inside = ~flat & (second > 0.0) & (third > 0.0) & (second + third < 1.0)
    share[inside] = np.stack([1.0 - second - third, second, third], axis=-1)[inside]
    unit = normal / np.sqrt(area)[:, None]
    projector[inside] = (unit[:, :, None] * unit[:, None, :])[inside]
    return {"point": (share[:, :, None] * corners).sum(axis=1), "share": share, "projector": projector}


def _on_edges(points: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Barycentric coordinates and projector of the closest points on triangles' edges."""
    count = len(points)
    best, shares, projectors = np.full(count, np.inf), np.zeros((count, 3)), np.zeros((count, 3, 3))
    for a, b in _EDGES:
        along = corners[:, b] - corners[:, a]
        square = (along**2).sum(axis=-1)
        length = np.where(square > 0.0, square, 1.0)
        part = np.clip(((points - corners[:, a]) * along).sum(axis=-1) / length, 0.0, 1.0)
        away = points - corners[:, a] - part[:, None] * along
        distance = (away**2).sum(axis=-1)
        projector = np.tile(np.eye(3), (count, 1, 1))
        between = (part > 0.0) & (part < 1.0)
        projector[between] -= (along[:, :, None] * along[:, None, :] / length[:, None, None])[between]
        better = distance < best
        best[better] = distance[better]
        share = np.zeros((count, 3))
        share[:, a], share[:, b] = 1.0 - part, part
        shares[better], projectors[better] = share[better], projector[better]
    return shares, projectors
