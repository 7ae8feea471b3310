"""Meshes that cloth touches: reading their files, and what joins their triangles. NumPy only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warp_fabric.errors import SceneError

FLAT = 1.0e-12
"""Area of a triangle, relative to its longest edge squared, below which it is none."""


@dataclass(frozen=True)
class MeshTables:
    """One mesh, at rest or changing its shape.

    Attributes:
        times: [T] s; one, 0, for a rigid mesh. vertices: [T, V, 3] m. faces: [F, 3], counter-clockwise from outside.
        owns: [F] bits of what a triangle counts for all that share it: its inner edges ab, bc, ca (1, 2, 4) and its
            inner vertices a, b, c (8, 16, 32); each inner edge and vertex has one owner.
        across: [F, 3] the triangle across each edge, -1 at the border.
        offset, around: The triangles around vertex v are around[offset[v] : offset[v + 1]].
        closed: Whether it has no border, and so an inside.
    """

    times: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray
    owns: np.ndarray
    across: np.ndarray
    offset: np.ndarray
    around: np.ndarray
    closed: bool


def box_mesh() -> MeshTables:
    """The unit box about the origin."""
    corner = np.array([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
    sides = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    faces = [each for a, b, c, d in sides for each in ((a, b, c), (a, c, d))]
    return mesh_tables(np.zeros(1), corner[None], np.array(faces), "box")


def read_mesh(path: str | os.PathLike) -> MeshTables:
    """Reads an `.obj` or `.npz` file.

    Raises:
        SceneError: where it cannot be read, or is no mesh that has two sides everywhere.
    """
    path = Path(path)
    readers = {".obj": _read_obj, ".npz": _read_npz}
    if path.suffix.lower() not in readers:
        raise SceneError("this is no mesh file", where=str(path), fix="give an .obj or .npz file")
    try:
        times, vertices, faces = readers[path.suffix.lower()](path)
    except FileNotFoundError:
        raise SceneError("there is no such mesh file", where=str(path), fix="check obstacles.file") from None
    except (OSError, ValueError, KeyError, IndexError) as error:
        fix = "give `v` and `f` lines (.obj), or `vertices` [T, V, 3], `faces` [F, 3] and `time` [T] (.npz)"
        raise SceneError(f"the mesh cannot be read: {error}", where=str(path), fix=fix) from error
    return mesh_tables(times, vertices, faces, str(path))


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    vertices: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        kind, *words = line.split("#")[0].split() or [""]
        if kind == "v":
            if len(words) < 3:
                raise ValueError(f"line {number}: a vertex of {len(words)} numbers")
            vertices.append([float(word) for word in words[:3]])
        elif kind == "f":
            corners = [int(word.split("/")[0]) for word in words]
            corners = [corner - 1 if corner > 0 else len(vertices) + corner for corner in corners]
            if len(corners) < 3 or any(not 0 <= corner < len(vertices) for corner in corners):
                raise ValueError(f"line {number}: a face of vertices that are not there")
            faces += [(corners[0], *corners[k : k + 2]) for k in range(1, len(corners) - 1)]
    return np.zeros(1), np.array(vertices, float).reshape(1, -1, 3), np.array(faces, int).reshape(-1, 3)


def _read_npz(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.load(path, allow_pickle=False) as data:
        vertices, faces = np.asarray(data["vertices"], float), np.asarray(data["faces"])
        vertices = vertices[None] if vertices.ndim == 2 else vertices
        times = np.atleast_1d(np.asarray(data["time"], float)) if "time" in data else np.zeros(1)
    if faces.dtype.kind not in "iu":
        raise ValueError("faces are no whole numbers")
    return times, vertices, faces.astype(int)


def mesh_tables(times: np.ndarray, vertices: np.ndarray, faces: np.ndarray, where: str) -> MeshTables:
    """Checks a mesh, and joins its triangles.

    Args:
        times: [T] s. vertices: [T, V, 3] m. faces: [F, 3]. where: What errors call it.

    Raises:
        SceneError: where it is not finite, has no triangles, degenerate ones or ones that three share an edge with,
            where neighbours are turned opposite ways, or where a closed one is turned inside out.
    """

    def wrong(what: str, fix: str) -> SceneError:
        return SceneError(what, where=where, fix=fix)

    if vertices.ndim != 3 or vertices.shape[2] != 3 or faces.ndim != 2 or faces.shape[1] != 3 or not len(faces):
        shapes = f"vertices {vertices.shape} and faces {faces.shape}"
        raise wrong(f"the mesh has {shapes}", "give vertices [T, V, 3] and faces [F, 3], at least one")
    if len(times) != len(vertices) or (np.diff(times) <= 0.0).any():
        raise wrong(f"{len(times)} times for {len(vertices)} sets of vertices", "give increasing times, one a set")
    if faces.min() < 0 or faces.max() >= vertices.shape[1]:
        raise wrong("a face has a vertex that is not there", "count vertices from 0 (.npz) or 1 (.obj)")
    if not np.isfinite(vertices).all() or not np.isfinite(times).all():
        raise wrong("the mesh is not finite", "give finite numbers")
    a, b, c = (vertices[:, faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=-1)
    longest = np.max([np.linalg.norm(q - p, axis=-1) for p, q in ((a, b), (b, c), (c, a))], axis=0)
    flat = (area <= FLAT * longest**2).any(axis=0)
    if flat.any():
        raise wrong(f"triangle {int(np.argmax(flat))} has no area", "dissolve degenerate faces")
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    key = low * vertices.shape[1] + high
    edges, which, counts = np.unique(key, return_inverse=True, return_counts=True)
    if counts.max() > 2:
        raise wrong("three triangles share an edge", "keep at most two: split the mesh into several obstacles")
    order = np.argsort(which, kind="stable")
    first = order[np.concatenate([[0], np.cumsum(counts)[:-1]])]
    twin = np.full(len(key), -1)
    inner = counts == 2
    second = order[np.cumsum(counts)[inner] - 1]
    twin[first[inner]], twin[second] = second, first[inner]
    turned = (twin >= 0) & (start == start[twin])
    if turned.any():
        face = int(np.flatnonzero(turned)[0]) // 3
        raise wrong(f"triangle {face} is turned against its neighbour", "make the normals consistent")
    border = np.zeros(vertices.shape[1], bool)
    border[start[twin < 0]] = border[end[twin < 0]] = True
    closed = not border.any()
    volume = np.einsum("tfi,tfi->t", a, np.cross(b, c))
    if closed and (volume <= 0.0).any():
        raise wrong("the closed mesh is turned inside out", "flip its normals, so that they point outwards")
    owns = (first[which] == np.arange(len(key))) & (twin >= 0)
    corner_first = np.full(vertices.shape[1], len(key))
    np.minimum.at(corner_first, start, np.arange(len(key)))
    owns_corner = (corner_first[start] == np.arange(len(key))) & ~border[start]
    bits = owns.reshape(-1, 3) @ (1, 2, 4) + owns_corner.reshape(-1, 3) @ (8, 16, 32)
    around = np.argsort(start, kind="stable") // 3
    offset = np.searchsorted(np.sort(start), np.arange(vertices.shape[1] + 1))
    across = np.where(twin >= 0, twin // 3, -1).reshape(-1, 3)
    return MeshTables(times, vertices, faces, bits, across, offset, around, closed)
