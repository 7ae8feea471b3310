"""Arrays' numbers on the host: on the CPU an array's own memory, seen once and for all; elsewhere copies."""

from __future__ import annotations

import numpy as np
import warp as wp


class HostArrays:
    """The arrays of one solver. Asking Warp for a view costs as much as the work on a small cloth."""

    def __init__(self) -> None:
        self._views: dict[int, tuple[wp.array, np.ndarray]] = {}

    def get(self, array: wp.array) -> np.ndarray:
        """All numbers of an array, flat; on the CPU to be written too."""
        if not _on_host(array):
            return array.numpy().reshape(-1)
        seen = self._views.get(id(array))
        if seen is None:
            # The array is held, so that its id stays its own.
            seen = self._views[id(array)] = (array, array.numpy().reshape(-1))
        return seen[1]

    def put(self, array: wp.array, values: np.ndarray) -> None:
        """Set all numbers of an array from flat ones."""
        if _on_host(array):
            self.get(array)[:] = values
        else:
            array.assign(values.reshape(len(array), -1))

    def copy(self, target: wp.array, source: wp.array) -> None:
        """target = source, without a way through the host where that is another device."""
        if _on_host(target):
            self.get(target)[:] = self.get(source)
        else:
            wp.copy(target, source)

    def dot(self, x: wp.array, y: wp.array) -> float:
        """x . y."""
        if _on_host(x):
            return float(self.get(x) @ self.get(y))
        with wp.ScopedDevice(x.device):
            return float(wp.utils.array_inner(x, y))


def _on_host(array: wp.array) -> bool:
    return array.device.is_cpu  # pyright: ignore[reportOptionalMemberAccess]
