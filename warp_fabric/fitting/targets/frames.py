"""A whole trajectory as target."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from warp_fabric.checks import shown
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.crossings import CrossingComparison, Observed
from warp_fabric.fitting.targets.target import Target, checked_number
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import parted
from warp_fabric.trajectory import Trajectory, load_trajectory


class FramesTarget(Target):
    """All crossings of a trajectory: the mean over shared frames of the mean over crossings of |dx|^2 + |ds|^2 [m2].

    Args:
        run: The trajectory, or the path of its file. One frame, such as a "static" run, suits an
            equilibrium.
        sliding: Whether sliding coordinates are compared too.
        start: Time of the trajectory at which the scene starts [s].
        weight, frames, mask, scene: See `Target`.

    Raises:
        TargetError: where an option is not possible.
        TrajectoryError: where the file is bad.
    """

    def __init__(
        self, run: Trajectory | str | os.PathLike, *, sliding: bool = True, start: float = 0.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.where = "trajectory"
        if isinstance(run, (str, os.PathLike)):
            self.where = str(run)
            run = load_trajectory(run)
        if not isinstance(run, Trajectory):
            fix = "give what wf.simulate(scene) returns, or the path of a trajectory file"
            raise TargetError(f"{shown(run)} is not a trajectory", where="target", fix=fix)
        self.run, self.sliding, self.start = run, sliding, checked_number(start, "start")

    def compare(self, scene: Scene) -> CrossingComparison:
        weights = self._weights(scene)
        crossing = np.flatnonzero(weights)
        observed = {}
        for number, index in self.matched(scene, self.run.time, self.where, self.start).items():
            parts = [self.run.position[index]] + ([self.run.sliding[index]] if self.sliding else [])
            rows = np.concatenate(parts, axis=-1).reshape(len(weights), -1)
            observed[number] = Observed(crossing, rows[crossing], weights[crossing])
        comparison = CrossingComparison(observed, self.weight)
        comparison.check_place(scene, self.where)
        return comparison

    def _weights(self, scene: Scene) -> np.ndarray:
        """Of the scene's crossings, where the run has the same fabrics."""
        names, found = ([panel.name for panel in each.panels] for each in (scene, self.run.scene))
        if names != found:
            has, own = (f"the panels {', '.join(each)}" if each else "no panels" for each in (found, names))
            fix = (
                'compare with a run of the same panels; run.panels["NAME"] is that of one, for its scene of scene.parts'
            )
            raise TargetError(f"it has {has}, and the scene {own}", where=self.where, fix=fix)
        for part, run in zip(scene.parts, self.run.parts):
            grid, seen = part.grid, run.position.shape[1:3]
            if seen != grid:
                what = f"it holds {seen[0]} picks x {seen[1]} ends, the scene {grid[0]} x {grid[1]}"
                fix = "compare with a run of the same grid, or compare its mesh: wf.MeshTarget"
                raise TargetError(what, where=self.where, fix=fix)
        weights = self.crossing_weights(scene)
        for run, there in zip(self.run.parts, parted(scene, weights.reshape(scene.grid))):
            for pick, end in np.argwhere((there > 0.0) & ~run.present)[:1]:
                what = f"its cloth has no crossing [{pick}, {end}], the scene's has"
                fix = "compare with a run of cloth that is cut likewise, or give a mask of what they share"
                raise TargetError(what, where=self.where, fix=fix)
        return weights
