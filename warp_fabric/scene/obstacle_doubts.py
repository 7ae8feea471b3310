"""What is doubtful in what a scene says of contact; see `doubts`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.scene.collision import Collision
from warp_fabric.scene.pin_path import path_point

if TYPE_CHECKING:
    from warp_fabric.scene.obstacle import Obstacle
    from warp_fabric.scene.scene import Scene

FAR = 100.0
"""Sizes of the cloth that an obstacle is moved by, or spacings that one is thick."""
TURNED = 20.0
"""rad, more than three turns; 20 degrees are little."""

Array = NDArray[np.float64]


def contact_doubts(scene: Scene) -> list[str]:
    """What is doubtful, one sentence each, with the key and the likely cause."""
    return [*_without_effect(scene), *_units(scene), *_inside(scene)]


def _without_effect(scene: Scene) -> list[str]:
    given = scene.collision
    keys = [key for key in ("stiffness", "friction", "slip_speed") if getattr(given, key) != getattr(Collision, key)]
    if scene.touches:
        return []
    return [
        f"collision.{key} has no effect, as nothing touches: set collision.self, or add [[obstacles]]" for key in keys
    ]


def _units(scene: Scene) -> list[str]:
    fabric, found = scene.fabric, []
    size = math.hypot(fabric.ends * fabric.end_spacing, fabric.picks * fabric.pick_spacing)
    for k, obstacle in enumerate(scene.obstacles):
        if obstacle.thickness > FAR * scene.spacing:
            what = f"obstacles.{k}.thickness = {obstacle.thickness:g} m is {FAR:g} yarns and more"
            found.append(f"{what}: it is added to its surface, in metres")
        if obstacle.path is None:
            continue
        rows = np.array(obstacle.path)
        moved = float(np.ptp(rows[:, 1:4], axis=0).max())
        if moved > FAR * size:
            what = f"obstacles.{k}.path moves it by {moved:.3g} m, and the cloth is {size:.3g} m in size"
            found.append(f"{what}: paths are in metres")
        turned = float(np.linalg.norm(rows[:, 4:], axis=1).max())
        if turned > TURNED:
            what = f"obstacles.{k}.path turns it by {turned:.4g} rad"
            found.append(f"{what}: if degrees are meant, write {math.radians(turned):.4g}")
    return found


def _inside(scene: Scene) -> list[str]:
    """Cloth that starts within an obstacle is thrown out of it."""
    if scene.initial.state is not None or not scene.obstacles:
        return []
    found, position = [], scene.build().position.reshape(-1, 3)
    for k, obstacle in enumerate(scene.obstacles):
        within = _is_inside(obstacle, position)
        if within.any():
            what = f"{int(within.sum())} of {len(within)} crossings start inside obstacles.{k}"
            found.append(f"{what}, which throws them out: move one of the two")
    return found


def _is_inside(obstacle: Obstacle, position: Array) -> NDArray[np.bool_]:
    """[N] whether points are within an obstacle as it is at time 0; meshes are not looked at."""
    x = _own_coordinates(obstacle, position)
    if obstacle.shape == "plane":
        return (x - obstacle.point) @ np.array(obstacle.normal) < 0.0
    if obstacle.shape == "box":
        return (np.abs(x - obstacle.center) < 0.5 * np.array(obstacle.size)).all(axis=1)
    if obstacle.shape == "sphere":
        return np.linalg.norm(x - obstacle.center, axis=1) < obstacle.radius
    if obstacle.shape == "capsule":
        start, axis = np.array(obstacle.start), np.subtract(obstacle.end, obstacle.start)
        along = np.clip((x - start) @ axis / (axis @ axis), 0.0, 1.0)
        return np.linalg.norm(x - start - along[:, None] * axis, axis=1) < obstacle.radius
    return np.zeros(len(x), bool)


def _own_coordinates(obstacle: Obstacle, position: Array) -> Array:
    """[N, 3] points of the world in an obstacle's own coordinates at time 0."""
    if obstacle.path is None:
        return position
    row = path_point(obstacle.path, 0.0)
    angle = float(np.linalg.norm(row[3:]))
    axis = row[3:] / angle if angle else row[3:]
    away = position - row[:3]  # turned back, by Rodrigues' formula
    cos, sin = math.cos(angle), math.sin(angle)
    return cos * away - sin * np.cross(axis, away) + (1.0 - cos) * (away @ axis)[:, None] * axis
