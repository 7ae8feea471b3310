"""How what a pin follows carries points along: as a whole, by one of its bones, or by its bending surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from warp_fabric import SceneError
from warp_fabric.scene.distances import nearest_on_mesh

from .seen import Seen

if TYPE_CHECKING:
    from ..settings.cloth_settings import PinSettings


def surface_parts(item: PinSettings) -> list[str] | None:
    """The vertex groups that a pin asks for of the mesh that carries it; None where no mesh does."""
    if not item.by_surface or item.target is None or item.target.type != "MESH":
        return None
    return [item.surface_group] if item.surface_group else []


def carried(item: PinSettings, points: np.ndarray, seen: list[Seen]) -> np.ndarray:
    """[N, T, 3] where points are taken.

    Args:
        points: [N, 3] in the world at the first frame. seen: What the pin follows, at each frame.

    Raises:
        SceneError: where there is no such bone, nothing in that part of a mesh, or an object without size.
    """
    if surface_parts(item) is not None:
        return _by_surface(item, points, seen)
    matrices = np.array([each.world for each in seen])
    if item.bone and item.target.type == "ARMATURE":
        if item.bone not in seen[0].bones:
            fix = "choose another bone for the pin, or none"
            raise SceneError(f"there is no bone {item.bone!r}", where=item.target.name, fix=fix)
        matrices = matrices @ np.array([each.bones[item.bone] for each in seen])
    if abs(np.linalg.det(matrices[0][:3, :3])) < 1e-20:
        what = "an object that pins follow is scaled to nothing at the start frame"
        raise SceneError(what, where=item.target.name, fix="give it a scale")
    motion = matrices @ np.linalg.inv(matrices[0])
    return np.einsum("fij,nj->nfi", motion[:, :3, :3], points) + motion[None, :, :3, 3]


def _by_surface(item: PinSettings, points: np.ndarray, seen: list[Seen]) -> np.ndarray:
    """Each goes with the triangle that is nearest at first: it keeps its place there, and its distance from it."""
    triangles = seen[0].faces.triangles
    if item.surface_group:
        triangles = triangles[seen[0].faces.parts[item.surface_group][triangles].all(axis=1)]
        if not len(triangles):
            what = f"no face is in the vertex group {item.surface_group!r}"
            raise SceneError(what, where=item.target.name, fix="give it faces, or choose another Part for the pin")
    start = seen[0].in_world()
    face, weights = nearest_on_mesh(start[triangles], points)
    held = triangles[face]
    own = np.einsum("nij,ni->nj", _frames(start[held]), points - _places(start[held], weights))
    found = []
    for each in seen:
        corners = each.in_world()[held]
        found.append(_places(corners, weights) + np.einsum("nij,nj->ni", _frames(corners), own))
    return np.stack(found, axis=1)


def _places(corners: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.einsum("nc,nci->ni", weights, corners)


def _frames(corners: np.ndarray) -> np.ndarray:
    """[N, 3, 3] directions of triangles, in columns: along the first side, across it, and outwards."""
    along, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    outwards = np.cross(along, other)
    lengths = [np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-30) for each in (along, outwards)]
    along, outwards = along / lengths[0], outwards / lengths[1]
    return np.stack([along, np.cross(outwards, along), outwards], axis=2)
