"""Wavefront OBJ: vertices and faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from warp_fabric.checks import shown
from warp_fabric.errors import TargetError


class ObjReader:
    """Reads meshes; texture, normals, groups and materials are skipped, polygons are cut into triangles.

    It remembers the faces of the file before, which the next frame of an animation mostly has too.
    """

    def __init__(self) -> None:
        self.key: tuple = ()
        self.faces = np.zeros((0, 3), np.int64)

    def read(self, path: Path) -> tuple[np.ndarray, np.ndarray]:
        """Vertices [V, 3] and faces int[F, 3], from 0.

        Raises:
            TargetError: where the file cannot be read or is no mesh.
        """
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:  # ValueError: a path that no file can have
            raise TargetError(f"the file cannot be read: {error}", where=str(path), fix="check the path") from error
        vertices, faces, lines, above = [], [], [], []
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split()
            if not words:
                continue
            if words[0] == "v":
                vertices.append(words[1:4])
                lines.append(number)
            elif words[0] == "f":
                faces.append(words[1:])
                above.append((number, len(vertices)))
        if not vertices or not faces:
            what = f"{len(vertices)} vertices (v) and {len(faces)} faces (f)"
            raise TargetError(what, where=str(path), fix="export a mesh with faces as Wavefront OBJ")
        points = _points(vertices, lines, path)
        key = (faces, [count for _, count in above], len(points))
        if key != self.key:
            fans = [_fan(face, line, count, len(points), path) for face, (line, count) in zip(faces, above)]
            self.faces = np.array([triangle for fan in fans for triangle in fan], dtype=np.int64)
            self.key = key
        return points, self.faces


def _points(vertices: list[list[str]], lines: list[int], path: Path) -> np.ndarray:
    try:
        points = np.array(vertices, dtype=float)  # ragged or no numbers: ValueError
        if points.shape[1:] == (3,) and np.isfinite(points).all():
            return points
    except ValueError:
        pass
    for words, line in zip(vertices, lines):
        try:
            good = len(words) == 3 and np.isfinite([float(word) for word in words]).all()
        except ValueError:
            good = False
        if not good:
            what = f"{shown(' '.join(words))} is no position"
            raise TargetError(what, where=f"{path}, line {line}", fix="give three finite numbers: v x y z")
    raise AssertionError(path)


def _fan(face: list[str], line: int, above: int, count: int, path: Path) -> list[tuple[int, int, int]]:
    """The triangles of a face. Indices count from 1; negative ones back from the last vertex above the face."""
    fix = f"give three or more of vertices 1 to {count}, such as: f 1 2 3, or f 1/1/1 2/2/2 3/3/3"
    try:
        given = [int(corner.partition("/")[0]) for corner in face]
    except ValueError:
        given = []
    index = [corner - 1 if corner > 0 else corner + above for corner in given]
    if len(index) < 3 or 0 in given or min(index) < 0 or max(index) >= count:
        raise TargetError(f"{shown(' '.join(face))} is no face", where=f"{path}, line {line}", fix=fix)
    return [(index[0], index[k], index[k + 1]) for k in range(1, len(index) - 1)]
