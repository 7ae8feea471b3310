"""Blender's colliders as obstacles of the simulator, in the fabric's frame and in metres."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.scene import Obstacle

from ..files.paths import OBSTACLES
from ..objects.turning import path_rows
from ..settings.units import exact
from .collider_shape import as_box, as_capsule, checked_mesh, rigid_poses, stays
from .colliders import Collider, placed
from .seen import Seen


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What obstacles are made of.

    Attributes:
        seen: Objects at each frame. to_fabric: [4, 4] from the world to the fabric's frame, which is in metres.
        rate: Frames per second. unit: Metres of one Blender unit. folder: Of the fabric's files.
    """

    seen: dict[bpy.types.Object, list[Seen]]
    to_fabric: np.ndarray
    rate: float
    unit: float
    folder: Path


def obstacle_of(collider: Collider, around: Surroundings) -> Obstacle:
    """A collider as the simulator takes it: a box where it is exactly one; a sphere or capsule where its vertices are
    on one and it is shaded smooth, so meant to be round; else a mesh in a file of its own.

    What moves rigidly has a path; what bends has its vertices at each frame. What is flat is a mesh, too: a sheet with
    two sides that ends at its edges, which a plane is not.

    Raises:
        SceneError: where its mesh is one that cloth cannot touch.
        OSError: where its file cannot be written.
    """
    faces = around.seen[collider.obj][0].faces
    points, triangles = _vertices(collider, around), faces.triangles
    used = np.unique(triangles)  # loose vertices and edges touch nothing
    points, triangles = points[:, used], np.searchsorted(used, triangles)
    if np.linalg.det(placed(collider, _worlds(around, 0))[:3, :3]) < 0.0:
        triangles = triangles[:, ::-1]  # its scale mirrors it
    common: dict[str, Any] = {
        "friction": exact(collider.friction),
        "thickness": exact(collider.thickness * around.unit),
    }
    times = np.arange(len(points)) / around.rate
    if stays(points):
        points, times = points[:1], times[:1]
    middle = points[0].mean(axis=0)
    poses = rigid_poses(points - middle)
    closed = checked_mesh(points if poses is None else points[:1], triangles, collider.name)
    if poses is None:
        return Obstacle("mesh", file=_written(collider, around.folder, triangles, points, times), **common)
    turns, shifts = poses
    box = as_box(points[0] - middle, triangles) if closed else None
    if box is not None:
        size, axes = [exact(each) for each in box[1]], box[2]
        if len(times) == 1 and np.allclose(axes, np.eye(3), atol=1e-6):
            return Obstacle("box", center=[exact(each) for each in middle], size=size, **common)
        path = path_rows(times, turns @ axes, shifts + middle)
        return Obstacle("box", center=[0.0, 0.0, 0.0], size=size, path=path, **common)
    round_ = as_capsule(points[0] - middle, triangles) if closed and faces.smooth else None
    if round_ is not None:
        *ends, radius = round_
        shift = middle if len(times) == 1 else np.zeros(3)
        path = None if len(times) == 1 else path_rows(times, turns, shifts + middle)
        start, end = ([exact(each) for each in (where + shift).round(8) + 0.0] for where in ends)
        shape = {"center": start} if start == end else {"start": start, "end": end}
        kind = "sphere" if start == end else "capsule"
        return Obstacle(kind, radius=exact(radius), path=path, **shape, **common)
    if len(times) == 1:
        return Obstacle("mesh", file=_written(collider, around.folder, triangles, points), **common)
    path = path_rows(times, turns, shifts + middle)
    return Obstacle("mesh", file=_written(collider, around.folder, triangles, points[:1] - middle), path=path, **common)


def remove_unused(folder: Path) -> None:
    """Remove meshes that no scene file in a fabric's folder names any more."""
    texts = "".join(each.read_text(encoding="utf-8", errors="replace") for each in folder.rglob("*.toml"))
    for each in (folder / OBSTACLES).glob("*.npz"):
        if each.name not in texts:
            each.unlink()


def _vertices(collider: Collider, around: Surroundings) -> np.ndarray:
    """[T, V, 3] m, at each frame."""
    found = []
    for frame, seen in enumerate(around.seen[collider.obj]):
        matrix = around.to_fabric @ placed(collider, _worlds(around, frame))
        found.append(seen.points.astype(float) @ matrix[:3, :3].T + matrix[:3, 3])
    return np.array(found)


def _worlds(around: Surroundings, frame: int) -> dict[bpy.types.Object, np.ndarray]:
    return {obj: seen[frame].world for obj, seen in around.seen.items()}


def _written(
    collider: Collider, folder: Path, triangles: np.ndarray, points: np.ndarray, times: np.ndarray | None = None
) -> str:
    """The path of a mesh's file, which is called after what is in it: a file never changes."""
    arrays = {"vertices": points if times is None else points.astype(np.float32), "faces": triangles}
    arrays |= {} if times is None else {"time": times}
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in arrays.values())).hexdigest()
    name = re.sub(r"[^\w-]+", "_", collider.obj.name, flags=re.ASCII).strip("_")[:40] or "mesh"
    path = folder / OBSTACLES / f"{name}-{digest[:16]}.npz"
    if not path.is_file():
        os.makedirs(path.parent, exist_ok=True)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
    return str(path)
