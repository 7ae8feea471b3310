"""Which crossing a ray from the camera meets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def crossing_on_ray(position: Array, origin: Array, direction: Array, reach: float) -> tuple[int, int, float] | None:
    """The crossing that is seen where one clicks.

    Args:
        position: `[picks, ends, 3]`, crossings; not numbers where there is none.
        origin, direction: `[3]`, the ray.
        reach: How far from the ray a crossing may be.

    Returns:
        Pick, end and the distance along the ray, or None where the ray misses the cloth. Of the crossings in reach
        these are the nearest to the ray on the side of the cloth that the camera sees.
    """
    direction = np.asarray(direction, dtype=np.float64) / np.linalg.norm(direction)
    offset = position.reshape(-1, 3) - origin
    along = offset @ direction
    aside = np.linalg.norm(offset - along[:, None] * direction, axis=1)
    hit = np.flatnonzero((aside <= reach) & (along > 0.0))
    if not len(hit):
        return None
    front = hit[along[hit] <= along[hit].min() + 2.0 * reach]
    best = front[np.argmin(aside[front])]
    pick, end = divmod(int(best), position.shape[1])
    return pick, end, float(along[best])
