"""What was observed, and how it is compared with a simulated frame: the parts that all targets share."""

from __future__ import annotations

import numbers
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from warp_fabric.checks import shown, suggestion
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.times import frames_at
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import crossings_present, gathered
from warp_fabric.trajectory import Trajectory

KINDS = "a Trajectory, its .h5 file, markers (.csv), meshes (.obj, .npz, .h5, a folder or pattern of .obj), or a Target"


class Target(ABC):
    """Something observed of the cloth.

    Args:
        weight: Factor of this target's loss among others, above 0.
        frames: Which of the observed frames to compare: every so many (k: frames 0, k, 2 k, ... of them), or a list of
            their indices (from 0; negative: from the end). The start of a run is never compared.
        mask: [picks, ends] weights of the crossings, at least 0, or bool; None: all alike. Of panels by name, as
            {"front": weights} or {"front": True}; what is left out is not compared.
        scene: The scene it was observed under, where that is not the one that is fitted (its own wind, pins, ...).

    Raises:
        TargetError: where these are not possible.
    """

    def __init__(
        self, *, weight: float = 1.0, frames: int | Sequence[int] = 1, mask: Any = None, scene: Scene | None = None
    ) -> None:
        self.weight = checked_number(weight, "weight", above=0.0)
        self.frames = _checked_frames(frames)
        self.mask = None if mask is None else _checked_mask(mask)
        if scene is not None and not isinstance(scene, Scene):
            fix = "load it with wf.load_scene(path), or leave it out"
            raise TargetError(f"{shown(scene)} is not a scene", where="scene", fix=fix)
        self.scene = scene

    def scene_for(self, scene: Scene) -> Scene:
        """The scene to simulate for this target where `scene` is fitted: its own, if it has one."""
        return scene if self.scene is None else self.scene

    @abstractmethod
    def compare(self, scene: Scene) -> Comparison:
        """The comparison with frames of this scene.

        Raises:
            TargetError: where the two do not fit each other, or share no frame.
        """

    def crossing_weights(self, scene: Scene) -> np.ndarray:
        """[picks * ends] weights of the scene's crossings; 0 where cloth is cut away.

        Raises:
            TargetError: where the mask is of another grid, or leaves no crossing.
        """
        present = crossings_present(scene)
        if self.mask is None:
            return present.ravel().astype(float)
        weights = (gathered(scene, self._masks(scene)) * present).ravel()
        if not weights.any():
            fix = "weigh a crossing of the cloth above 0"
            raise TargetError("the mask leaves no crossing that there is", where="mask", fix=fix)
        return weights

    def _masks(self, scene: Scene) -> list[np.ndarray]:
        """[picks, ends] of each of the scene's parts."""
        names = [panel.name for panel in scene.panels]
        if isinstance(self.mask, Mapping) != bool(names):
            fix = f'give one for each panel, such as mask={{"{names[0]}": True}}' if names else "give one [picks, ends]"
            raise TargetError(f"the scene has {'' if names else 'no '}panels", where="mask", fix=fix)
        masks: Mapping[str, Any] = self.mask if isinstance(self.mask, Mapping) else {"": self.mask}
        names = names or [""]
        for name in masks:
            if name not in names:
                raise TargetError(f"there is no panel {name!r}", where="mask", fix=suggestion(name, names, "there are"))
        found = []
        for name, part in zip(names, scene.parts):
            mask = masks.get(name, False)
            found.append(np.full(part.grid, float(mask)) if isinstance(mask, bool) else mask)
            if found[-1].shape != part.grid:
                what = f"the mask has shape {found[-1].shape}, the scene {part.grid[0]} picks x {part.grid[1]} ends"
                raise TargetError(what, where="mask", fix=f"give one of shape {part.grid}")
        return found

    def chosen(self, count: int, where: str) -> list[int]:
        """Indices of the observed frames to compare, of `count`.

        Raises:
            TargetError: where one is not there.
        """
        if isinstance(self.frames, int):
            return list(range(0, count, self.frames))
        for index in self.frames:
            if not -count <= index < count:
                fix = f"give numbers from 0 to {count - 1}, or -1 for the last"
                raise TargetError(f"there is no frame {index} among {count}", where=f"{where}, frames", fix=fix)
        return sorted({index % count for index in self.frames})

    def matched(self, scene: Scene, time: np.ndarray, where: str, start: float = 0.0) -> dict[int, int]:
        """The scene's frames that were observed too: index in `time` [T], s, by the number of the scene's frame.

        `start` is the time at which the scene starts [s].

        An equilibrium has frame 0 alone and no time: it takes the one frame that is chosen.

        Raises:
            TargetError: where there is none, or not just one for an equilibrium.
        """
        chosen = self.chosen(len(time), where)
        if scene.time.integrator == "static":
            return {0: the_one_frame(chosen, where)}
        found = frames_at(scene, np.asarray(time)[chosen], where, start)
        return {frame: chosen[k] for frame, k in found.items()}


class Comparison(ABC):
    """One target against one scene.

    Attributes:
        frames: Numbers of the scene's kept frames that are compared, ascending; never 0, the start, but for an
            equilibrium, whose one frame it is.
    """

    frames: tuple[int, ...]

    @property
    @abstractmethod
    def size(self) -> int:
        """How many residuals all frames have together."""

    @abstractmethod
    def residual(self, frame: int, position: np.ndarray, sliding: np.ndarray) -> tuple[np.ndarray, sp.csr_array]:
        """Residuals of one frame, scaled so that the target's loss [m2] is the sum over frames of `r @ r`.

        Args:
            frame: One of `frames`.
            position: [N, 3] m.
            sliding: [N, 2] m.

        Returns:
            r [n], m, and its derivative [n, 5 N] by the coordinates, per crossing x, y, z, the pick's sliding and the
            end's. Its `2 A.T @ r` is the exact gradient of the loss.
        """


def as_target(thing: Any, **options: Any) -> Target:
    """A target from what a user has: a `Target`, a `Trajectory`, or the path of a file (see `KINDS`).

    Args:
        options: Of the target's class; a `Target` has its own.

    Raises:
        TargetError: where it is nothing of that kind, or its file is bad.
        TrajectoryError: where a trajectory's file is bad.
    """
    from warp_fabric.fitting.targets.frames import FramesTarget
    from warp_fabric.fitting.targets.markers import MarkerTarget
    from warp_fabric.fitting.targets.mesh_sequence import MeshTarget

    if isinstance(thing, Target):
        return thing
    if isinstance(thing, Trajectory):
        return FramesTarget(thing, **options)
    if not isinstance(thing, (str, os.PathLike)):
        raise TargetError(f"{shown(thing)} is nothing to compare with", where="target", fix=f"give {KINDS}")
    path = Path(thing)
    ending = path.suffix.lower()
    if ending == ".csv":
        return MarkerTarget(path, **options)
    if ending in (".npz", ".obj") or path.is_dir() or _holds_mesh(path):
        return MeshTarget(path, **options)
    if ending in (".h5", ".hdf5"):
        return FramesTarget(path, **options)
    raise TargetError("no target can be read from a file of this kind", where=str(path), fix=f"give {KINDS}")


def _holds_mesh(path: Path) -> bool:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return "vertices" in file
    except (OSError, RuntimeError, ValueError):  # whoever reads it says what is wrong
        return False


def the_one_frame(chosen: Sequence[int], where: str) -> int:
    """The single frame that an equilibrium is compared with.

    Raises:
        TargetError: where there are others.
    """
    if len(chosen) != 1:
        what = f"an equilibrium is one frame, and {len(chosen)} are to be compared with it"
        fix = "choose one, such as frames=[-1], or give wf.RestShapeTarget(...), which takes the last"
        raise TargetError(what, where=where, fix=fix)
    return chosen[0]


def checked_array(value: Any, shape: tuple[int | None, ...], where: str, fix: str, kinds: str = "fiu") -> np.ndarray:
    """An array of numbers whose shape has the given lengths, None: any.

    Args:
        kinds: NumPy's letters of the data types it may have.

    Raises:
        TargetError: where it is something else. Values are not looked at.
    """
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, other libraries' arrays on a GPU
        raise TargetError(f"this is no array: {error}", where=where, fix=fix) from error
    if array.dtype.kind not in kinds:
        raise TargetError(f"an array of {array.dtype} where numbers are needed", where=where, fix=fix)
    if array.ndim != len(shape) or any(n is not None and n != m for n, m in zip(shape, array.shape)):
        raise TargetError(f"an array of shape {array.shape} does not fit", where=where, fix=fix)
    return array


def checked_weight_array(value: Any, shape: tuple[int | None, ...], where: str, meaning: str) -> np.ndarray:
    """Weights of at least 0, not all 0, as float64 of the shape.

    Raises:
        TargetError: where they are something else.
    """
    fix = f"give {meaning} of bool, or of weights of at least 0, not all 0"
    array = checked_array(value, shape, where, fix, "bfiu").astype(float)
    if not np.isfinite(array).all() or (array < 0.0).any():
        raise TargetError("there are weights that are negative or not finite", where=where, fix=fix)
    if not array.any():
        raise TargetError("nothing is left: all weights are 0", where=where, fix=fix)
    return array


def _checked_mask(mask: Any) -> np.ndarray | dict[str, np.ndarray | bool]:
    if not isinstance(mask, Mapping):
        return checked_weight_array(mask, (None, None), "mask", "an array [picks, ends]")
    found: dict[str, np.ndarray | bool] = {}
    for name, each in mask.items():
        if isinstance(each, (bool, np.bool_)):
            found[str(name)] = bool(each)
        else:
            meaning = "True, or an array [picks, ends]"
            found[str(name)] = checked_weight_array(each, (None, None), f"mask[{name!r}]", meaning)
    return found


def checked_number(value: Any, where: str, above: float = -np.inf) -> float:
    """A finite number above a bound.

    Raises:
        TargetError: where it is something else.
    """
    kind = "a finite number" + (f" above {above:g}" if above > -np.inf else "")
    number = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if not number or not above < float(value) < np.inf:
        raise TargetError(f"{shown(value)} is not {kind}", where=where, fix=f"give {kind}")
    return float(value)


def _checked_frames(frames: Any) -> int | tuple[int, ...]:
    fix = "give a number from 1 (2: every second frame), or a list of frames such as [10, 20, -1]"
    if _whole(frames) and frames >= 1:
        return int(frames)
    if isinstance(frames, np.ndarray):
        frames = frames.tolist()
    if isinstance(frames, (list, tuple, range)) and len(frames) and all(_whole(each) for each in frames):
        return tuple(int(each) for each in frames)
    raise TargetError(f"{shown(frames)} does not choose frames", where="frames", fix=fix)


def _whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
