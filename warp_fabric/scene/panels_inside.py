"""Panels that start inside each other. NumPy only, and no SciPy: Blender asks too."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.errors import SceneError
from warp_fabric.scene.panels import parted

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene

CORE = 0.5
"""Of the distance at which crossings touch: those that are nearer are inside each other, not just touching."""
SAME = 1.0e-9
"""Of that distance: nearer ones are in one place, and there is no telling which way to push them."""
FIX = "give it an origin of its own"


@dataclass(frozen=True, eq=False)
class Overlap:
    """Two panels that touch each other in a run and start inside each other.

    Attributes:
        first, second: Their numbers. crossings: [N, 2] int, pick and end of those of the second that are inside the
            first. same: How many of these are in the place of one of the first's.
    """

    first: int
    second: int
    crossings: NDArray[np.int_]
    same: int

    @property
    def inside(self) -> int:
        """How many crossings of the second are inside the first."""
        return len(self.crossings)


def overlaps(scene: Scene, position: NDArray[np.float64] | None = None) -> list[Overlap]:
    """Of all panels of a scene; none where they do not touch each other.

    Args:
        scene: The scene.
        position: [crossings, 3] m, where they start; None: at rest.
    """
    if len(scene.panels) < 2 or not scene.collision.self:
        return []
    cloths, starts = [], [None] * len(scene.parts) if position is None else parted(scene, position)
    for part, start in zip(scene.parts, starts):
        fabric = part.build()
        present = fabric.layout.present
        radius = (fabric.pick_radius[:, None] + fabric.end_radius)[present]
        points = (fabric.position if start is None else start)[present]
        cloths.append((points, radius, fabric.layout.crossing))
    found = []
    for (first, (points, radius, _)), (second, (others, own, crossing)) in combinations(enumerate(cloths), 2):
        nearness = _nearness(points, radius, others, own)
        inside = nearness < CORE
        if inside.any():
            found.append(Overlap(first, second, crossing[inside], int((nearness < SAME).sum())))
    return found


def _nearness(
    points: NDArray[np.float64], radius: NDArray[np.float64], others: NDArray[np.float64], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """[M] how near each of the others is to the nearest of the points, of the distance at which both touch; infinite
    where that is more than `CORE`. Points are looked up by the cells of a grid that they lie in."""
    least = np.full(len(others), np.inf)
    size = CORE * (radius.max() + own.max())
    low = np.minimum(points.min(axis=0), others.min(axis=0)) - size
    width = (np.ceil((np.maximum(points.max(axis=0), others.max(axis=0)) - low) / size) + 2).astype(np.int64)
    factor = np.array([1, width[0], width[0] * width[1]])
    cell, own_cell = (np.floor((each - low) / size).astype(np.int64) @ factor for each in (points, others))
    order = np.argsort(cell, kind="stable")
    for step in product((-1, 0, 1), repeat=3):
        beside = own_cell + np.array(step) @ factor
        begin, end = (np.searchsorted(cell[order], beside, side) for side in ("left", "right"))
        count = end - begin
        other = np.repeat(np.arange(len(others)), count)
        point = order[np.arange(len(other)) + np.repeat(begin - np.cumsum(count) + count, count)]
        distance = np.linalg.norm(others[other] - points[point], axis=1)
        np.minimum.at(least, other, distance / (own[other] + radius[point]))
    return least


def check_places(scene: Scene, position: NDArray[np.float64] | None = None) -> None:
    """Raises a `SceneError` where crossings of two panels that touch each other start in one place; see `overlaps`."""
    for each in overlaps(scene, position):
        if each.same:
            what = f"{_starting(scene, each, each.same)} where those of panel {scene.panels[each.first].name!r} are"
            raise SceneError(what, where=f"panels[{each.second}].origin", fix=f"{FIX}, or set collision.self = false")


def overlaps_in_words(scene: Scene, position: NDArray[np.float64] | None = None) -> list[str]:
    """Such as "12 crossings of panel 'lining' start inside panel 'front': give it an origin of its own"."""
    return [
        f"{_starting(scene, each, each.inside)} inside panel {scene.panels[each.first].name!r}: {FIX}"
        for each in overlaps(scene, position)
    ]


def _starting(scene: Scene, overlap: Overlap, count: int) -> str:
    crossings, start = ("1 crossing", "starts") if count == 1 else (f"{count} crossings", "start")
    return f"{crossings} of panel {scene.panels[overlap.second].name!r} {start}"
