"""How near beads come to each other and to planes and spheres: the least `y` of the law of contact."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from warp_fabric.beads import SLACK, BeadTable, beads_of
from warp_fabric.scene import Scene
from warp_fabric.topology import build_topology

CORE = 0.5


def least_gap(scene: Scene, positions: np.ndarray, times: np.ndarray) -> float:
    """The least y of a run: 1 where nothing has touched, 0 at the core.

    Args:
        positions: [T, picks, ends, 3] m. times: [T] s.
    """
    fabric, least = scene.build(), 1.0
    table = beads_of([fabric], build_topology([fabric.layout]))
    weight = table.weight[:, None]
    for position, time in zip(positions.reshape(len(positions), -1, 3), times):
        place = weight * position[table.node[:, 0]] + (1.0 - weight) * position[table.node[:, 1]]
        for gap, touch in _gaps(scene, table, place, float(time)):
            least = min(least, float(((gap / touch - CORE) / (1.0 - CORE)).min(initial=1.0)))
    return least


def _gaps(scene: Scene, table: BeadTable, place: np.ndarray, time: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Distances, and those at which things touch, m."""
    if scene.collision.self:
        yield _of_pairs(table, place, scene.fabric.ends)
    for obstacle in scene.obstacles:
        path = np.asarray(obstacle.path or [[0.0] * 7])
        pose = np.array([np.interp(time, path[:, 0], row) for row in path[:, 1:].T])
        place_now = Rotation.from_rotvec(pose[3:]).inv().apply(place - pose[:3])  # in the obstacle's coordinates
        if obstacle.shape == "sphere":
            gap = np.linalg.norm(place_now - obstacle.center, axis=1) - obstacle.radius
        elif obstacle.shape == "plane":
            normal = np.asarray(obstacle.normal, float)
            gap = (place_now - obstacle.point) @ normal / np.linalg.norm(normal)
        else:
            continue
        yield gap, table.radius + obstacle.thickness


def _of_pairs(table: BeadTable, place: np.ndarray, ends: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the pairs of beads that contact counts and that may touch."""
    a, b = KDTree(place).query_pairs(2.0 * table.radius.max(), output_type="ndarray").T
    touch = table.radius[a] + table.radius[b]
    flat = np.linalg.norm(table.flat[a] - table.flat[b], axis=1)
    pick, end = np.divmod(np.concatenate([table.node[a], table.node[b]], axis=1), ends)
    in_one_cell = (np.ptp(pick, axis=1) <= 1) & (np.ptp(end, axis=1) <= 1)
    counts = ~in_one_cell & (flat >= 2.0 * touch * (1.0 - SLACK))
    return np.linalg.norm(place[a] - place[b], axis=1)[counts], touch[counts]
