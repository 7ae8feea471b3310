"""The triangles of a scene's obstacles, read from their files and written to some. NumPy only."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.errors import SceneError
from warp_fabric.obstacle_mesh import MeshTables, box_mesh, read_mesh

if TYPE_CHECKING:
    from warp_fabric.scene.obstacle import Obstacle
    from warp_fabric.scene.scene import Scene

KEPT = 16
"""Meshes that are not read again: a fit makes its scene anew at each evaluation."""


def obstacle_meshes(scene: Scene, known: Mapping[str, MeshTables] | None = None) -> list[MeshTables | None]:
    """The mesh of each obstacle; of a box, that of the unit box; None for shapes without.

    Args:
        scene: The scene.
        known: Meshes by the names of their files, which then are not read.

    Raises:
        SceneError: where a file cannot be read, or its mesh is impossible.
    """
    return [obstacle_mesh(obstacle, f"obstacles[{k}]", known) for k, obstacle in enumerate(scene.obstacles)]


def with_meshes(scene: Scene, meshes: Mapping[str, Mapping[str, np.ndarray]], stem: str | os.PathLike) -> Scene:
    """The scene, with meshes that are in no files yet: they are written to some.

    Args:
        scene: A scene whose obstacles name them.
        meshes: `time` [T] s, `vertices` [T, V, 3] m and `faces` [F, 3] by the names of their files.
        stem: A path that a dot and those names are added to.

    Raises:
        SceneError: where a file cannot be written.
    """
    changes = {}
    for k, obstacle in enumerate(scene.obstacles):
        name = Path(obstacle.file or "").name
        if name in meshes:
            path = Path(f"{os.fspath(stem)}.{name}")
            try:
                with replacing(path) as temporary, open(temporary, "xb") as file:
                    np.savez_compressed(file, **meshes[name])  # pyright: ignore[reportArgumentType]
            except (OSError, ValueError) as error:
                fix = "give a path in a folder that exists, can be written to and has room"
                what = f"the mesh of an obstacle cannot be written: {error}"
                raise SceneError(what, where=str(path), fix=fix) from error
            changes[f"obstacles.{k}.file"] = str(path)
    return scene.replace(changes) if changes else scene


def obstacle_mesh(obstacle: Obstacle, where: str, known: Mapping[str, MeshTables] | None = None) -> MeshTables | None:
    """The mesh of one obstacle, which errors call `where`; see `obstacle_meshes`."""
    if obstacle.shape == "box":
        return box_mesh()
    if obstacle.file is None:
        return None
    if known and (name := Path(obstacle.file).name) in known:
        return known[name]
    try:
        found = os.stat(obstacle.file)
        mesh = _read(obstacle.file, (found.st_mtime_ns, found.st_size))
    except FileNotFoundError:
        fix = "give the path of an .obj or .npz file, relative to the scene file; a run needs it where it was"
        raise SceneError(f"there is no mesh file {obstacle.file}", where=f"{where}.file", fix=fix) from None
    except OSError as error:
        what = f"the mesh file cannot be reached: {error}"
        raise SceneError(what, where=f"{where}.file", fix="check its path, and who may read it") from error
    except SceneError as error:
        what = f"{error.what} ({error.where})"
        raise SceneError(what, where=f"{where}.file", fix=error.fix) from error
    if obstacle.path is not None and len(mesh.times) > 1:
        what = "the mesh changes its shape over time, and so cannot follow a path besides"
        raise SceneError(what, where=f"{where}.path", fix=f"remove path: let the vertices of {obstacle.file} move")
    return mesh


def meshes_digest(scene: Scene) -> str:
    """What tells the meshes of one scene from those of another, whatever files they are in; "" where there are none.

    Raises:
        SceneError: as `obstacle_meshes`.
    """
    found = [mesh for mesh, each in zip(obstacle_meshes(scene), scene.obstacles) if mesh is not None and each.file]
    digest = hashlib.sha256()
    for mesh in found:
        for array in (mesh.times, mesh.vertices, mesh.faces):
            digest.update(np.ascontiguousarray(array, float).tobytes())
    return digest.hexdigest() if found else ""


@lru_cache(maxsize=KEPT)
def _read(path: str, version: tuple[int, int]) -> MeshTables:
    """`version`: of the file, so that a new one is read again."""
    return read_mesh(path)
