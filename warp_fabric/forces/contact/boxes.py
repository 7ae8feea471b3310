"""The boxes that beads stay in between two searches for what they may touch.

Boxes are float32, as Warp's trees are, and are rounded outwards.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64, vec3

ROUND_OUT = wp.constant(wp.float64(1.0e-6))
"""Relative, of coordinates: more than float32 rounds."""


@wp.struct
class Boxes:
    """[K] each: where a bead's centre may be, and what it may touch from there."""

    low: wp.array(dtype=wp.vec3f)
    high: wp.array(dtype=wp.vec3f)
    wide_low: wp.array(dtype=wp.vec3f)
    wide_high: wp.array(dtype=wp.vec3f)


@wp.func
def single(x: vec3) -> wp.vec3f:
    return wp.vec3f(wp.float32(x[0]), wp.float32(x[1]), wp.float32(x[2]))


@wp.func
def double(x: wp.vec3f) -> vec3:
    return vec3(f64(x[0]), f64(x[1]), f64(x[2]))


@wp.kernel(enable_backward=False)
def _pack(first: wp.array(dtype=wp.int32), row: wp.array2d(dtype=wp.int32), packed: wp.array(dtype=wp.int32)):
    """Rows behind each other, each sorted."""
    a = wp.tid()
    start = first[a]
    for k in range(first[a + 1] - start):
        b = row[a, k]
        place = start + k
        while place > start and packed[place - 1] > b:
            packed[place] = packed[place - 1]
            place -= 1
        packed[place] = b


class Rows:
    """Lists of numbers, one for each bead, that a kernel finds: sorted, and behind each other.

    Attributes:
        first: [K + 1] int32, where each bead's begins in `packed`. packed: int32, with room to spare. total: in use.
    """

    WIDTH = 32

    def __init__(self, count: int, device: wp.Device) -> None:
        self._beads, self._device = count, device
        self.total = 0
        with wp.ScopedDevice(device):
            self._count, self.first = (wp.zeros(count + 1, dtype=wp.int32) for _ in range(2))
            self._row = wp.zeros((count, self.WIDTH), dtype=wp.int32)
            self.packed = wp.zeros(count, dtype=wp.int32)

    def find(self, kernel: wp.Kernel, inputs: list) -> bool:
        """Fill the lists by a kernel whose outputs are how many there are of each bead, from entry 1, and rows
        that hold as many as there is room for; whether `packed` is a new array."""
        while True:
            wp.launch(kernel, self._beads, inputs, [self._count, self._row], device=self._device)
            most = int(self._count.numpy().max())
            if most <= self._row.shape[1]:
                break
            self._row = wp.zeros((self._beads, 2 * most), dtype=wp.int32, device=self._device)
        wp.utils.array_scan(self._count, self.first, inclusive=True)
        self.total = int(self.first.numpy()[-1])
        grown = self.total > len(self.packed)
        if grown:
            size = max(self.total * 3 // 2, 2 * len(self.packed))
            self.packed = wp.zeros(size, dtype=wp.int32, device=self._device)
        wp.launch(_pack, self._beads, [self.first, self._row], [self.packed], device=self._device)
        return grown
