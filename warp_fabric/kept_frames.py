"""Frames of an earlier run: those of one that was interrupted, and going on from one of them under a new scene."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from warp_fabric.checkpoint import STATE, Checkpoint, Snapshot
from warp_fabric.errors import TrajectoryError
from warp_fabric.initial import other_cut, other_rest
from warp_fabric.scene import Scene
from warp_fabric.scene.moved import moved
from warp_fabric.trajectory import Trajectory, components, load_trajectory

BEGIN = "start over (--restart)"


def run_at_frame(path: str | os.PathLike, scene: Scene, frame: int) -> Snapshot:
    """An earlier run up to a frame, as if it had been interrupted there.

    Args:
        path: Its file: a trajectory, or the checkpoint of an interrupted run.
        scene: What it is to go on under. Fabric and frame times must be those of the earlier run.
        frame: The last one to keep.

    Returns:
        The run; the step after is an Euler step, as the state before the frame's is not kept. Without statistics.

    Raises:
        TrajectoryError: where the file cannot be read, has no such frame, is of another fabric, or of frames at other
            times.
    """
    path = Path(path)
    time, frames, earlier = _checkpoint(path) if path.suffix == ".checkpoint" else _trajectory(path)
    where = str(path)
    if [panel.name for panel in earlier.panels] != [panel.name for panel in scene.panels]:
        raise TrajectoryError("this run has other panels than the scene", where=where, fix=BEGIN)
    for before, after in zip(earlier.parts, scene.parts):
        (picks, ends), fabric = before.grid, after.build()
        if before.grid != after.grid:
            what = f"this run has {picks} picks x {ends} ends, the scene {after.grid[0]} x {after.grid[1]}"
            raise TrajectoryError(what, where=where, fix=BEGIN)
        if (place := other_cut(before.build(), fabric)) is not None:
            what = f"this run is of cloth that is cut otherwise, at crossing {place}"
            raise TrajectoryError(what, where=where, fix=BEGIN)
        if not np.allclose(before.build().sliding, fabric.sliding, rtol=1e-9, atol=1e-15):
            difference, _ = other_rest(before.build(), fabric)
            raise TrajectoryError(f"this run is of a fabric with {difference}", where=where, fix=BEGIN)
    last = min(len(time) - 1, scene.time.frame_count)
    if scene.time.integrator == "static" or not 0 <= frame <= last:
        what = f"there is no frame {frame} to continue from"
        raise TrajectoryError(what, where=where, fix=f"give one from 0 to {last}, or {BEGIN}")
    if not np.allclose(time[: frame + 1] * scene.time.frames_per_second, np.arange(frame + 1), rtol=0, atol=1e-6):
        what = f"this run's frames are not {scene.time.frames_per_second:g} per second, as the scene's are"
        raise TrajectoryError(what, where=where, fix=f"give the scene the run's frame rate, or {BEGIN}")
    unchanged = np.zeros((frame + 1, *scene.grid))  # rises of yarns that were straight, or crossings that were rigid
    return Snapshot(
        steps_done=frame * scene.time.steps_per_frame,
        state={name: frames[name][frame] for name in STATE},
        previous=None,
        time=time[: frame + 1],
        frames={name: frames[name][: frame + 1] if name in frames else unchanged for name in components(scene)},
        reports=[],
    )


def kept_run(path: str | os.PathLike) -> Trajectory:
    """The frames that an interrupted run has kept so far in its checkpoint, as a run of its own.

    Raises:
        TrajectoryError: where the file cannot be read or is damaged.
    """
    path = Path(path)
    time, frames, scene = _checkpoint(path)
    identity = Checkpoint.identity_of(path)
    facts = {"scene": scene, "version": identity["version"], "device": identity["device"]}
    return Trajectory(time, **{**frames, **facts})


def _trajectory(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray], Scene]:
    run = load_trajectory(path)
    return run.time, {name: getattr(run, name) for name in components(run.scene)}, run.scene


def kept_frame_count(path: str | os.PathLike) -> int:
    """How many frames an interrupted run has kept, without reading them.

    Raises:
        TrajectoryError: where the file cannot be read or is damaged.
    """
    return _opened(Path(path))[0].frame_count()


def _opened(path: Path) -> tuple[Checkpoint, Scene]:
    found = Checkpoint.identity_of(path)
    scene = moved(Scene.from_toml(found["scene"], where=str(path)), found.get("folder"), path)
    return Checkpoint.of(path, {}, scene), scene


def _checkpoint(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray], Scene]:
    checkpoint, scene = _opened(path)
    run = checkpoint.read()
    if len(run.time):
        return run.time, run.frames, scene
    # the search for an equilibrium has no frame yet: its best state is shown as one
    frames = {name: array[None] for name, array in run.state.items()}
    return np.zeros(1), {**frames, "compression": np.zeros((1, *scene.grid))}, scene
