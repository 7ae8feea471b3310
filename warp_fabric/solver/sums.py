"""Numbers about vectors that a device computes and the host reads.

Sums are made tile by tile in a fixed order, so that a run gives the same bits each time.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.clearing import clear
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
def _largest(x: wp.array(dtype=f64), out: wp.array(dtype=f64)):
    wp.atomic_max(out, 0, wp.abs(x[wp.tid()]))


class Products:
    """Inner products of vectors.

    Args:
        most: Of them at once. size: Numbers of a vector.
    """

    def __init__(self, most: int, size: int, device: wp.Device) -> None:
        self._device, self._tiles = device, -(-size // TILE)
        columns = -(-self._tiles // BLOCK) * BLOCK
        self._parts = wp.zeros((most, columns), dtype=f64, device=device)

    def launch(self, vectors: wp.array, count: int, x: wp.array, out: wp.array, first: int = 0) -> None:
        """out[first + i] = vectors[i] . x for i < count; of float64 arrays, [most, size] and [size]."""
        where = {"device": self._device, "block_dim": BLOCK}
        shape, inputs = [count, self._tiles], [vectors, x]
        wp.launch_tiled(_dots, dim=shape, inputs=inputs, outputs=[self._parts], **where)
        inputs = [self._parts, self._tiles, first]
        wp.launch_tiled(_add_up, dim=[count], inputs=inputs, outputs=[out], **where)


def launch_largest(x: wp.array, out: wp.array) -> None:
    """out[0] = the largest absolute number of an array."""
    clear(out)
    numbers = flat(x)
    wp.launch(_largest, len(numbers), [numbers], [out], device=x.device)


class Staging:
    """Memory of the host that a device reaches by itself, as large as one of its arrays, between which and it numbers
    are copied.

    Attributes:
        seen: [size of the array] float64, its numbers in a row.
    """

    def __init__(self, array: wp.array) -> None:
        self.array = array
        pinned = array.device.is_cuda  # pyright: ignore[reportOptionalMemberAccess]
        self._memory = wp.zeros(array.shape, dtype=array.dtype, device="cpu", pinned=pinned)
        self.seen: np.ndarray = self._memory.numpy().reshape(-1)

    def fetch(self) -> None:
        """Copy the array here; may be recorded. It is done only once `wait` is."""
        wp.copy(self._memory, self.array)

    def wait(self) -> np.ndarray:
        """Wait for the device; the numbers."""
        wp.synchronize_stream(self.array.device)
        return self.seen

    def send(self) -> None:
        """Copy the numbers to the array; leave them as they are until the device has been waited for."""
        wp.copy(self.array, self._memory)
