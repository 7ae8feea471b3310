"""A final rest shape as target: what the cloth looks like in equilibrium."""

from __future__ import annotations

import copy
import os
from typing import Any

import numpy as np

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.crossings import CrossingComparison, Observed
from warp_fabric.fitting.targets.frames import FramesTarget
from warp_fabric.fitting.targets.target import Comparison, Target, as_target, checked_array
from warp_fabric.scene import Scene
from warp_fabric.scene.pin_path import path_point
from warp_fabric.trajectory import Trajectory


class RestShapeTarget(Target):
    """The cloth at rest, compared with the scene's equilibrium.

    The equilibrium is that of `at_rest(scene)`: still air, and pins where they are at the scene's end. Friction sticks
    where the scene's initial state has it.

    Args:
        shape: [picks, ends, 3] m; or a `Trajectory`, markers, meshes, their files, or another target, of which the last
            frame is taken (unless it has a list of `frames` of its own).
        sliding: Whether a trajectory's sliding coordinates are compared too.
        weight, mask, scene: See `Target`; None: those of `shape` where that is a target.

    Raises:
        TargetError: where the shape cannot be read or an option is not possible.
    """

    def __init__(
        self,
        shape: Trajectory | Target | np.ndarray | str | os.PathLike,
        *,
        sliding: bool = False,
        weight: float | None = None,
        mask: Any = None,
        scene: Scene | None = None,
    ) -> None:
        named = isinstance(shape, (Trajectory, Target, str, os.PathLike))
        seen = as_target(shape) if named else _Shape(shape)
        super().__init__(
            weight=seen.weight if weight is None else weight,
            frames=(-1,) if isinstance(seen.frames, int) else seen.frames,
            mask=seen.mask if mask is None else mask,
            scene=seen.scene if scene is None else scene,
        )
        self.shape = copy.copy(seen)
        self.shape.weight, self.shape.frames, self.shape.mask = self.weight, self.frames, self.mask
        if isinstance(self.shape, FramesTarget) and not isinstance(shape, Target):
            self.shape.sliding = sliding

    def scene_for(self, scene: Scene) -> Scene:
        return at_rest(super().scene_for(scene))

    def compare(self, scene: Scene) -> Comparison:
        if scene.time.integrator != "static":
            fix = "compare it with target.scene_for(scene)"
            raise TargetError("a rest shape is compared with an equilibrium", where="time.integrator", fix=fix)
        return self.shape.compare(scene)


class _Shape(Target):
    """Positions of all crossings at rest."""

    def __init__(self, position: Any) -> None:
        super().__init__()
        fix = "give finite numbers [picks, ends, 3] in m; mask out crossings that were not observed"
        array = checked_array(position, (None, None, 3), "shape", fix).astype(float)
        if not np.isfinite(array).all():
            crossing = np.argwhere(~np.isfinite(array))[0, :2].tolist()
            raise TargetError(f"the position of crossing {crossing} is not finite", where="shape", fix=fix)
        self.position = array

    def compare(self, scene: Scene) -> CrossingComparison:
        grid = scene.grid
        if scene.panels:
            fix = "give a run of the scene's panels (wf.Trajectory), or markers"
            raise TargetError("an array is the shape of one fabric, and the scene has panels", where="shape", fix=fix)
        if self.position.shape[:2] != grid:
            picks, ends = self.position.shape[:2]
            what = f"it has {picks} picks x {ends} ends, the scene {grid[0]} x {grid[1]}"
            raise TargetError(what, where="shape", fix="give the shape of the same grid")
        weights = self.crossing_weights(scene)
        crossing = np.flatnonzero(weights)
        rows = self.position.reshape(-1, 3)[crossing]
        comparison = CrossingComparison({0: Observed(crossing, rows, weights[crossing])}, self.weight)
        comparison.check_place(scene, "shape")
        return comparison


def at_rest(scene: Scene) -> Scene:
    """The scene whose equilibrium is a scene's final rest: static, without wind, moving pins held where they are at its
    end. A static scene is its own."""
    if scene.time.integrator == "static":
        return scene
    # a tolerance for time steps is a velocity, one for an equilibrium a force
    changes: dict[str, Any] = {"time.integrator": "static", "solver.tolerance": None}
    changes |= {"environment.wind": [0.0] * 3, "environment.gusts": None}
    for k, pin in enumerate(scene.pins):
        if pin.path is not None:
            changes[f"pins.{k}.path"] = [[0.0, *path_point(pin.path, scene.time.duration or 0.0).tolist()]]
    return scene.replace(changes)
