"""Where pins hold the cloth at a time. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warp_fabric.scene.settings import Pin

Array = NDArray[np.float64]


def path_point(path: ArrayLike, time: float) -> Array:
    """`[3]` m, a path `[keys, 4]` (s and m) at a time [s]: linear between its keys, held before and after."""
    times, *axes = np.asarray(path, dtype=np.float64).T
    return np.array([np.interp(time, times, axis) for axis in axes])


def pin_targets(pins: Sequence[Pin], rest: Array, time: float) -> Array:
    """`[pins, 3]` m, where pins pull their crossings to at a time [s]: along their paths, else where they are at rest.

    Args:
        rest: `[picks, ends, 3]` m.
    """
    held = [path_point(pin.path, time) if pin.path else rest[tuple(pin.crossing)] for pin in pins]
    return np.array(held).reshape(-1, 3)
