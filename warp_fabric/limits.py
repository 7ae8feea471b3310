"""What a run refuses before it starts: what is no scene, forces that do not fit, too little memory, bad places."""

from __future__ import annotations

import gc
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import warp as wp

from warp_fabric.checks import shown, suggestion
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.layout import Layout
from warp_fabric.memory.extent import Bytes
from warp_fabric.memory.machine import resident, room
from warp_fabric.memory.needs import PROGRAM, simulation
from warp_fabric.memory.needs import frames as kept_frames
from warp_fabric.model import resolve_device
from warp_fabric.scene import Scene
from warp_fabric.scene.doubts import SceneWarning, doubts
from warp_fabric.scene.obstacle_doubts import start_doubts
from warp_fabric.scene.panels import parted
from warp_fabric.scene.panels_inside import check_places
from warp_fabric.start import start_warp
from warp_fabric.trajectory import components

GB = 1e9
LARGE = 200_000_000
"""Bytes from which on what earlier runs have left is collected first."""


def check_scene(scene: Any) -> None:
    """Raises a `SceneError` where this is no `Scene`, such as a path."""
    if not isinstance(scene, Scene):
        fix = "load it with wf.load_scene(path), or make it with wf.Scene.from_toml(text)"
        raise SceneError(f"{shown(scene)} is not a scene", where="scene", fix=fix)


def tell_doubts(scene: Scene, at_rest: bool = True) -> None:
    """Warn of what is possible in a scene, but hardly meant; see `doubts`."""
    for each in doubts(scene, at_rest):
        warnings.warn(each, SceneWarning, stacklevel=4)


def check_start(scene: Scene, position: np.ndarray, time: float = 0.0) -> None:
    """Warn where a state that a run begins with is inside something; see `start_doubts`.

    Raises:
        SceneError: where crossings of two panels are in one place.
    """
    check_places(scene, position)
    for each in start_doubts(scene, position, time):
        warnings.warn(each, SceneWarning, stacklevel=4)


def check_static(scene: Scene, forces: Any) -> None:
    """Raises a `SceneError` where a scene has no equilibrium to look for."""
    if scene.time.integrator != "static":
        return
    if forces is not None:
        fix = 'leave them out, or set time.integrator = "bdf2"'
        raise SceneError("forces act in steps, and an equilibrium has none", where="forces", fix=fix)
    for k, part in enumerate(scene.parts):
        cloth = f"panel {scene.panels[k].name!r}" if scene.panels else "the cloth"
        if not part.pins:
            what = f"nothing holds {cloth}, so it has no equilibrium"
            raise SceneError(what, where="pins", fix="add a [[pins]] table")
        if part.cut is not None:
            _check_pieces(part, part.cut, cloth)


def _check_pieces(scene: Scene, layout: Layout, cloth: str) -> None:
    """Raises a `SceneError` where a piece of cloth is held by nothing."""
    for piece in layout.pieces:
        crossings = layout.crossing[piece].tolist()
        if not any([*held] in crossings for held in scene.held_crossings):
            what = f"nothing holds a piece of {cloth}, that of crossing {crossings[0]}, so it has no equilibrium"
            fix = f"add a [[pins]] table of one of its {len(crossings)} crossings, or cut it away"
            raise SceneError(what, where="pins", fix=fix)


def find_device(scene: Scene, device: str | None) -> str:
    """The Warp device to run on.

    Raises:
        SceneError: where this machine has no such device.
    """
    start_warp()
    name = device or scene.solver.device
    try:
        return str(wp.get_device(resolve_device(name, scene.crossing_count)))
    except (ValueError, RuntimeError) as error:
        known = ", ".join(["auto", *(str(each) for each in wp.get_devices())])
        raise SceneError(
            f"there is no device {name!r} here", where="solver.device", fix=f"give one of {known}"
        ) from error


def checked_forces(forces: Any, scene: Scene) -> np.ndarray | None:
    """Forces from outside as float64 [steps, *scene.grid, 3], N.

    Args:
        forces: Of that shape; with panels also arrays [steps, picks, ends, 3] by name, of those that forces act on.

    Raises:
        SceneError: where they are no finite numbers of that shape.
    """
    if forces is None:
        return None
    times = scene.time
    if scene.panels and isinstance(forces, Mapping):
        return _forces_of_panels(forces, scene)
    needed = (times.frame_count * times.steps_per_frame, *scene.grid, 3)
    axes = "crossings" if scene.panels else "picks, ends"
    fix = f"give finite numbers of shape (steps, {axes}, 3) = {needed}, in N"
    try:
        array = np.asarray(forces)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, other libraries' arrays on a GPU
        raise SceneError(f"forces are not an array: {error}", where="forces", fix=fix) from error
    if array.dtype.kind not in "fiu":
        raise SceneError(f"forces are {array.dtype}, not real numbers", where="forces", fix=fix)
    if array.shape != needed:
        raise SceneError(f"forces have shape {array.shape}", where="forces", fix=fix)
    if not np.isfinite(array).all():
        raise SceneError("forces are not finite", where="forces", fix=fix)
    return array.astype(float, copy=False)


def _forces_of_panels(forces: Mapping[str, Any], scene: Scene) -> np.ndarray:
    names = [panel.name for panel in scene.panels]
    for name in forces:
        if name not in names:
            raise SceneError(f"there is no panel {name!r}", where="forces", fix=suggestion(name, names, "there are"))
    whole = np.zeros((scene.time.frame_count * scene.time.steps_per_frame, *scene.grid, 3))
    for name, part, view in zip(names, scene.parts, parted(scene, whole, axis=1)):
        given = checked_forces(forces.get(name), part)
        if given is not None:
            view[...] = given
    return whole


def room_for_frames(scene: Scene) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Empty arrays for the frames that a run keeps: `time` [T], and the trajectory's others by name."""
    frames, grid = scene.time.frame_count + 1, scene.grid
    shapes = {name: (frames, *grid, width) if width else (frames, *grid) for name, width in components(scene).items()}
    with memory_told(scene):
        return np.empty(frames), {name: np.empty(shape) for name, shape in shapes.items()}


Need = Callable[[Scene], Bytes]


def check_run(scene: Scene, device: str, written: bool = False) -> None:
    """Raises a `SceneError` where a run of the scene does not fit in memory, before anything of it is made.

    Args:
        device: As `find_device` gives it. written: Whether it becomes a file.
    """
    check_memory(scene, device, lambda each: simulation(each, device != "cpu", written), "this run")


def check_memory(scene: Scene, device: str, need: Need, what: str) -> None:
    """Raises a `SceneError` where something does not fit in the memory that is left.

    Args:
        need: What it takes for a scene. what: What it is, for the message.
    """
    needed = need(scene)
    if needed.total > LARGE:
        gc.collect()
    for size, left, of in _places(needed, device):
        if size <= left:
            continue
        cloth, count = f"{what} of {_size(scene)} crossings", scene.time.frame_count + 1
        told = f"takes about {_gb(size)} of memory, and {of} has {_gb(left)} left"
        frames = kept_frames(scene).total
        if of != device and frames > 0.5 * needed.total:
            fix = "keep fewer frames, or take fewer ends and picks"
            raise SceneError(f"{cloth} and {count} frames {told}", where="time.frames_per_second", fix=fix)
        more = f"a GPU with more memory, or device {'cpu'!r}" if of == device else "a machine with more memory"
        fewer = "fewer panels, or fewer ends and picks" if scene.panels else "a smaller piece, or wider spacings"
        if any(part.bundling is not None for part in scene.parts):
            fewer = "a larger fabric.bundle, fewer ends and picks"
        elif not scene.panels and scene.cut is None:
            fits = _that_fits(scene, lambda each: all(a <= b for a, b, _ in _places(need(each), device)))
            fewer = f'fabric.bundle = "auto", fewer ends and picks ({fits[0]} x {fits[1]} fit)'
        raise SceneError(f"{cloth} {told}", where="fabric.ends", fix=f"take {fewer}, or {more}")


def _places(needed: Bytes, device: str) -> list[tuple[int, int, str]]:
    """For the device and for the host: what is needed there, what is left, and what it is called."""
    there, places, host = room(), [], needed.total
    if device != "cpu":
        places.append((needed.device, gpu_memory(device), device))
        host = needed.host
    if there is not None:
        # what this process has already, of Python and Warp, is counted on both sides
        places.append((host + PROGRAM, there.size + min(resident(), PROGRAM), there.of))
    return places


def _that_fits(scene: Scene, fits: Callable[[Scene], bool]) -> tuple[int, int]:
    """The largest (picks, ends) of the scene's proportions that fit."""
    picks, ends = scene.fabric.picks, scene.fabric.ends
    low, high, whole = 0.0, 1.0, {"fabric.outline": None, "fabric.present": None, "pins": []}
    for _ in range(12):
        share = 0.5 * (low + high)
        size = {**whole, "fabric.picks": max(1, int(share * picks)), "fabric.ends": max(1, int(share * ends))}
        low, high = (share, high) if fits(scene.replace(size)) else (low, share)
    return max(1, int(low * picks)), max(1, int(low * ends))


def _size(scene: Scene) -> str:
    """How many crossings there are, in words."""
    return str(scene.crossing_count) if scene.cut is not None else " x ".join(map(str, scene.grid))


def _gb(size: float) -> str:
    return f"{size / GB:.3g} GB"


def gpu_memory(device: str) -> int:
    """Bytes of a CUDA device's memory that are free."""
    return wp.get_device(device).free_memory


@contextmanager
def memory_told(scene: Scene) -> Iterator[None]:
    """Turn memory that runs out all the same into a `SceneError`."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "allocate" not in str(error):  # as Warp says it
            raise
        what = f"memory ran out with {_size(scene)} crossings and {scene.time.frame_count + 1} frames"
        fix = "take fewer ends and picks, keep fewer frames, or end other programs"
        raise SceneError(what, where="fabric.ends", fix=fix) from error


def check_writable(path: Path) -> None:
    """Whether a file can be written there, without touching what is there.

    Raises:
        TrajectoryError: where it cannot.
    """
    fix = "give a path in a folder that exists and can be written to"
    try:
        target = Path(os.path.realpath(path))  # a link stays a link
        if target.is_dir() or not path.name:
            raise TrajectoryError("this is a folder", where=str(path), fix="add a file name")
        if target.exists() and not target.is_file():
            raise TrajectoryError("this is not an ordinary file", where=str(path), fix="give another path")
        if not target.parent.exists():
            what = f"no file can be written there: there is no folder {path.parent}"
            raise TrajectoryError(what, where=str(path), fix="make it, or give another")
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error  # without the name of the file that was tried
        raise TrajectoryError(f"no file can be written there: {reason}", where=str(path), fix=fix) from error
