"""Running a scene: from its initial state to a trajectory, interruptible and resumable."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from warp_fabric.checkpoint import checkpoint_path
from warp_fabric.errors import SolverError, TrajectoryError
from warp_fabric.kept_frames import run_at_frame
from warp_fabric.limits import check_scene, check_writable
from warp_fabric.progress import Progress
from warp_fabric.run import OnFrame, OnStep, Run
from warp_fabric.scene import Scene
from warp_fabric.solver.rollout import Frame
from warp_fabric.trajectory import Trajectory


def simulate(
    scene: Scene,
    *,
    progress: bool | Progress = False,
    device: str | None = None,
    forces: np.ndarray | None = None,
    checkpoint: str | os.PathLike | None = None,
    resume: bool = False,
    on_frame: OnFrame | None = None,
    on_step: OnStep | None = None,
) -> Trajectory:
    """Simulate a scene.

    Args:
        scene: What to simulate. "static" gives one frame, the equilibrium.
        progress: True shows a bar on stderr; or what else is to be told.
        device: "cpu", "cuda:0", "auto"; None takes the scene's.
        forces: [steps, picks, ends, 3], N, forces from outside, per step.
        checkpoint: File to leave what is needed to go on with the run, should it be stopped by Ctrl-C, by an exception
            of a callback, or by the death of the process; from time to time it is brought up to date. Removed at the
            end.
        resume: Go on from `checkpoint`, bit for bit, if that file exists; else start from the beginning. The search for
            an equilibrium goes on from its best state, to the same equilibrium within its tolerance.
        on_frame: Called with each frame as it is kept, of a resumed run only with those to come.
        on_step: Called after each step with its report ("static": in each iteration).

    Returns:
        The trajectory; its `statistics` has "steps", the reports of all steps, and "totals".

    Raises:
        SceneError: where the initial state, the device or the forces do not fit.
        SolverError: where a step or the equilibrium is not reached; names step, time and crossing.
        TrajectoryError: where the checkpoint cannot be written there, is damaged or of another run.
    """
    run = Run(scene, progress, device, forces, checkpoint, resume)
    trajectory = run.go(on_frame, on_step)
    run.forget()
    return trajectory


def simulate_to(
    path: str | os.PathLike,
    scene: Scene,
    *,
    progress: bool | Progress = False,
    device: str | None = None,
    forces: np.ndarray | None = None,
    resume: bool = False,
    restart: bool = False,
    start_from: int | None = None,
    on_frame: OnFrame | None = None,
    on_step: OnStep | None = None,
    on_kept: OnFrame | None = None,
) -> Trajectory:
    """Simulate a scene into a trajectory file, with a checkpoint beside it until the file is written.

    Args:
        path: The trajectory file. It is replaced when the run has reached its end, not before.
        resume: Go on from the checkpoint if there is one.
        restart: Give up the checkpoint of an interrupted run, if there is one, and start from the beginning.
        start_from: Keep the frames up to this one and go on from its state, with an Euler step. They are those of the
            checkpoint if there is one, else of the file, or of the run that failed since. The scene may be another
            one, of a fabric with as many picks and ends at the same spacings, with the same frames per second.
        on_kept: Called first with each frame that is kept of the run that this one goes on from.
        scene, progress, device, forces, on_frame, on_step: See `simulate`.

    Raises:
        TrajectoryError: where there is a checkpoint and none of `resume`, `restart` and `start_from`, where two of them
            are given, where there is no such frame to start from, or where the file cannot be written.
        SceneError, SolverError: See `simulate`. The frames kept before a SolverError are written to
            `failed_path(path)`.
    """
    check_scene(scene)
    path = Path(path)
    check_writable(path)
    state = scene.initial.state
    if state is not None and path.exists() and Path(state).exists() and path.samefile(state):
        fix = "write to another file"
        raise TrajectoryError("the run starts from this file and would overwrite it", where=str(path), fix=fix)
    checkpoint = checkpoint_path(path)
    if resume + restart + (start_from is not None) > 1:
        what = "resume, restart and a frame to start from exclude each other"
        raise TrajectoryError(what, where=str(checkpoint), fix="give one of them")
    if checkpoint.exists() and not (resume or restart or start_from is not None):
        fix = "continue it (--resume), or discard it and start over (--restart)"
        raise TrajectoryError("an interrupted run to this file can be resumed", where=str(checkpoint), fix=fix)
    begun = None if start_from is None else run_at_frame(_last_run(path), scene, start_from)
    run = Run(scene, progress, device, forces, checkpoint, resume, begun)
    if on_kept is not None and run.resumed is not None:
        for k, at in enumerate(run.resumed.time.tolist()):
            on_kept(Frame(at, {name: array[k] for name, array in run.resumed.frames.items()}))
    try:
        trajectory = run.go(on_frame, on_step)
    except SolverError as error:
        kept = run.trajectory_so_far()
        if kept is None:
            raise
        try:
            fix = f"{error.fix}; the frames before are in {kept.save(failed_path(path))}"
        except TrajectoryError:
            raise error from None
        raise SolverError(error.what, where=error.where, fix=fix) from error
    run.save_to(path, trajectory)
    run.forget()
    return trajectory


def _last_run(path: Path) -> Path:
    """The file with the frames that were simulated last for this trajectory file."""
    checkpoint, failed = checkpoint_path(path), failed_path(path)
    if checkpoint.exists():
        return checkpoint
    if failed.exists() and not (path.exists() and path.stat().st_mtime_ns > failed.stat().st_mtime_ns):
        return failed
    return path


def failed_path(path: str | os.PathLike) -> Path:
    """Where the frames go that were kept before a run to this trajectory file failed: run.failed.h5."""
    path = Path(path)
    return path.with_name(f"{path.stem}.failed{path.suffix}")


def initial_path(path: str | os.PathLike) -> Path:
    """Where a state goes that a run to this trajectory file begins with and that is in no other: run.initial.h5."""
    path = Path(path)
    return path.with_name(f"{path.stem}.initial{path.suffix}")
