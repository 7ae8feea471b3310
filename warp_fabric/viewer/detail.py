"""How much of a cloth is drawn as yarns, and how finely."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from warp_fabric.viewer.subject import Subject, Window

Array = NDArray[np.float64]

MOST_PIECES = 64_000
"""Pieces of yarn in one picture, so that ten pictures a second reach the browser, and it can draw them."""
FINEST, COARSEST = 6, 2
"""Pieces from one crossing to the next: where yarns look round, and where they still go over and under."""
NEAR = 64
"""Picks and ends of a large cloth that are drawn as yarns near the camera."""
SEEN = 0.010
"""Share of the picture's height that a spacing must have for its yarns to be worth drawing."""


class Shape(StrEnum):
    automatic = "automatic"
    yarns = "yarns"
    surface = "surface"


def samples_for(subjects: Sequence[Subject]) -> int:
    """Pieces from one crossing to the next that these may have together; 0 where they are too large for yarns."""
    fixed = sum(each.piece_count for each in subjects if each.fixed_samples)
    free = sum(each.piece_count for each in subjects if not each.fixed_samples)
    if not free:
        return FINEST
    samples = max(MOST_PIECES - fixed, 0) // free
    return min(samples, FINEST) if samples >= COARSEST else 0


def window_around(crossing: tuple[int, int], grid: tuple[int, int], step: int) -> Window:
    """The picks and ends around a crossing that are drawn as yarns, in whole cells of a surface."""
    return tuple(_around(at, count, step) for at, count in zip(crossing, grid))  # pyright: ignore[reportReturnType]


def _around(at: int, count: int, step: int) -> slice:
    first = int(np.clip(at - NEAR // 2, 0, max(count - NEAR, 0))) // step * step
    last = min(first + -(-NEAR // step) * step, count)
    return slice(first, last)


def worth_yarns(distance: float, spacing: float, field_of_view: float) -> bool:
    """Whether yarns so far apart can be told apart.

    Args:
        distance: From the camera, in the units of `spacing`.
        field_of_view: Of the camera's height [rad].
    """
    return spacing > SEEN * 2.0 * distance * np.tan(0.5 * field_of_view)
