"""Arrays that pretend to be where the host cannot reach them, for tests of what is done on a GPU."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import warp as wp


class Elsewhere:
    """An array on another device than the CPU: its numbers are copied out and in."""

    device = SimpleNamespace(is_cpu=False)

    def __init__(self, array: wp.array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def numpy(self) -> np.ndarray:
        return self._array.numpy().copy()

    def assign(self, values: np.ndarray) -> None:
        self._array.assign(values)
