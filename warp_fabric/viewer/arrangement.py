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
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Arrangement:
    """From metres to view units.

    Attributes:
        scale: View units per metre.
        centres: `[subjects, 3]` m, what comes to lie at `offsets`.
        offsets: `[subjects, 3]` view units.
        tops: `[subjects, 3]` view units, above the middle of each.
        eye: `[3]`, a place for the camera from which all is seen. The view's origin is in the middle of it all.
    """

    scale: float
    centres: Array
    offsets: Array
    tops: Array
    eye: Array

    @classmethod
    def of(cls, subjects: Sequence[Subject], beside: bool) -> Arrangement:
        """The arrangement of some subjects, next to each other or else all where they are."""
        bounds = np.array([each.bounds() for each in subjects])  # [subjects, 2, 3]
        size = np.ptp(bounds, axis=1)
        scale = SIZE / max(float(size.max()), 1e-9)
        face = subjects[0].facing()
        lying = abs(face[2]) > 0.8
        if lying:
            face, over = UP, np.array([0.0, 1.0, 0.0])
        else:
            face = _unit(face - face[2] * UP)
            over = UP
        right = np.cross(over, face)
        count = len(subjects)
        if beside:
            centres = bounds.mean(axis=1)
            wide = float((np.abs(right) * size).sum(axis=1).max()) * scale + GAP * SIZE
            offsets = (np.arange(count) - 0.5 * (count - 1))[:, None] * wide * right
        else:
            middle = 0.5 * (bounds[:, 0].min(axis=0) + bounds[:, 1].max(axis=0))
            centres, offsets = np.tile(middle, (count, 1)), np.zeros((count, 3))
        low, high = ((bounds[:, k] - centres) * scale + offsets for k in (0, 1))
        tops = 0.5 * (low + high) + (0.5 * (np.abs(over) * (high - low)).sum(axis=1) + 0.05 * SIZE)[:, None] * over
        back = 0.8 * face - 0.6 * over + 0.2 * right if lying else face - 0.45 * right + 0.18 * over
        radius = 0.5 * float(np.linalg.norm(high.max(axis=0) - low.min(axis=0)))
        eye = _unit(back) * 0.75 * radius / np.sin(0.5 * FIELD_OF_VIEW)
        return cls(scale, centres, offsets, tops, eye)


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
