"""Panels that start inside each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
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


@dataclass(frozen=True)
class Overlap:
    """Two panels that touch each other in a run and start inside each other.

    Attributes:
        first, second: Their numbers. inside: How many crossings of the second are inside the first. same: How many
            of those are in the place of one of the first's.
    """

    first: int
    second: int
    inside: int
    same: int


def overlaps(scene: Scene, position: NDArray[np.float64] | None = None) -> list[Overlap]:
    """Of all panels of a scene; none where they do not touch each other.

    Args:
        scene: The scene.
        position: [crossings, 3] m, where they start; None: at rest.
    """
    if len(scene.panels) < 2 or not scene.collision.self:
        return []
    from scipy.spatial import KDTree

    cloths, starts = [], [None] * len(scene.parts) if position is None else parted(scene, position)
    for part, start in zip(scene.parts, starts):
        fabric = part.build()
        present = fabric.layout.present
        radius = (fabric.pick_radius[:, None] + fabric.end_radius)[present]
        cloths.append((KDTree((fabric.position if start is None else start)[present]), radius))
    found = []
    for (first, (tree, radius)), (second, (other, own)) in combinations(enumerate(cloths), 2):
        distance, nearest = tree.query(other.data, distance_upper_bound=CORE * (radius.max() + own.max()))
        touch = own + np.append(radius, 0.0)[nearest]
        inside, same = (int((distance < share * touch).sum()) for share in (CORE, SAME))
        if inside:
            found.append(Overlap(first, second, inside, same))
    return found


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
