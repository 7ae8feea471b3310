"""Where things are in the view: next to each other or in the same place, and where one first looks from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.viewer.subject import Subject

Array = NDArray[np.float64]

SIZE = 4.0
"""View units that the largest thing takes: browsers clip what is a few millimetres from the camera."""
GAP = 0.12
"""Between things that are next to each other, in sizes of the largest."""
FIELD_OF_VIEW = float(np.radians(35.0))
"""Of the picture's height."""
ASPECT, MARGIN = 1.0, 1.08
"""Width over height of the picture's part that is filled, and how much more than what is shown it has room for."""
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Arrangement:
    """From metres to view units.

    Attributes:
        scale: View units per metre.
        centres: `[subjects, 3]` m, what comes to lie at `offsets`.
        offsets: `[subjects, 3]` view units.
        tops: `[subjects, 3]` view units, above the middle of each in its first frame.
        middle: `[3]` view units, of it all.
        eye: `[3]` view units, a place for the camera from which all is seen.
    """

    scale: float
    centres: Array
    offsets: Array
    tops: Array
    middle: Array
    eye: Array

    @classmethod
    def of(cls, subjects: Sequence[Subject], beside: bool) -> Arrangement:
        """The arrangement of some subjects, next to each other or else all where they are."""
        bounds = np.array([each.bounds() for each in subjects])  # [subjects, 2, 3]
        first = np.array([each.bounds(0) for each in subjects])
        size = np.ptp(bounds, axis=1)
        scale = SIZE / max(float(size.max()), 1e-9)
        face = subjects[0].facing()
        lying = abs(face[2]) > 0.8
        face, over = (UP, np.array([0.0, 1.0, 0.0])) if lying else (_unit(face - face[2] * UP), UP)
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
        middle = 0.5 * (corners.min(axis=0) + corners.max(axis=0))
        back = _unit(0.8 * face - 0.6 * over + 0.2 * right if lying else face - 0.45 * right + 0.18 * over)
        return cls(scale, centres, offsets, tops, middle, middle + _distance(corners - middle, back) * back)


def _corners(boxes: Array) -> Array:
    """`[8 boxes, 3]`, the corners of boxes `[boxes, 2, 3]` given by their lowest and highest coordinates."""
    choice = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return boxes[:, choice, np.arange(3)].reshape(-1, 3)


def _distance(points: Array, back: Array) -> float:
    """From how far away, in the direction `back` of the origin, points are all in the picture."""
    across = _unit(np.cross(UP, back))
    seen = points @ np.stack([across / ASPECT, np.cross(back, across)], axis=1)
    return float(np.max(points @ back + MARGIN * np.abs(seen).max(axis=1) / np.tan(0.5 * FIELD_OF_VIEW)))


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
