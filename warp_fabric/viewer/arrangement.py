"""Where things are in the view: next to each other or in the same place, and where one first looks from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.directions import LYING, unit
from warp_fabric.viewer.subject import Subject

Array = NDArray[np.float64]

SIZE = 4.0
"""View units that the largest thing takes: browsers clip what is a few millimetres from the camera."""
GAP = 0.2
"""Between things that are next to each other, in sizes of the largest."""
FIELD_OF_VIEW = float(np.radians(35.0))
"""Of the picture's height."""
MARGIN = 1.1
"""How much larger than what is shown the picture is."""
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Arrangement:
    """From metres to view units.

    Attributes:
        scale: View units per metre.
        centres: `[subjects, 3]` m, what comes to lie at `offsets`.
        offsets: `[subjects, 3]` view units.
        tops: `[subjects, 3]` view units, above the middle of each in its first frame.
        corners: `[n, 3]` view units, of boxes around each in all frames.
        back: `[3]`, the direction from which one first looks, of unit length.
    """

    scale: float
    centres: Array
    offsets: Array
    tops: Array
    corners: Array
    back: Array

    @classmethod
    def of(cls, subjects: Sequence[Subject], beside: bool) -> Arrangement:
        """The arrangement of some subjects, next to each other or else all where they are."""
        bounds = np.array([each.bounds() for each in subjects])  # [subjects, 2, 3]
        first = np.array([each.bounds(0) for each in subjects])
        size = np.ptp(bounds, axis=1)
        scale = SIZE / max(float(size.max()), 1e-9)
        face = subjects[0].facing()
        lying = abs(face[2]) > LYING
        face, over = (UP, np.array([0.0, 1.0, 0.0])) if lying else (unit(face - face[2] * UP), UP)
        right = np.cross(over, face)
        count = len(subjects)
        if beside:
            # those that begin alike begin at the same height, wherever each goes
            aside = ((bounds.mean(axis=1) - first.mean(axis=1)) @ right)[:, None] * right
            centres = first.mean(axis=1) + aside
            wide = float((np.abs(right) * size).sum(axis=1).max()) * scale + GAP * SIZE
            offsets = (np.arange(count) - 0.5 * (count - 1))[:, None] * wide * right
        else:
            centres, offsets = np.tile(first[0].mean(axis=0), (count, 1)), np.zeros((count, 3))
        start, stop = ((first[:, k] - centres) * scale + offsets for k in (0, 1))
        tops = 0.5 * (start + stop) + ((0.5 * (stop - start) @ np.abs(over)) + 0.05 * SIZE)[:, None] * over
        corners = _corners((bounds - centres[:, None]) * scale + offsets[:, None])
        back = unit(0.8 * face - 0.6 * over + 0.2 * right if lying else face - 0.45 * right + 0.18 * over)
        return cls(scale, centres, offsets, tops, corners, back)

    def camera(self, aspect: float = 1.0) -> tuple[Array, Array]:
        """Where a camera sees everything, and the point it looks at, `[3]` view units each.

        Args:
            aspect: The picture's width over its height.
        """
        across = unit(np.cross(UP, self.back))
        axes = np.stack([across, np.cross(self.back, across), self.back], axis=1)
        seen = self.corners @ axes
        middle, reach = 0.5 * (seen.min(axis=0) + seen.max(axis=0)), np.tan(0.5 * FIELD_OF_VIEW) / MARGIN
        distance = 0.0
        for _ in range(4):  # nearer parts look larger: centre what is seen, step back until all is in the picture
            offset = seen - middle
            distance = np.max(offset[:, 2] + np.abs(offset[:, :2] / (aspect, 1.0)).max(axis=1) / reach)
            drawn = offset[:, :2] / (distance - offset[:, 2:])
            middle[:2] += 0.5 * (drawn.min(axis=0) + drawn.max(axis=0)) * distance
        at = axes @ middle
        return at + distance * self.back, at


def _corners(boxes: Array) -> Array:
    """`[8 boxes, 3]`, the corners of boxes `[boxes, 2, 3]` given by their lowest and highest coordinates."""
    choice = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return boxes[:, choice, np.arange(3)].reshape(-1, 3)
