"""One run of a scene: steps, frames, progress, checkpoints."""

from __future__ import annotations

import hashlib
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from warp_fabric import __version__
from warp_fabric.checkpoint import Checkpoint, Snapshot
from warp_fabric.errors import SolverError, TrajectoryError
from warp_fabric.initial import initial_state
from warp_fabric.limits import (
    check_run,
    check_scene,
    check_start,
    check_static,
    check_writable,
    checked_forces,
    find_device,
    memory_told,
    room_for_frames,
    tell_doubts,
)
from warp_fabric.progress import BarProgress, Progress
from warp_fabric.relaxation import Relaxation
from warp_fabric.scene import Scene
from warp_fabric.scene.bundled import in_words
from warp_fabric.scene.meshes import meshes_digest
from warp_fabric.scene.panels_inside import check_places
from warp_fabric.solver.rollout import Frame, Rollout
from warp_fabric.solver.side_by_side import SideBySide, States, rollout_of
from warp_fabric.solver.static import StaticReport
from warp_fabric.solver.step import StepReport
from warp_fabric.state import State
from warp_fabric.threads import one_blas_thread
from warp_fabric.totals import totals
from warp_fabric.trajectory import Trajectory

OnFrame = Callable[[Frame], None]
OnStep = Callable[["StepReport | StaticReport"], None]

CHECKPOINT_INTERVAL = 1.0
"""Least seconds between checkpoints."""
CHECKPOINT_SHARE = 0.05
"""Most of the time that writing checkpoints may take."""


class CheckpointWarning(UserWarning):
    """A checkpoint could not be written or removed; the run goes on."""


class Run:
    """One run of a scene; see `simulate`."""

    def __init__(
        self,
        scene: Scene,
        progress: bool | Progress = False,
        device: str | None = None,
        forces: np.ndarray | None = None,
        checkpoint: str | os.PathLike | None = None,
        resume: bool = False,
        begun: Snapshot | None = None,
    ) -> None:
        check_scene(scene)
        self.scene, self.device = scene, find_device(scene, device)
        self.progress = progress if isinstance(progress, Progress) else BarProgress() if progress else Progress()
        self.static = scene.time.integrator == "static"
        check_static(scene, forces)
        at_rest = scene.initial.state is None and begun is None
        if at_rest:
            check_places(scene)
        self.forces = checked_forces(forces, scene)
        tell_doubts(scene, at_rest)
        check_run(scene, self.device, written=checkpoint is not None)
        self.time, self.arrays = room_for_frames(scene)
        self.checkpoint = None
        if checkpoint is not None:
            self.checkpoint = Checkpoint.of(Path(checkpoint), self._identity(checkpoint), scene)
            check_writable(self.checkpoint.path)
        self.resumed = self.checkpoint.read() if self.checkpoint and resume and self.checkpoint.exists else begun
        self._unreported = self.resumed.steps_done - len(self.resumed.reports) if self.resumed else 0
        self._start = initial_state(scene) if self.resumed is None or self.static else {}
        if begun is not None:
            check_start(scene, begun.state["position"], float(begun.time[-1]))
        elif self._start and not at_rest:
            check_start(scene, self._start["position"])
        self._rest: Relaxation | None = None
        self.reports: list[dict] = []
        self._states: tuple[int, State | States, State | States | None] | None = None
        self._cost, self._last_write = 0.0, time.monotonic()
        self.rollout: Rollout | SideBySide | None = None

    def go(self, on_frame: OnFrame | None = None, on_step: OnStep | None = None) -> Trajectory:
        """Run to the end; where it is stopped before, leave a checkpoint."""
        try:
            self.progress.begin(self._facts())
            with one_blas_thread(), memory_told(self.scene):
                if self.static:
                    self._relax(on_frame, on_step)
                else:
                    self._set_out(self.resumed)
                    self._march(on_frame, on_step)
            trajectory = self._trajectory(len(self.time))
            self.progress.done(trajectory.statistics["totals"])
            return trajectory
        except SolverError:
            self.forget()  # going on would fail there again
            raise
        except BaseException as error:
            self._write_after(error)
            raise
        finally:
            self.progress.close()

    def forget(self) -> None:
        """Remove the checkpoint; where that fails, warn."""
        try:
            if self.checkpoint is not None:
                self.checkpoint.remove()
        except TrajectoryError as error:  # nothing is lost by it: the run is there
            warnings.warn(str(error), CheckpointWarning, stacklevel=2)

    def save_to(self, path: Path, trajectory: Trajectory) -> None:
        """Write the trajectory file; where that fails, the checkpoint keeps the finished run."""
        try:
            trajectory.save(path)
        except TrajectoryError as error:
            if self.checkpoint is None:
                raise
            self._write_after(error)
            fix = f"{error.fix}, then --resume: the finished run is kept in {self.checkpoint.path}"
            raise TrajectoryError(error.what, where=error.where, fix=fix) from error

    def trajectory_so_far(self) -> Trajectory | None:
        """The frames kept; None where there are none but the initial state."""
        count = self._frames_at(self._states[0]) if self._states else 0
        return self._trajectory(count) if count > 1 else None

    def _set_out(self, resumed: Snapshot | None) -> None:
        if resumed is None:
            self.rollout = rollout_of(self.scene, self.device, self.forces, self._start)
            self._keep(0, self.rollout.frame())
        else:
            self.rollout = rollout_of(self.scene, self.device, self.forces, resumed.state)
            self.rollout.resume(resumed.previous, resumed.steps_done)
            count = len(resumed.time)
            self.time[:count] = resumed.time
            for name, array in self.arrays.items():
                array[:count] = resumed.frames[name]
            self.reports = resumed.reports
        self._states = (self.rollout.steps_done, self.rollout.state, self.rollout.previous)

    def _march(self, on_frame: OnFrame | None, on_step: OnStep | None) -> None:
        rollout = self.rollout
        assert rollout is not None
        if self.resumed is None:
            self._tell_frame(0, on_frame)
        while rollout.steps_done < rollout.frame_count * rollout.steps_per_frame:
            report = rollout.step()
            self.reports.append(report.as_dict())
            index, within = divmod(rollout.steps_done, rollout.steps_per_frame)
            if not within:
                self._keep(index, rollout.frame())
            # The rollout writes over neither of these two states before the step after the next.
            self._states = (rollout.steps_done, rollout.state, rollout.previous)
            self.progress.step(report, rollout.steps_done)
            if not within:
                self._tell_frame(index, on_frame)
            if self.checkpoint and self._write_is_due():
                self._write()
            if on_step is not None:
                on_step(report)

    def _relax(self, on_frame: OnFrame | None, on_step: OnStep | None) -> None:
        def tell(report: StaticReport) -> None:
            self.progress.iteration(report)
            if self.checkpoint and self._write_is_due():
                self._write()
            if on_step is not None:
                on_step(report)

        left = None if self.resumed is None else (self.resumed.steps_done, self.resumed.state)
        self._rest = Relaxation(self.scene, self.device, self._start, left)
        self._keep(0, Frame(0.0, self._rest.solve(tell)))
        self.reports += self._rest.reports
        self._tell_frame(0, on_frame)

    def _keep(self, index: int, frame: Frame) -> None:
        self.time[index] = frame.time
        for name, array in self.arrays.items():
            array[index] = frame.arrays[name]

    def _tell_frame(self, index: int, on_frame: OnFrame | None) -> None:
        self.progress.frame(index, float(self.time[index]))
        if on_frame is not None:
            on_frame(Frame(float(self.time[index]), {name: array[index].copy() for name, array in self.arrays.items()}))

    def _trajectory(self, count: int) -> Trajectory:
        arrays: dict[str, np.ndarray] = {name: array[:count] for name, array in self.arrays.items()}
        statistics = {"steps": self.reports, "totals": totals(self.reports)}
        return Trajectory(
            self.time[:count],
            **arrays,
            scene=self.scene,
            version=__version__,
            device=self.device,
            statistics=statistics,
        )

    # Checkpoints

    def _identity(self, checkpoint: str | os.PathLike) -> dict[str, str]:
        forces = "" if self.forces is None else hashlib.sha256(np.ascontiguousarray(self.forces).tobytes()).hexdigest()
        found = {"scene": self.scene.to_toml(), "version": __version__, "device": self.device, "forces": forces}
        found["folder"] = os.path.dirname(os.path.abspath(checkpoint))
        meshes = meshes_digest(self.scene)
        return found | ({"meshes": meshes} if meshes else {})

    def _frames_at(self, steps_done: int) -> int:
        return steps_done // self.scene.time.steps_per_frame + 1

    def _write_is_due(self) -> bool:
        interval = max(CHECKPOINT_INTERVAL, self._cost / CHECKPOINT_SHARE)
        return time.monotonic() - self._last_write >= interval

    def _write(self) -> None:
        assert self.checkpoint is not None
        begun = time.monotonic()
        try:
            self._write_now()
        except OSError as error:
            text = f"the checkpoint {self.checkpoint.path} cannot be written ({error}); the run continues without it"
            warnings.warn(text, CheckpointWarning, stacklevel=2)
        else:
            self._tell_checkpoint()
        self._last_write = time.monotonic()
        self._cost = self._last_write - begun

    def _write_now(self) -> None:
        assert self.checkpoint is not None
        self.checkpoint.write(self._snapshot())

    def _snapshot(self) -> Snapshot:
        """The run as it stands; the search for an equilibrium has no frames, and counts its stages."""
        if self._rest is not None:
            frames = {name: array[:0] for name, array in self.arrays.items()}
            return Snapshot(*self._rest.reached(), None, self.time[:0], frames, [])
        assert self._states is not None
        assert self.rollout is not None
        steps_done, state, previous = self._states
        count = self._frames_at(steps_done)
        return Snapshot(
            steps_done=steps_done,
            state=self.rollout.arrays_of(state),  # pyright: ignore[reportArgumentType]
            previous=None if previous is None else self.rollout.arrays_of(previous),  # pyright: ignore[reportArgumentType]
            time=self.time[:count],
            frames={name: array[:count] for name, array in self.arrays.items()},
            reports=self.reports[: steps_done - self._unreported],
        )

    def _tell_checkpoint(self) -> None:
        assert self.checkpoint
        steps_done = 0 if self._states is None else self._states[0]
        self.progress.checkpoint(self.checkpoint.path, steps_done, steps_done * self.scene.time.step_size)

    def _write_after(self, error: BaseException) -> None:
        if self.checkpoint is None or (self._states is None and self._rest is None):
            return
        try:
            self._write_now()
        except OSError as failure:
            what = f"the run was stopped ({error!r}), and its checkpoint cannot be written: {failure}"
            fix = "make room; an earlier checkpoint, if there is one, is still good"
            raise TrajectoryError(what, where=str(self.checkpoint.path), fix=fix) from error
        self._tell_checkpoint()

    def _facts(self) -> dict:
        scene_time, parts = self.scene.time, self.scene.parts
        return {
            "version": __version__,
            "device": self.device,
            "integrator": scene_time.integrator,
            "picks": sum(part.fabric.picks for part in parts),
            "ends": sum(part.fabric.ends for part in parts),
            "crossings": self.scene.crossing_count,
            "simulated": in_words(self.scene),
            "frames": scene_time.frame_count,
            "steps": scene_time.frame_count * scene_time.steps_per_frame,
            "steps_done": 0 if self.resumed is None or self.static else self.resumed.steps_done,
            "duration": None if self.static else scene_time.duration,
        }
