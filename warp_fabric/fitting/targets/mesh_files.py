"""Animated meshes, and reading them from OBJ, NumPy (.npz) and HDF5 files."""

from __future__ import annotations

import glob
import os
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.checks import shown
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.obj_text import ObjReader
from warp_fabric.fitting.targets.target import checked_array, checked_number

HDF5 = (".h5", ".hdf5")
LAYOUT = "it needs vertices [T, V, 3] and faces [F, 3 or 4], and time [T] in s or frames_per_second"


@dataclass(eq=False)
class MeshSequence:
    """A mesh that moves.

    Attributes:
        vertices: [T, V, 3] m; or [V, 3], one frame.
        faces: int[F, 3], triangles, from 0. Quads [F, 4] are cut in two; -1 as fourth corner: a triangle.
        time: [T] s, increasing.
        where: What errors call this.

    Raises:
        TargetError: where they are something else.
    """

    vertices: np.ndarray
    faces: np.ndarray
    time: np.ndarray
    where: str = "mesh"

    def __post_init__(self) -> None:
        where = f"{self.where}, vertices"
        fix = "give finite positions [T, V, 3] in m"
        vertices = self.vertices[None] if np.ndim(self.vertices) == 2 else self.vertices
        self.vertices = checked_array(vertices, (None, None, 3), where, fix).astype(float)
        if not self.vertices.size:
            raise TargetError("there are no vertices", where=where, fix=fix)
        bad = np.argwhere(~np.isfinite(self.vertices).all(axis=-1))
        if len(bad):
            raise TargetError(f"vertex {bad[0, 1]} of frame {bad[0, 0]} is not finite", where=where, fix=fix)
        self.faces = _triangles(self.faces, self.vertices.shape[1], f"{self.where}, faces")
        fix = f"give {len(self.vertices)} increasing times in s, one for each frame"
        self.time = checked_array(self.time, (len(self.vertices),), f"{self.where}, time", fix).astype(float)
        if not np.isfinite(self.time).all() or (np.diff(self.time) <= 0.0).any():
            raise TargetError("the times are not finite or do not increase", where=f"{self.where}, time", fix=fix)


def read_meshes(
    source: str | os.PathLike | Sequence[str | os.PathLike], frames_per_second: float | None = None
) -> MeshSequence:
    """Reads an animated mesh.

    Args:
        source: An .npz or HDF5 file (`vertices` [T, V, 3], `faces` [F, 3 or 4] from 0, and `time` [T] in s or
            `frames_per_second`); an .obj file; a folder, or a pattern such as "cloth_*.obj", of .obj files whose names
            end in frame numbers (the first is at 0 s; a number that is missing is a frame that is missing); or a list
            of .obj files, frame after frame.
        frames_per_second: Where the files do not say; more than one .obj file needs it.

    Raises:
        TargetError: where there is no such file, or what is in it is no mesh.
    """
    if frames_per_second is not None:
        frames_per_second = checked_number(frames_per_second, "frames_per_second", above=0.0)
    if not isinstance(source, (str, os.PathLike)):
        if not isinstance(source, (list, tuple)) or not all(isinstance(each, (str, os.PathLike)) for each in source):
            fix = "give a path, a list of .obj files, or vertices and faces"
            raise TargetError(f"{shown(source)} is no mesh file", where="mesh", fix=fix)
        if not source:
            raise TargetError("the list of files is empty", where="mesh", fix="give the .obj files of the frames")
        return _read_objs([Path(each) for each in source], np.arange(len(source)), frames_per_second)
    path = Path(source)
    ending = path.suffix.lower()
    if ending == ".npz" or ending in HDF5:
        return _read_arrays(path, frames_per_second)
    files = _obj_files(path)
    return _read_objs(files, _frame_numbers(files), frames_per_second)


def _obj_files(path: Path) -> list[Path]:
    """The .obj files a path stands for, in the order of the numbers in their names."""
    if path.is_dir():
        found = [each for each in path.iterdir() if each.suffix.lower() == ".obj"]
    elif path.exists() or not glob.has_magic(str(path)):
        found = [path]
    else:
        found = [Path(each) for each in glob.glob(str(path))]
    if not found:
        raise TargetError("there are no .obj files", where=str(path), fix="check the path")
    for each in found:
        if each.suffix.lower() != ".obj":
            fix = "give .obj, .npz or .h5 files; for a folder of .npz files put the frames into one"
            raise TargetError("no mesh can be read from a file of this kind", where=str(each), fix=fix)
    return sorted(found, key=lambda file: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", file.name)])


def _frame_numbers(files: list[Path]) -> np.ndarray:
    """The numbers that files' names end in, less the first; counted where names are no such sequence."""
    names = [re.fullmatch(r"(.*?)(\d+)", file.stem) for file in files]
    numbers = [int(name[2]) for name in names if name]
    if len(numbers) < len(files) or len({name[1] for name in names if name}) > 1 or len({*numbers}) < len(files):
        return np.arange(len(files))
    return np.array(numbers) - numbers[0]


def _read_objs(files: list[Path], numbers: np.ndarray, frames_per_second: float | None) -> MeshSequence:
    if frames_per_second is None and len(files) > 1:
        what = f"nothing says at what times these {len(files)} meshes are"
        raise TargetError(what, where=str(files[0].parent), fix="give MeshTarget(..., frames_per_second=24)")
    reader = ObjReader()
    vertices, first = reader.read(files[0])
    frames = [vertices]
    fix = "export all frames of one mesh, whose vertices and faces stay the same ones"
    for file in files[1:]:
        vertices, faces = reader.read(file)
        if len(vertices) != len(frames[0]):
            what = f"{len(vertices)} vertices where {files[0].name} has {len(frames[0])}"
            raise TargetError(what, where=str(file), fix=fix)
        if faces is not first and not np.array_equal(faces, first):
            raise TargetError(f"its faces are others than those of {files[0].name}", where=str(file), fix=fix)
        frames.append(vertices)
    where = str(files[0]) if len(files) == 1 else str(files[0].parent)
    return MeshSequence(np.array(frames), first, numbers / (frames_per_second or 1.0), where)


def _read_arrays(path: Path, frames_per_second: float | None) -> MeshSequence:
    names = ("vertices", "faces", "time", "frames_per_second")
    try:
        if path.suffix.lower() in HDF5:
            import h5py

            with h5py.File(path, "r") as file:
                data: dict[str, Any] = {
                    name: each[()] for name in names if isinstance(each := file.get(name), h5py.Dataset)
                }
                data |= {name: file.attrs[name] for name in names if name in file.attrs}
        else:
            with np.load(path) as file:
                data = {name: file[name] for name in names if name in file}
    except (OSError, RuntimeError, ValueError, KeyError, MemoryError, EOFError, zipfile.BadZipFile) as error:
        what = f"the file cannot be read: {error}"
        raise TargetError(what, where=str(path), fix=f"check the path and the file; {LAYOUT}") from error
    for name in ("vertices", "faces"):
        if name not in data:
            raise TargetError(f"there is no array {name!r}", where=str(path), fix=LAYOUT)
    if frames_per_second is None and "frames_per_second" in data:
        value = np.asarray(data["frames_per_second"])
        where = f"{path}, frames_per_second"
        frames_per_second = checked_number(value.item() if value.size == 1 else value, where, above=0.0)
    time = frame_times(data.get("time"), data["vertices"], frames_per_second, str(path))
    return MeshSequence(data["vertices"], data["faces"], time, str(path))


def frame_times(time: Any, vertices: Any, frames_per_second: float | None, where: str) -> Any:
    """Times as they are given, else those of frames [T, V, 3] that follow each other, s.

    Raises:
        TargetError: where nothing says.
    """
    count = 1 if np.ndim(vertices) == 2 else len(vertices)
    if time is not None:
        return time
    if frames_per_second is None and count > 1:
        fix = "give time [T] in s, or frames_per_second"
        raise TargetError(f"nothing says at what times its {count} frames are", where=where, fix=fix)
    return np.arange(count) / (frames_per_second or 1.0)


def _triangles(faces: Any, count: int, where: str) -> np.ndarray:
    fix = "give whole numbers [F, 3] (triangles) or [F, 4] (quads), counted from 0"
    faces = checked_array(faces, (None, None), where, fix, "iu").astype(np.int64)
    if not len(faces) or faces.shape[1] not in (3, 4):
        raise TargetError(f"an array of shape {faces.shape} does not fit", where=where, fix=fix)
    wrong = (faces < 0) | (faces >= count)
    if faces.shape[1] == 4:
        wrong[:, 3] &= faces[:, 3] != -1
    if wrong.any():
        face, corner = np.argwhere(wrong)[0]
        what = f"face {face} has vertex {faces[face, corner]}, and there are vertices 0 to {count - 1}"
        raise TargetError(what, where=where, fix=fix)
    if faces.shape[1] == 4:
        quads = faces[faces[:, 3] >= 0]
        faces = np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]])
    return np.ascontiguousarray(faces)
