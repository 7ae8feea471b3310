"""Trajectory: what a run leaves behind. NumPy arrays in memory, HDF5 on disk."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.fabric import Fabric
from warp_fabric.file_kind import FileKind, mistaken
from warp_fabric.real_cloth import real_position
from warp_fabric.scene import Scene
from warp_fabric.scene.moved import moved, names_files
from warp_fabric.scene.panels import joined, parted

if TYPE_CHECKING:
    import h5py  # loaded where files are read and written: a run that keeps its arrays in memory goes without

    from warp_fabric.viewer import Showing

COMPONENTS = {"position": 3, "sliding": 2, "velocity": 3, "sliding_velocity": 2, "anchor": 2, "compression": 0}
"""The data sets [T, picks, ends, components] besides `time` [T]; 0: without a last axis."""
RISES = ("interchange", "flattening")
"""Further ones, of cloth whose yarns are crimped, and whose crossings give."""
OPTIONAL = {**dict.fromkeys(RISES, 0), "contact_force": 3}
"""Those and what there is of cloth that touches something, with their components."""
REMAKE = "give a file that `warp-fabric simulate` wrote, or run the simulation again"


def components(scene: Scene) -> dict[str, int]:
    """The data sets of a run of the scene besides `time`, and their components; as `COMPONENTS`."""
    there = (scene.crimped, scene.crossings_give, scene.touches)
    return COMPONENTS | {name: count for (name, count), is_there in zip(OPTIONAL.items(), there) if is_there}


@dataclass(eq=False)
class Trajectory:
    """The kept frames of a run; frame 0 is the initial state. A "static" run holds one frame, the answer.

    Of a scene with panels, the arrays hold the crossings of all of them, [T, crossings, ...], those of the first panel
    first; `run.panels["front"].position` is one panel's [T, picks, ends, 3].

    Attributes:
        time: [T] s
        position: [T, picks, ends, 3] m
        sliding: [T, picks, ends, 2] m, the pick's coordinate, then the end's; at the border the rest coordinate.
        velocity: [T, picks, ends, 3] m/s
        sliding_velocity: [T, picks, ends, 2] m/s
        anchor: [T, picks, ends, 2] m, where friction sticks; at the border the rest coordinate.
        compression: [T, picks, ends] N, normal force at the crossings; at the border 0.
        interchange: [T, picks, ends] m, half of what ends rise more between crossings than at rest, and picks less;
            of crimped cloth only.
        flattening: [T, picks, ends] m, how much nearer the centre lines at a crossing are than at rest; of crimped
            cloth whose crossings give only.
        contact_force: [T, picks, ends, 3] N, what obstacles and other cloth do to each crossing, pressure and friction
            together; of scenes with `collision.self` or obstacles only.
        scene: The scene that was run.
        version: Version of this package that ran it.
        device: Device it ran on.
        statistics: What the solver counted; not saved.

    Raises:
        TrajectoryError: where shapes do not fit the scene, or a value is not finite.
    """

    time: np.ndarray
    position: np.ndarray
    sliding: np.ndarray
    velocity: np.ndarray
    sliding_velocity: np.ndarray
    anchor: np.ndarray
    compression: np.ndarray
    scene: Scene
    version: str
    device: str
    statistics: dict[str, Any] = field(default_factory=dict)
    interchange: np.ndarray | None = None
    flattening: np.ndarray | None = None
    contact_force: np.ndarray | None = None

    def __post_init__(self) -> None:
        names = components(self.scene)
        for name, count in OPTIONAL.items():
            if name not in names:
                setattr(self, name, None)
            elif getattr(self, name) is None:  # a state from elsewhere: as at rest
                setattr(self, name, np.zeros(np.shape(self.position)[: None if count else -1]))
        for name in ("time", *names):
            array = np.asarray(getattr(self, name))
            if array.dtype.kind not in "fiu":
                raise TrajectoryError(f"{array.dtype} is not numbers", where=name, fix=REMAKE)
            setattr(self, name, np.asarray(array, dtype=np.float64))
        _check_time(self.time)
        for name, shape in _shapes(self.scene, len(self.time)).items():
            array = getattr(self, name)
            if array.shape != shape:
                raise TrajectoryError(f"shape {array.shape} where {shape} is needed", where=name, fix=REMAKE)
            if not np.isfinite(array).all():
                frame = int(np.argwhere(~np.isfinite(array))[0, 0])
                raise TrajectoryError(f"frame {frame} holds values that are not finite", where=name, fix=REMAKE)

    @property
    def frame_count(self) -> int:
        """Number of frames held, T."""
        return len(self.time)

    @property
    def fabric(self) -> Fabric:
        """The fabric at rest: radii, drawdown, colours.

        Raises:
            SceneError: where there are panels: each of `panels` has its own.
        """
        return self.scene.build()

    @property
    def present(self) -> np.ndarray:
        """bool[picks, ends], which crossings there are. Where cloth is cut away, positions, sliding coordinates and
        anchors are those at rest, and all else is 0.

        Raises:
            SceneError: where there are panels: each of `panels` has its own.
        """
        return self.fabric.layout.present

    def real_position(self, frame: int = -1) -> np.ndarray:
        """[real picks, real ends, 3] m, the real yarns' crossings in a frame (negative: from the end): smooth between
        bundles; without these, its `position`. With panels, each of `panels` has its own."""
        return real_position(self.fabric.bundling, self.frame(frame)["position"])

    @cached_property
    def panels(self) -> Mapping[str, Trajectory]:
        """The run of each panel by itself, by name; its arrays are parts of this run's. Empty where there are none."""
        names = [panel.name for panel in self.scene.panels]
        return {name: self._part(k, scene) for k, (name, scene) in enumerate(zip(names, self.scene.parts))}

    @property
    def parts(self) -> tuple[Trajectory, ...]:
        """The run of each fabric by itself: the panels', or this run."""
        return (*self.panels.values(),) or (self,)

    def _part(self, k: int, scene: Scene) -> Trajectory:
        arrays = {name: parted(self.scene, getattr(self, name), axis=1)[k] for name in components(scene)}
        facts = {"version": self.version, "device": self.device, "statistics": self.statistics}
        return Trajectory(self.time, **arrays, scene=scene, **facts)

    def frame(self, index: int = -1) -> dict[str, np.ndarray]:
        """Copies of one frame's arrays by name, such as `position` [picks, ends, 3]; negative: from the end.

        Raises:
            TrajectoryError: where there is no such frame.
        """
        if not -self.frame_count <= index < self.frame_count:
            fix = f"give one from 0 to {self.frame_count - 1}, or -1 for the last"
            raise TrajectoryError(f"there is no frame {index}", where=f"{self.frame_count} frames", fix=fix)
        return {name: getattr(self, name)[index].copy() for name in components(self.scene)}

    def save(self, path: str | os.PathLike) -> Path:
        """Writes the trajectory file (HDF5), whole or not at all, and returns its path.

        Raises:
            TrajectoryError: where it cannot be written.
        """
        path = Path(path)
        try:
            content = self._content(os.path.dirname(os.path.abspath(path)))
            with replacing(path) as temporary, open(temporary, "xb") as file:
                file.write(content)
        except (OSError, ValueError) as error:  # ValueError: a path that no file can have
            fix = "give a path in a folder that exists, can be written to and has room"
            raise TrajectoryError(f"the trajectory cannot be saved: {error}", where=str(path), fix=fix) from error
        return path

    def view(self, **options: Any) -> Showing:
        """Show the run on a page in the browser, in a notebook below the cell; see `warp_fabric.view`.

        Args:
            options: `host`, `port` and `browser`.

        Raises:
            WarpFabricError: where viser is not installed, or the address is not this machine's.
        """
        from warp_fabric.viewer import view

        return view(self, **options)

    def _content(self, folder: str) -> memoryview:
        """The file's bytes. HDF5 works in memory only: where a disk fills up under it, it crashes the process later."""
        import h5py

        buffer = io.BytesIO()
        # v110 is the oldest format whose metadata carry checksums; fletcher32 guards the numbers
        with h5py.File(buffer, "w", libver=("v110", "v110")) as file:
            place = {"folder": folder} if names_files(self.scene) else {}
            file.attrs.update(scene=self.scene.to_toml(), version=self.version, device=self.device, **place)
            _write(file, "time", self.time, (min(len(self.time), 1024),))
            for part, group in zip(self.parts, _groups(self.scene)):
                for name in components(part.scene):
                    _write(file, group + name, array := getattr(part, name), (1, *array.shape[1:]))
                if part.scene.cut is not None:
                    _write(file, group + "present", part.present, part.present.shape)
        return buffer.getbuffer()


def _write(file: h5py.File, name: str, array: np.ndarray, chunk: tuple[int, ...]) -> None:
    file.create_dataset(name, data=array, chunks=chunk, compression="gzip", shuffle=True, fletcher32=True)


def _groups(scene: Scene) -> list[str]:
    """What comes before the names of data sets in a file, for each of the scene's parts."""
    return [f"panels/{panel.name}/" for panel in scene.panels] or [""]


def load_trajectory(path: str | os.PathLike) -> Trajectory:
    """Reads a trajectory file.

    Raises:
        TrajectoryError: where the file is missing, damaged, or not one of this package.
    """
    import h5py

    path = Path(path)
    try:
        if not path.exists():
            raise TrajectoryError("there is no such trajectory file", fix="check the path, or run the simulation first")
        if (wrong := mistaken(path, FileKind.RUN)) is not None:
            raise TrajectoryError(wrong[0], fix=wrong[1])
        with h5py.File(path, "r") as file:
            return _read(file, path)
    except TrajectoryError as error:
        where = f"{path}: {error.where}" if error.where else str(path)
        raise TrajectoryError(error.what, where=where, fix=error.fix) from error.__cause__
    except (OSError, RuntimeError, ValueError, KeyError, MemoryError) as error:  # h5py's, on damaged files
        what = f"this is not an HDF5 file that can be read, or it is damaged: {error}"
        raise TrajectoryError(what, where=str(path), fix=REMAKE) from error


def _read(file: h5py.File, path: Path) -> Trajectory:
    text: dict[str, Any] = {}
    for name in ("scene", "version", "device"):
        value = file.attrs.get(name)
        if not isinstance(value, str):
            raise TrajectoryError("this attribute is missing", where=name, fix=REMAKE)
        text[name] = value
    try:
        scene = moved(Scene.from_toml(text.pop("scene")), file.attrs.get("folder"), path)
    except SceneError as error:
        what = f"its scene cannot be used: {error.what}"
        raise TrajectoryError(what, where=f"scene, {error.where}", fix=error.fix) from error
    time = _data(file, "time")
    _check_time(time)
    parts = []
    for part, group in zip(scene.parts, _groups(scene)):
        shapes = _shapes(part, len(time))
        parts.append({name: _data(file, group + name, shape) for name, shape in shapes.items()})
        _check_present(file, group + "present", part)
    return Trajectory(time, **joined(scene, parts, axis=1), scene=scene, **text)


def _data(file: h5py.File, name: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """A data set of numbers, whose shape is checked before a damaged header can ask for all memory."""
    import h5py

    data = file.get(name)
    if not isinstance(data, h5py.Dataset):
        raise TrajectoryError("this data set is missing", where=name, fix=REMAKE)
    if data.shape != (shape or data.shape) or data.dtype.kind not in "fiu":
        what = f"{data.dtype} {data.shape} where numbers {shape or data.shape} are needed"
        raise TrajectoryError(what, where=name, fix=REMAKE)
    return data[()]


def _check_present(file: h5py.File, name: str, scene: Scene) -> None:
    """Whether the file is of cloth that is cut as its scene says."""
    wanted = np.ones(scene.grid, bool) if scene.cut is None else scene.cut.present
    present = np.asarray(file.get(name, np.ones(scene.grid, bool)))
    if not np.array_equal(present, wanted):
        what = "the crossings in the file are others than those that its scene leaves of the cloth"
        raise TrajectoryError(what, where=name, fix=REMAKE)


def _check_time(time: np.ndarray) -> None:
    if not time.size:
        raise TrajectoryError("there are no frames in it", where="time", fix=REMAKE)
    if time.ndim != 1 or not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise TrajectoryError("these are not increasing times", where="time", fix=REMAKE)


def _shapes(scene: Scene, frames: int) -> dict[str, tuple[int, ...]]:
    """The shape of each array but `time`."""
    grid = (frames, *scene.grid)
    return {name: (*grid, count) if count else grid for name, count in components(scene).items()}
