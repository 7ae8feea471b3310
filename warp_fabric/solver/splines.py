"""Smooth functions on a row of points: uniform cubic B-splines (NumPy only)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ORDER = 4
"""Functions that are not zero at a point."""


@dataclass(frozen=True)
class Splines:
    """The functions on `count` points.

    Attributes:
        first: [count] number of the first function that is not zero at a point.
        weight: [count, 4] values of that one and the next three there; they add up to 1.
        span: [functions, 2] points from which, and before which, a function is not zero.
    """

    first: NDArray[np.int32]
    weight: NDArray[np.float64]
    span: NDArray[np.int32]

    @property
    def functions(self) -> int:
        return len(self.span)

    def values(self) -> NDArray[np.float64]:
        """[count, functions] all values."""
        values = np.zeros((len(self.first), self.functions + ORDER))
        for k in range(ORDER):
            values[np.arange(len(self.first)), self.first + k] = self.weight[:, k]
        return values[:, : self.functions]


def splines_on(count: int, spacing: float) -> Splines:
    """Uniform cubic B-splines over points 0 to `count - 1`.

    Args:
        spacing: Points per interval between knots, about; rounded so that intervals are whole. On four points or
            fewer, where there would be more functions than points, each point has a function of its own.
    """
    if count <= ORDER:
        points = np.arange(count, dtype=np.int32)
        weight = np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))
        return Splines(points, weight, np.stack([points, points + 1], axis=1))
    cells = max(1, int((count - 1) / spacing + 0.5))
    at = np.arange(count) * cells / (count - 1)
    first = np.minimum(at.astype(np.int32), cells - 1)
    t = at - first
    weight = (
        np.stack(
            [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 3 * (t**2 - t**3 + t) + 1, t**3],
            axis=1,
        )
        / 6.0
    )
    weight[np.abs(weight) < 1e-15] = 0.0
    functions = cells + ORDER - 1
    number = first[:, None] + np.arange(ORDER)
    span = np.empty((functions, 2), np.int32)
    for function in range(functions):
        rows = np.flatnonzero(((number == function) & (weight != 0.0)).any(axis=1))
        span[function] = rows[0], rows[-1] + 1
    return Splines(first, weight, span)
