"""Cloth that starts inside an obstacle, and how far the obstacle has to be moved. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.scene.distances import obstacle_distance
from warp_fabric.scene.meshes import obstacle_meshes

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene

CORE = 0.5
"""Of a yarn's radius: a crossing whose centre is nearer to a surface is inside, not just touching."""
LEAST = 0.02
"""Of the touch distance: by how much an obstacle is moved further where it still touches."""
TRIES = 60
AXES = np.array([[0, 0, -1], [0, 0, 1], [-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0]], float)
"""Downwards first: of moves that are as good, the first is taken."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inside:
    """Crossings that start inside an obstacle.

    Attributes:
        obstacle: Its number. shape: Its shape. crossings: [N, 2] int, pick and end of each.
        shift: [3] m, the least move of the obstacle along one of the axes after which no crossing touches it; None
            where none of them helps.
    """

    obstacle: int
    shape: str
    crossings: NDArray[np.int_]
    shift: Array | None


def crossings_inside(
    scene: Scene, directions: Array = AXES, position: Array | None = None, time: float = 0.0
) -> list[Inside]:
    """What of the cloth starts inside obstacles, of those where there is any.

    Args:
        scene: Of one fabric.
        directions: [D, 3] of length 1: how an obstacle may be moved.
        position: [picks, ends, 3] m, where it starts; None: at rest.
        time: [s], when.

    Raises:
        SceneError: where a mesh cannot be read.
    """
    if not scene.obstacles:
        return []
    fabric = scene.build()
    present = fabric.layout.present
    points = (fabric.position if position is None else position)[present]
    radius = (fabric.pick_radius[:, None] + fabric.end_radius)[present]
    found = []
    for k, (obstacle, mesh) in enumerate(zip(scene.obstacles, obstacle_meshes(scene))):
        touch = radius + obstacle.thickness
        reach = float(touch.max())

        def gap(x: Array, of: NDArray[np.int_], obstacle=obstacle, mesh=mesh, touch=touch, reach=reach) -> Array:
            """[N] m, negative where these crossings, at x, would touch it."""
            return obstacle_distance(obstacle, mesh, x, reach, time) - touch[of]

        inside = np.flatnonzero(gap(points, np.arange(len(points))) < -(1.0 - CORE) * radius)
        if len(inside):
            crossings = fabric.layout.crossing[inside]
            shift = _way_out(gap, points, inside, directions, LEAST * reach)
            found.append(Inside(k, obstacle.shape, crossings, shift))
    return found


def in_words(found: Inside) -> str:
    """Such as "12 crossings start inside obstacle 0 (sphere); move it by 3 mm along -z"."""
    what = f"{starting(len(found.crossings))} inside obstacle {found.obstacle} ({found.shape})"
    return f"{what}; {moving(found.shift, np.eye(3))}"


def starting(count: int) -> str:
    """Such as "12 crossings start"."""
    return f"{count} crossings start" if count > 1 else "1 crossing starts"


def moving(shift: Array | None, axes: Array) -> str:
    """Such as "move it by 3 mm along -z".

    Args:
        shift: [3] m. axes: [3, 3] the directions that are called x, y and z, in its rows.
    """
    if shift is None:
        return "move it, or the cloth"
    along = axes @ shift
    axis = int(np.abs(along).argmax())
    sign = "-" if along[axis] < 0.0 else ""
    return f"move it by {_rounded_up(1e3 * abs(along[axis])):g} mm along {sign}{'xyz'[axis]}"


def _rounded_up(value: float) -> float:
    """To two digits."""
    digit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / digit * (1.0 - 1e-9)) * digit:.2g}")


def _way_out(
    gap: Callable[[Array, NDArray[np.int_]], Array],
    points: Array,
    inside: NDArray[np.int_],
    directions: Array,
    least: float,
) -> Array | None:
    """Of moves along directions after which all gaps are positive, the least.

    Gaps change no faster than an obstacle is moved, so each try goes as far as is needed at least. It asks for those
    that were in the way so far, and in the end for all.
    """
    every = np.arange(len(points))
    best, shift = math.inf, None
    for direction in directions:
        moved, watched = 0.0, inside
        for _ in range(TRIES):
            gaps = gap(points[watched] - moved * direction, watched)
            if gaps.min() >= 0.0 and len(watched) < len(every):
                gaps = gap(points - moved * direction, every)
                watched = np.union1d(watched, np.flatnonzero(gaps < 0.0))
            if gaps.min() >= 0.0:
                best, shift = moved, moved * direction
                break
            moved += max(-float(gaps.min()), least)
            if moved >= best * (1.0 - 1e-6):
                break
    return shift
