"""sRGB colours to linear light and back (IEC 61966-2-1). NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def to_linear(color: ArrayLike) -> NDArray[np.float64]:
    """Linear RGB of sRGB colours, both 0 to 1, any shape."""
    color = np.asarray(color, dtype=np.float64)
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def from_linear(light: ArrayLike) -> NDArray[np.float64]:
    """sRGB colours of linear RGB, any shape; light outside 0 to 1 is clipped."""
    light = np.clip(np.asarray(light, dtype=np.float64), 0.0, 1.0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
