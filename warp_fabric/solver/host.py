"""Arrays' numbers on the host: on the CPU an array's own memory, seen once and for all; elsewhere copies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import warp as wp

from warp_fabric.solver.recorded import Recorded
from warp_fabric.solver.sums import Products, Staging, launch_largest
from warp_fabric.solver.views import flat
from warp_fabric.types import f64


class HostArrays:
    """The arrays of one solver. Asking Warp for a view costs as much as the work on a small cloth."""

    def __init__(self) -> None:
        # Arrays are held, so that their ids stay their own.
        self._views: dict[int, tuple[wp.array, np.ndarray]] = {}
        self._staged: dict[int, Staging] = {}
        self._measures: dict[tuple, tuple[Recorded, Staging]] = {}

    def get(self, array: wp.array) -> np.ndarray:
        """All numbers of an array, flat; on the CPU to be written too, elsewhere copied over those of the last time."""
        if not on_host(array):
            staged = self._staging(array)
            staged.fetch()
            return staged.wait()
        seen = self._views.get(id(array))
        if seen is None:
            seen = self._views[id(array)] = (array, array.numpy().reshape(-1))
        return seen[1]

    def put(self, array: wp.array, values: np.ndarray) -> None:
        """Set all numbers of an array from flat ones, such as `get` gave."""
        if on_host(array):
            mine = self.get(array)
            if values is not mine:
                mine[:] = values
            return
        staged = self._staging(array)
        if values is not staged.seen:
            staged.wait()[:] = values
        staged.send()

    def copy(self, target: wp.array, source: wp.array) -> None:
        """target = source, without a way through the host where that is another device."""
        if on_host(target):
            self.get(target)[:] = self.get(source)
        else:
            wp.copy(target, source)

    def dot(self, x: wp.array, y: wp.array) -> float:
        """x . y."""
        if on_host(x):
            return float(self.get(x) @ self.get(y))

        def work(out: wp.array) -> Callable[[], None]:
            first, second = flat(x), flat(y)
            products = Products(1, len(first), x.device)
            return lambda: products.launch(first.reshape((1, len(first))), 1, second, out)

        return self._measure("dot", (x, y), work)

    def largest(self, x: wp.array) -> float:
        """The largest absolute number."""
        if on_host(x):
            values = self.get(x)
            return float(max(values.max(), -values.min()))
        return self._measure("largest", (x,), lambda out: lambda: launch_largest(x, out))

    def _staging(self, array: wp.array) -> Staging:
        if id(array) not in self._staged:
            self._staged[id(array)] = Staging(array)
        return self._staged[id(array)]

    def _measure(
        self, name: str, arrays: tuple[wp.array, ...], prepared: Callable[[wp.array], Callable[[], None]]
    ) -> float:
        """A number about arrays, by work that sets an array of one; it is recorded, with the copy of that array."""
        key = (name, *map(id, arrays))
        if key not in self._measures:
            device = arrays[0].device
            staged = Staging(wp.zeros(1, dtype=f64, device=device))
            launch = prepared(staged.array)

            def work() -> None:
                launch()
                staged.fetch()

            self._measures[key] = (Recorded(device, work), staged)
        work, staged = self._measures[key]
        work()
        return float(staged.wait()[0])


def on_host(array: wp.array) -> bool:
    return array.device.is_cpu  # pyright: ignore[reportOptionalMemberAccess]
