"""Meshes that cloth touches: reading their files, and what joins their triangles. NumPy only."""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warp_fabric.errors import SceneError

FLAT = 1.0e-12
"""Twice a triangle's area, relative to its longest edge squared, at or below which it is degenerate."""


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
        SceneError: where it cannot be read, or `mesh_tables` refuses it.
    """
    path = Path(path)
    readers = {".obj": _read_obj, ".npz": _read_npz}
    if path.suffix.lower() not in readers:
        raise SceneError("this is not a mesh file", where=str(path), fix="give an .obj or .npz file")
    try:
        times, vertices, faces = readers[path.suffix.lower()](path)
    except FileNotFoundError:
        raise SceneError("there is no such mesh file", where=str(path), fix="check obstacles.file") from None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
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
                raise ValueError(f"line {number}: a vertex needs three numbers, this one has {len(words)}")
            vertices.append([_number(word, number, float) for word in words[:3]])
        elif kind == "f":
            corners = [_number(word.split("/")[0], number, int) for word in words]
            corners = [corner - 1 if corner > 0 else len(vertices) + corner for corner in corners]
            if len(corners) < 3 or any(not 0 <= corner < len(vertices) for corner in corners):
                raise ValueError(f"line {number}: a face needs three or more of the vertices above it")
            faces += [(corners[0], *corners[k : k + 2]) for k in range(1, len(corners) - 1)]
    return np.zeros(1), np.array(vertices, float).reshape(1, -1, 3), np.array(faces, int).reshape(-1, 3)


def _number(word: str, line: int, kind: type):
    try:
        return kind(word)
    except ValueError:
        raise ValueError(f"line {line}: {word!r} is not a number") from None


def _read_npz(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError("it is not an .npz archive")
    with np.load(path, allow_pickle=False) as data:
        vertices, faces = np.asarray(data["vertices"], float), np.asarray(data["faces"])
        vertices = vertices[None] if vertices.ndim == 2 else vertices
        times = np.atleast_1d(np.asarray(data["time"], float)) if "time" in data else np.zeros(1)
    if faces.dtype.kind not in "iu":
        raise ValueError("faces are not whole numbers")
    return times, vertices, faces.astype(int)


def mesh_tables(times: np.ndarray, vertices: np.ndarray, faces: np.ndarray, where: str) -> MeshTables:
    """Checks a mesh, and joins its triangles.

    Args:
        times: [T] s, increasing. vertices: [T, V, 3] m. faces: [F, 3]. where: What errors call it.

    Raises:
        SceneError: where it is not finite, has no triangles, degenerate ones or more than two on one edge, where
            neighbours are turned opposite ways, or where a closed mesh, or a part of it that is no hollow, is turned
            inside out.
    """

    def wrong(what: str, fix: str) -> SceneError:
        return SceneError(what, where=where, fix=fix)

    if vertices.ndim != 3 or vertices.shape[2] != 3 or faces.ndim != 2 or faces.shape[1] != 3 or not len(faces):
        shapes = f"vertices {list(vertices.shape)} and faces {list(faces.shape)}"
        raise wrong(f"the mesh has {shapes}", "give vertices [T, V, 3] and faces [F, 3], at least one")
    if times.ndim != 1 or not len(times) or len(times) != len(vertices):
        what = f"time has shape {list(times.shape)}, for {len(vertices)} sets of vertices"
        raise wrong(what, "give a list of times, one for each set of vertices")
    if not np.isfinite(vertices).all() or not np.isfinite(times).all():
        raise wrong("the mesh has numbers that are not finite", "give finite coordinates and times")
    if (np.diff(times) <= 0.0).any():
        raise wrong("the times do not increase", "sort the sets of vertices by time, each time once")
    if faces.min() < 0 or faces.max() >= vertices.shape[1]:
        raise wrong(f"a face has a vertex that is not among the {vertices.shape[1]}", "count vertices from 0")
    a, b, c = (vertices[:, faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=-1)
    longest = np.max([np.linalg.norm(q - p, axis=-1) for p, q in ((a, b), (b, c), (c, a))], axis=0)
    flat = (area <= FLAT * longest**2).any(axis=0)
    if flat.any():
        raise wrong(f"triangle {int(np.argmax(flat))} (from 0) has no area", "dissolve degenerate faces")

    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    twin, crowded = _twins(start, end)
    if crowded.any():
        edge = int(np.argmax(crowded))
        low, high = sorted((int(start[edge]), int(end[edge])))
        what = f"more than two triangles have the edge from vertex {low} to {high} (from 0)"
        raise wrong(what, "keep two of them: split the mesh into several obstacles")
    inner = twin >= 0
    turned = inner & (start == start[twin])
    if turned.any():
        face = int(np.argmax(turned)) // 3
        raise wrong(f"triangle {face} (from 0) is turned against its neighbour", "make the mesh's normals consistent")
    border = np.zeros(vertices.shape[1], bool)
    border[start[~inner]] = border[end[~inner]] = True
    closed = bool(inner.all())
    if closed and (part := _inside_out(vertices, faces, twin)) is not None:
        what = f"the closed mesh is turned inside out or flat (at triangle {part}, from 0)"
        raise wrong(what, "flip the normals of that part, so that they point outwards")

    corner = np.arange(len(start))
    owns_edge = inner & (corner < twin)
    first = np.full(vertices.shape[1], len(start))
    np.minimum.at(first, start, corner)
    owns_vertex = (first[start] == corner) & ~border[start]
    owns = owns_edge.reshape(-1, 3) @ (1, 2, 4) + owns_vertex.reshape(-1, 3) @ (8, 16, 32)
    across = np.where(inner, twin // 3, -1).reshape(-1, 3)
    order = np.argsort(start, kind="stable")
    offset = np.searchsorted(start[order], np.arange(vertices.shape[1] + 1))
    return MeshTables(times, vertices, faces, owns, across, offset, order // 3, closed)


def _inside_out(vertices: np.ndarray, faces: np.ndarray, twin: np.ndarray) -> int | None:
    """The first triangle of a part of a closed mesh that is flat, or turned inwards and not a hollow within another
    part; None where there is none."""
    part = _parts(twin.reshape(-1, 3) // 3)
    for k in np.unique(part):
        mine, others = faces[part == k], faces[part != k]
        middle = vertices[:, mine[:, 0]].mean(axis=1)[:, None]
        a, b, c = (vertices[:, mine[:, i]] - middle for i in range(3))
        volume = np.einsum("tfi,tfi->t", a, np.cross(b, c))
        hollow = (
            len(others) and (volume < 0.0).all() and _turns_about(vertices[0, mine[0, 0]], vertices[0][others]) > 0.5
        )
        if (volume <= 0.0).any() and not hollow:
            return int(k)
    return None


def _parts(across: np.ndarray) -> np.ndarray:
    """[F] of each triangle of a closed mesh, the first of those that are joined to it by edges."""
    part = np.arange(len(across))
    while True:
        lower = np.minimum(part, part[across].min(axis=1))
        lower = lower[lower]  # a part's first triangle is found in few rounds
        if (lower == part).all():
            return part
        part = lower


def _turns_about(point: np.ndarray, corners: np.ndarray) -> float:
    """How often closed triangles [F, 3, 3] go around a point: the sum of their solid angles (Van Oosterom and Strackee
    1983), in full ones."""
    a, b, c = np.moveaxis(corners - point, 1, 0)
    p, q, r = (np.linalg.norm(each, axis=1) for each in (a, b, c))
    dots = [np.einsum("fi,fi->f", x, y) for x, y in ((a, b), (b, c), (c, a))]
    angle = np.arctan2(np.einsum("fi,fi->f", a, np.cross(b, c)), p * q * r + dots[0] * r + dots[1] * p + dots[2] * q)
    return float(angle.sum() / (2.0 * np.pi))


def _twins(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each triangle's each edge, [3 F]: the same edge of another triangle, -1 where there is none; and whether
    there are several."""
    edge = np.stack([np.minimum(start, end), np.maximum(start, end)], axis=1)
    order = np.lexsort(edge.T)
    same = (edge[order[1:]] == edge[order[:-1]]).all(axis=1)
    twin = np.full(len(start), -1)
    twin[order[1:][same]], twin[order[:-1][same]] = order[:-1][same], order[1:][same]
    crowded = np.zeros(len(start), bool)
    crowded[order[1:-1][same[1:] & same[:-1]]] = True
    return twin, crowded
