"""What shape an obstacle's mesh is, and how it moves: rigidly or not. NumPy only."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from warp_fabric import SceneError
from warp_fabric.obstacle_mesh import mesh_tables

from ..objects.rigid_motion import rigid_motion_between

SAME = 1.0e-6
"""Of a mesh's size: what single precision makes of one place."""
BENT = 1.0e-5
"""Of a mesh's size: from which on it changes its shape."""

ROUND = 1.0e-4
"""Of its radius: how far vertices may be off a sphere or capsule."""
FACETED = 0.02
"""Of its radius: how far its faces may be below it, so that cloth does not visibly float. Blender's spheres begin with
1 % (UV) and 5 % (ico)."""

FIXES = (
    ("more than two triangles", "in edit mode, use Mesh > Clean Up > Merge by Distance and delete faces inside of it"),
    ("turned against", "in edit mode, select all and recalculate its normals (Shift-N)"),
    ("inside out", "in edit mode, select all and recalculate its normals (Shift-N)"),
    ("has no area", "in edit mode, use Mesh > Clean Up > Merge by Distance, and Degenerate Dissolve"),
)
"""Of the package's words for a mesh that cannot be touched, and what an artist does about it."""


def rigid_poses(points: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Rotations [T, 3, 3] and shifts [T, 3] m that bring a mesh from the first frame to each; None where it bends.

    Args:
        points: [T, V, 3] m, its vertices about the origin of the first frame.
    """
    size = np.ptp(points[0], axis=0).max()
    turns, shifts = [], []
    for each in points:
        found = rigid_motion_between(each, points[0])
        if np.abs(points[0] @ found.turn.T + found.shift - each).max() > BENT * size:
            return None
        turns.append(found.turn)
        shifts.append(found.shift)
    return np.array(turns), np.array(shifts)


def stays(points: np.ndarray) -> bool:
    """Whether a mesh, [T, V, 3] m, neither moves nor bends."""
    size = np.ptp(points[0], axis=0).max()
    return bool(np.abs(points - points[0]).max() <= SAME * max(size, np.abs(points[0]).max()))


def checked_mesh(points: np.ndarray, triangles: np.ndarray, name: str) -> bool:
    """Whether a mesh is closed.

    Args:
        points: [T, V, 3] m, at all frames where it bends. triangles: [F, 3]. name: The object's.

    Raises:
        SceneError: where cloth cannot touch it, in the words of Blender's menus.
    """
    try:
        return mesh_tables(np.arange(len(points)), points, triangles, name).closed
    except SceneError as error:
        fix = next((fix for said, fix in FIXES if said in error.what), error.fix)
        raise SceneError(error.what, where=name, fix=fix) from error


def as_box(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Its centre [3] m, full edge lengths [3] m and axes [3, 3], in columns, where a closed mesh is exactly a box.

    Of the ways to name its axes it is the one that turns it least, so that an upright box is not turned at all.
    """
    if len(points) != 8 or len(triangles) != 12:
        return None
    center, size = points.mean(axis=0), np.ptp(points, axis=0).max()
    a, b, c = (points[triangles[:, k]] - center for k in range(3))
    volume = np.einsum("fi,fi->", a, np.cross(b, c)) / 6.0
    found = []
    for edges in permutations(points[1:] - points[0], 3):
        length = np.linalg.norm(edges, axis=1)
        axes = _proper((np.array(edges) / length[:, None]).T)
        own = (points - center) @ axes
        at_corners = np.abs(np.abs(own) - 0.5 * length).max() <= SAME * size
        if at_corners and len(np.unique(np.sign(own), axis=0)) == 8 and np.isclose(volume, length.prod(), rtol=1e-4):
            found.append((np.trace(axes), length, axes))
    if not found:
        return None
    _, length, axes = max(found, key=lambda each: each[0])
    return center, length, axes


def as_capsule(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The ends [3] m of its axis and its radius [m] where a closed mesh has its vertices on a capsule, and is as fine
    as one needs to be that is meant to be round. The ends of a sphere's are one and the same.
    """
    if len(points) < 12:
        return None
    center, _, rank, _ = np.linalg.lstsq(
        np.column_stack([2.0 * points, np.ones(len(points))]), (points**2).sum(axis=1), rcond=None
    )
    if rank < 4:
        return None
    center, apart = center[:3], np.linalg.norm(points - center[:3], axis=1)
    if np.ptp(apart) <= ROUND * apart.mean():
        start = end = center
        radius = float(apart.mean())
    else:
        middle = points.mean(axis=0)
        axis = np.linalg.eigh((points - middle).T @ (points - middle))[1][:, -1]
        along = (points - middle) @ axis
        radius = float(np.linalg.norm(points - middle - along[:, None] * axis, axis=1).max())
        start, end = middle + (along.min() + radius) * axis, middle + (along.max() - radius) * axis
        if (end - start) @ axis <= 0.0 or np.abs(_from_segment(points, start, end) / radius - 1.0).max() > ROUND:
            return None
    a, b, c = (points[triangles[:, k]] for k in range(3))
    inner = np.concatenate([(a + b + c) / 3.0, (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0])
    volume = np.einsum("fi,fi->", a - center, np.cross(b - center, c - center)) / 6.0
    whole = np.pi * radius**2 * (4.0 / 3.0 * radius + np.linalg.norm(end - start))
    fine = _from_segment(inner, start, end).min() >= (1.0 - FACETED) * radius
    return (start, end, radius) if fine and 0.9 * whole < volume <= whole else None


def _from_segment(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """[N] m, distances of points [N, 3] from a segment."""
    way = end - start
    share = np.clip((points - start) @ way / max(way @ way, 1e-30), 0.0, 1.0)
    return np.linalg.norm(points - start - share[:, None] * way, axis=1)


def _proper(axes: np.ndarray) -> np.ndarray:
    """Axes that point along those of the world, not against them, and are right-handed."""
    axes = axes * np.where(np.diag(axes) < 0.0, -1.0, 1.0)
    if np.linalg.det(axes) < 0.0:
        axes[:, np.abs(np.diag(axes)).argmin()] *= -1.0
    return axes
