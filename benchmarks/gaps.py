"""How near beads have come to each other and to planes and spheres: the least `y` of the law of contact."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import cKDTree

from warp_fabric.beads import SLACK, beads_of
from warp_fabric.fabric import Fabric
from warp_fabric.scene import Scene
from warp_fabric.topology import build_topology

CORE = 0.5


class Gaps:
    """Of one scene, over its moments.

    Attributes:
        least: The least y seen: 1 where nothing has touched, 0 at the core.
    """

    def __init__(self, scene: Scene) -> None:
        fabric: Fabric = scene.build()
        self.scene, self.table, self.least = scene, beads_of([fabric], build_topology([fabric.drawdown.shape])), 1.0
        self._ends = fabric.drawdown.shape[1]

    def look(self, position: np.ndarray, time: float) -> None:
        """At crossings, [picks, ends, 3] m."""
        x, table = position.reshape(-1, 3), self.table
        weight = table.weight[:, None]
        place = weight * x[table.node[:, 0]] + (1.0 - weight) * x[table.node[:, 1]]
        if self.scene.collision.self:
            self._look_at_pairs(place)
        for obstacle in self.scene.obstacles:
            path = np.asarray(obstacle.path if obstacle.path is not None else [[0.0] * 7])
            shift = np.array([np.interp(time, path[:, 0], path[:, 1 + k]) for k in range(3)])
            if obstacle.shape == "sphere":
                gap = np.linalg.norm(place - (obstacle.center + shift), axis=1) - obstacle.radius
            elif obstacle.shape == "plane":
                gap = (place - (obstacle.point + shift)) @ obstacle.normal / math.hypot(*obstacle.normal)
            else:
                continue
            self._note(gap, table.radius + obstacle.thickness)

    def _look_at_pairs(self, place: np.ndarray) -> None:
        table = self.table
        a, b = cKDTree(place).query_pairs(2.0 * table.radius.max(), output_type="ndarray").T
        touch = table.radius[a] + table.radius[b]
        flat = np.linalg.norm(table.flat[a] - table.flat[b], axis=1)
        pick, end = np.divmod(np.concatenate([table.node[a], table.node[b]], axis=1), self._ends)
        in_one_cell = (np.ptp(pick, axis=1) <= 1) & (np.ptp(end, axis=1) <= 1)
        counts = ~in_one_cell & (flat >= 2.0 * touch * (1.0 - SLACK))
        self._note(np.linalg.norm(place[a] - place[b], axis=1)[counts], touch[counts])

    def _note(self, gap: np.ndarray, touch: np.ndarray) -> None:
        if len(gap):
            self.least = min(self.least, float(((gap / touch - CORE) / (1.0 - CORE)).min()))
