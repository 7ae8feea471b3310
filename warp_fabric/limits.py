"""What a run refuses before it starts: what is no scene, forces that do not fit, too little memory, bad places."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import warp as wp

from warp_fabric.checks import shown
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.model import resolve_device
from warp_fabric.scene import Scene
from warp_fabric.trajectory import COMPONENTS

BYTES_PER_CROSSING = 27_000
"""What the model and the solver hold for each crossing; measured with textile yarns, 300x300 and 400x400."""
BYTES_PER_FRAME = 8 * 14
"""What a frame holds for each crossing, with a share for writing it."""
GB = 1e9


def check_scene(scene: Any) -> None:
    """Raises a `SceneError` where this is no `Scene`, such as a path."""
    if not isinstance(scene, Scene):
        fix = "load it with wf.load_scene(path), or make it with wf.Scene.from_toml(text)"
        raise SceneError(f"{shown(scene)} is not a scene", where="scene", fix=fix)


def check_static(scene: Scene, forces: Any) -> None:
    """Raises a `SceneError` where a scene has no equilibrium to look for."""
    if scene.time.integrator != "static":
        return
    if forces is not None:
        fix = 'leave them out, or set time.integrator = "bdf2"'
        raise SceneError("forces act in steps, and an equilibrium has none", where="forces", fix=fix)
    if not scene.pins:
        what = "nothing holds the cloth, so it has no equilibrium"
        raise SceneError(what, where="pins", fix="add a [[pins]] table")


def find_device(scene: Scene, device: str | None) -> str:
    """The Warp device to run on.

    Raises:
        SceneError: where this machine has no such device.
    """
    name, crossings = device or scene.solver.device, scene.fabric.picks * scene.fabric.ends
    try:
        return str(wp.get_device(resolve_device(name, crossings)))
    except (ValueError, RuntimeError) as error:
        known = ", ".join(["auto", *(str(each) for each in wp.get_devices())])
        raise SceneError(
            f"there is no device {name!r} here", where="solver.device", fix=f"give one of {known}"
        ) from error


def checked_forces(forces: Any, scene: Scene) -> np.ndarray | None:
    """Forces from outside as float64 [steps, picks, ends, 3], N.

    Raises:
        SceneError: where they are no finite numbers of that shape.
    """
    if forces is None:
        return None
    times, settings = scene.time, scene.fabric
    needed = (times.frame_count * times.steps_per_frame, settings.picks, settings.ends, 3)
    fix = f"give finite numbers of shape (steps, picks, ends, 3) = {needed}, in N"
    try:
        array = np.asarray(forces)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, other libraries' arrays on a GPU
        raise SceneError(f"forces are no array: {error}", where="forces", fix=fix) from error
    if array.dtype.kind not in "fiu":
        raise SceneError(f"forces are {array.dtype}, not real numbers", where="forces", fix=fix)
    if array.shape != needed:
        raise SceneError(f"forces have shape {array.shape}", where="forces", fix=fix)
    if not np.isfinite(array).all():
        raise SceneError("forces are not finite", where="forces", fix=fix)
    return array.astype(float, copy=False)


def room_for_frames(scene: Scene, device: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Empty arrays for the frames that a run keeps: `time` [T], and the trajectory's others by name.

    Raises:
        SceneError: where the run needs more memory than this machine has.
    """
    frames, grid = scene.time.frame_count + 1, (scene.fabric.picks, scene.fabric.ends)
    check_memory(frames, grid, device)
    shapes = {name: (frames, *grid, width) if width else (frames, *grid) for name, width in COMPONENTS.items()}
    try:
        return np.empty(frames), {name: np.empty(shape) for name, shape in shapes.items()}
    except (MemoryError, ValueError) as error:
        what = f"{frames} frames of {grid[0]} x {grid[1]} crossings do not fit in memory"
        raise SceneError(what, where="time.frames_per_second", fix="keep fewer frames") from error


def check_memory(frames: int, grid: tuple[int, int], device: str) -> None:
    """Raises a `SceneError` where so many frames of (picks, ends) need more memory than the machine or its GPU has."""
    crossings, available = grid[0] * grid[1], physical_memory()
    cloth, kept = BYTES_PER_CROSSING * crossings, BYTES_PER_FRAME * crossings * frames
    if device != "cpu":
        if cloth > (there := gpu_memory(device)):
            what = (
                f"{grid[0]} x {grid[1]} crossings do not fit in the memory of {device}: about {cloth / GB:.3g} GB are"
            )
            fix = 'take fewer ends and picks, a GPU with more memory, or solver.device = "cpu"'
            raise SceneError(f"{what} needed, it has {there / GB:.3g} GB", where="fabric.ends", fix=fix)
        cloth = 0  # only the frames lie in this machine's own memory
    if available is None or cloth + kept <= available:
        return
    what = (
        f"{frames} frames of {grid[0]} x {grid[1]} crossings do not fit in memory: "
        f"about {(cloth + kept) / GB:.3g} GB are needed, this machine has {available / GB:.3g} GB"
    )
    if cloth > kept:
        raise SceneError(what, where="fabric.ends", fix="take fewer ends and picks, or a machine with more memory")
    raise SceneError(what, where="time.frames_per_second", fix="keep fewer frames, or take fewer ends and picks")


def physical_memory() -> int | None:
    """Bytes of this machine's memory, None where the system does not tell."""
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
    return pages * size if pages > 0 and size > 0 else None


def gpu_memory(device: str) -> int:
    """Bytes of a CUDA device's memory."""
    return wp.get_device(device).total_memory


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
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except (OSError, ValueError) as error:
        raise TrajectoryError(f"no file can be written there: {error}", where=str(path), fix=fix) from error
