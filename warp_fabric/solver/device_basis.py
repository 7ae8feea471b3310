"""The vectors of GMRES on a device; of each iteration the host reads its few numbers at once.

Sums are made tile by tile in a fixed order, so that a run gives the same bits each time. Gram-Schmidt always goes
twice: to ask whether once is enough would cost more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import warp as wp

from warp_fabric.solver.basis import Basis
from warp_fabric.solver.recorded import Recorded
from warp_fabric.solver.views import flat
from warp_fabric.types import f64

TILE = 1024
"""Numbers that a block of threads adds up."""
BLOCK = 256


@wp.kernel(enable_backward=False)
def _dots(x: wp.array2d(dtype=f64), y: wp.array(dtype=f64), parts: wp.array2d(dtype=f64)):
    """parts[i, t] = x[i] . y within tile t; beyond an array's end, tiles are zero."""
    i, t = wp.tid()
    a = wp.tile_load(x[i], shape=TILE, offset=t * TILE)
    b = wp.tile_load(y, shape=TILE, offset=t * TILE)
    wp.tile_store(parts[i], wp.tile_sum(wp.tile_map(wp.mul, a, b)), offset=t)


@wp.kernel(enable_backward=False)
def _add_up(parts: wp.array2d(dtype=f64), tiles: int, first: int, out: wp.array(dtype=f64)):
    """out[first + i]: the sum of the first `tiles` numbers of row i; what follows them is zero."""
    i = wp.tid()
    total = wp.tile_zeros(shape=BLOCK, dtype=f64)
    for t in range((tiles + wp.static(BLOCK - 1)) / BLOCK):
        total += wp.tile_load(parts[i], shape=BLOCK, offset=t * BLOCK)
    wp.tile_store(out, wp.tile_sum(total), offset=first + i)


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
        self._tiles = -(-size // TILE)
        columns = -(-self._tiles // BLOCK) * BLOCK
        pinned = device.is_cuda
        with wp.ScopedDevice(device):
            self._vectors = wp.zeros((most, size), dtype=f64)
            self._rest = wp.zeros((1, size), dtype=f64)
            self._parts = wp.zeros((most, columns), dtype=f64)
            self._numbers, self._weights = wp.zeros(2 * most + 1, dtype=f64), wp.zeros(most, dtype=f64)
        # Where the host reads, and what it writes: memory that the device reaches by itself.
        self._read, self._written = (
            wp.zeros(each.shape, dtype=f64, device="cpu", pinned=pinned) for each in (self._numbers, self._weights)
        )
        self._seen, self._given = self._read.numpy(), self._written.numpy()
        self._work: dict[tuple, Recorded] = {}

    def norm(self, x: wp.array) -> float:
        self._run("norm", [x], lambda: self._measure(flat(x)))
        return self._numbers_read()[-1] ** 0.5

    def take(self, x: wp.array) -> None:
        wp.copy(self._rest, flat(x).reshape((1, self._size)))

    def leave(self, x: wp.array, y: wp.array) -> float:
        def work() -> None:
            self._launch(_sum, [flat(x), -1.0, flat(y)], [self._rest[0]])
            self._measure(self._rest[0])

        self._run("leave", [x, y], work)
        return self._numbers_read()[-1] ** 0.5

    def begin(self, norm: float, out: wp.array) -> None:
        def work() -> None:
            self._measure(self._rest[0])
            self._normalise(self._rest[0], 0, out)

        self._run("begin", [out], work)

    def grow(self, count: int, image: wp.array, out: wp.array) -> tuple[list[float], float]:
        def work() -> None:
            x = flat(image)
            for first in (0, self._most):
                self._project(self._vectors, count, x, first)
                self._launch(_take_off, [self._vectors, count, self._numbers, first], [x])
            self._measure(x)
            self._normalise(x, count, out)

        self._run(count, [image, out], work)
        numbers = self._numbers_read()
        column = numbers[:count] + numbers[self._most : self._most + count]
        return column.tolist(), float(numbers[-1]) ** 0.5

    def combine(self, weights: Sequence[float], out: wp.array) -> None:
        self._given[: len(weights)] = weights
        wp.copy(self._weights, self._written)
        self._launch(_combine, [self._vectors, len(weights), self._weights], [flat(out)])

    def add(self, x: wp.array, y: wp.array, out: wp.array) -> None:
        self._launch(_sum, [flat(x), 1.0, flat(y)], [flat(out)])

    def _measure(self, x: wp.array) -> None:
        """The last number becomes x . x; all become the host's to read."""
        self._project(x.reshape((1, self._size)), 1, x, 2 * self._most)
        wp.copy(self._read, self._numbers)

    def _normalise(self, x: wp.array, place: int, out: wp.array) -> None:
        self._launch(_scale, [x, self._numbers, 2 * self._most], [self._vectors[place], flat(out)])

    def _project(self, vectors: wp.array, count: int, x: wp.array, first: int) -> None:
        """The numbers from `first` on become the first vectors' products with x."""
        where = {"device": self._device, "block_dim": BLOCK}
        shape, inputs = [count, self._tiles], [vectors, x]
        wp.launch_tiled(_dots, dim=shape, inputs=inputs, outputs=[self._parts], **where)
        inputs = [self._parts, self._tiles, first]
        wp.launch_tiled(_add_up, dim=[count], inputs=inputs, outputs=[self._numbers], **where)

    def _launch(self, kernel: wp.Kernel, inputs: list, outputs: list) -> None:
        wp.launch(kernel, self._size, inputs, outputs, device=self._device, block_dim=BLOCK)

    def _numbers_read(self) -> np.ndarray:
        """Once the device has written them."""
        wp.synchronize_stream(self._device)
        return self._seen

    def _run(self, name: object, arrays: list[wp.array], work) -> None:
        key = (name, *map(id, arrays))
        if key not in self._work:
            self._work[key] = Recorded(self._device, work)
        self._work[key]()
