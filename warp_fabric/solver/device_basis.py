"""The vectors of GMRES on a device; of each iteration the host reads its few numbers at once.

Gram-Schmidt always goes twice: to ask whether once is enough would cost more.
"""

from __future__ import annotations

from collections.abc import Sequence

import warp as wp

from warp_fabric.solver.basis import Basis
from warp_fabric.solver.recorded import Recorded
from warp_fabric.solver.sums import Products, Staging
from warp_fabric.solver.views import flat
from warp_fabric.types import f64


@wp.kernel(enable_backward=False)
def _take_off(
    vectors: wp.array2d(dtype=f64), count: int, weights: wp.array(dtype=f64), first: int, x: wp.array(dtype=f64)
):
    """x -= weights[first + i] vectors[i], for i < count."""
    p = wp.tid()
    value = x[p]
    for i in range(count):
        value -= weights[first + i] * vectors[i, p]
    x[p] = value


@wp.kernel(enable_backward=False)
def _scale(
    x: wp.array(dtype=f64),
    squares: wp.array(dtype=f64),
    place: int,
    vector: wp.array(dtype=f64),
    out: wp.array(dtype=f64),
):
    """vector = out = x over the root of squares[place]."""
    p = wp.tid()
    value = x[p] / wp.sqrt(squares[place])
    vector[p] = value
    out[p] = value


@wp.kernel(enable_backward=False)
def _combine(vectors: wp.array2d(dtype=f64), count: int, weights: wp.array(dtype=f64), out: wp.array(dtype=f64)):
    p = wp.tid()
    value = f64(0.0)
    for i in range(count):
        value += weights[i] * vectors[i, p]
    out[p] = value


@wp.kernel(enable_backward=False)
def _sum(x: wp.array(dtype=f64), sign: f64, y: wp.array(dtype=f64), out: wp.array(dtype=f64)):
    p = wp.tid()
    out[p] = x[p] + sign * y[p]


class DeviceBasis(Basis):
    """On any device, work that comes again is recorded.

    Args:
        most: Vectors. size: Numbers of a vector.
    """

    def __init__(self, most: int, size: int, device: wp.Device) -> None:
        self._device, self._size, self._most = device, size, most
        with wp.ScopedDevice(device):
            self._vectors = wp.zeros((most, size), dtype=f64)
            self._rest = wp.zeros((1, size), dtype=f64)
            self._numbers, self._weights = (Staging(wp.zeros(n, dtype=f64)) for n in (2 * most + 1, most))
        self._products = Products(most, size, device)
        self._work: dict[tuple, Recorded] = {}

    def norm(self, x: wp.array) -> float:
        self._run("norm", [x], lambda: self._measure(flat(x)))
        return float(self._numbers.wait()[-1]) ** 0.5

    def take(self, x: wp.array) -> None:
        self._run("take", [x], lambda: wp.copy(self._rest, flat(x).reshape((1, self._size))))

    def leave(self, x: wp.array, y: wp.array) -> float:
        def work() -> None:
            self._launch(_sum, [flat(x), -1.0, flat(y)], [self._rest[0]])
            self._measure(self._rest[0])

        self._run("leave", [x, y], work)
        return float(self._numbers.wait()[-1]) ** 0.5

    def begin(self, norm: float, out: wp.array) -> None:
        def work() -> None:
            self._measure(self._rest[0])
            self._normalise(self._rest[0], 0, out)

        self._run("begin", [out], work)

    def grow(self, count: int, image: wp.array, out: wp.array) -> tuple[list[float], float]:
        def work() -> None:
            x = flat(image)
            for first in (0, self._most):
                self._products.launch(self._vectors, count, x, self._numbers.array, first)
                self._launch(_take_off, [self._vectors, count, self._numbers.array, first], [x])
            self._measure(x)
            self._normalise(x, count, out)

        self._run(count, [image, out], work)
        numbers = self._numbers.wait()
        column = numbers[:count] + numbers[self._most : self._most + count]
        return column.tolist(), float(numbers[-1]) ** 0.5

    def combine(self, weights: Sequence[float], out: wp.array) -> None:
        count = len(weights)

        def work() -> None:
            self._weights.send()
            self._launch(_combine, [self._vectors, count, self._weights.array], [flat(out)])

        self._weights.wait()[:count] = weights
        self._run(("combine", count), [out], work)

    def add(self, x: wp.array, y: wp.array, out: wp.array) -> None:
        self._run("add", [x, y, out], lambda: self._launch(_sum, [flat(x), 1.0, flat(y)], [flat(out)]))

    def _measure(self, x: wp.array) -> None:
        """The last number becomes x . x; all become the host's to read."""
        self._products.launch(x.reshape((1, self._size)), 1, x, self._numbers.array, 2 * self._most)
        self._numbers.fetch()

    def _normalise(self, x: wp.array, place: int, out: wp.array) -> None:
        self._launch(_scale, [x, self._numbers.array, 2 * self._most], [self._vectors[place], flat(out)])

    def _launch(self, kernel: wp.Kernel, inputs: list, outputs: list) -> None:
        wp.launch(kernel, self._size, inputs, outputs, device=self._device)

    def _run(self, name: object, arrays: list[wp.array], work) -> None:
        key = (name, *map(id, arrays))
        if key not in self._work:
            self._work[key] = Recorded(self._device, work)
        self._work[key]()
