"""Broad phase: which beads may come to touch while they stay in their boxes.

Each bead has a box with room to move in. As long as no bead leaves its own, the candidates are all pairs whose boxes,
widened by the beads' radii, meet; they are found anew where one does. Boxes are float32, as Warp's trees are, and are
rounded outwards. Rows are sorted, so that sums over them have one order; a pair that does not touch adds nothing, so
results do not depend on the boxes.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius, may_touch
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.types import f64, mat33, vec3

ROUND_OUT = wp.constant(wp.float64(1.0e-6))
"""Relative, of coordinates: more than float32 rounds."""


@wp.func
def single(x: vec3) -> wp.vec3f:
    return wp.vec3f(wp.float32(x[0]), wp.float32(x[1]), wp.float32(x[2]))


@wp.func
def double(x: wp.vec3f) -> vec3:
    return vec3(f64(x[0]), f64(x[1]), f64(x[2]))


@wp.kernel(enable_backward=False)
def _has_left(
    beads: Beads, position: wp.array(dtype=vec3), low: wp.array(dtype=wp.vec3f), high: wp.array(dtype=wp.vec3f),
    left: wp.array(dtype=wp.int32),
):  # fmt: skip
    """Boxes hold centres; a position that is not a number has not left."""
    b = wp.tid()
    x = bead_place(beads, position, b)
    lower, upper = double(low[b]), double(high[b])
    for k in range(3):
        if x[k] < lower[k] or x[k] > upper[k]:
            left[0] = 1


@wp.kernel(enable_backward=False)
def _box(
    beads: Beads,
    material: Material,
    room: f64,
    first: wp.array(dtype=vec3),
    second: wp.array(dtype=vec3),
    low: wp.array(dtype=wp.vec3f),
    high: wp.array(dtype=wp.vec3f),
    wide_low: wp.array(dtype=wp.vec3f),
    wide_high: wp.array(dtype=wp.vec3f),
):
    """Both places with `room` times the bead's radius around them; and widened by that radius."""
    b = wp.tid()
    x, y = bead_place(beads, first, b), bead_place(beads, second, b)
    radius = bead_radius(beads, material, b)
    lower, upper = wp.min(x, y), wp.max(x, y)
    size = wp.max(wp.max(wp.abs(lower)), wp.max(wp.abs(upper)))
    most = room * radius + ROUND_OUT * size
    lower, upper = lower - vec3(most, most, most), upper + vec3(most, most, most)
    low[b] = single(lower)
    high[b] = single(upper)
    wide = f64(1.01) * radius + ROUND_OUT * size
    wide_low[b] = single(lower - vec3(wide, wide, wide))
    wide_high[b] = single(upper + vec3(wide, wide, wide))


@wp.kernel(enable_backward=False)
def _meet(
    beads: Beads,
    tree: wp.uint64,
    low: wp.array(dtype=wp.vec3f),
    high: wp.array(dtype=wp.vec3f),
    count: wp.array(dtype=wp.int32),
    row: wp.array2d(dtype=wp.int32),
):
    """The partners of each bead, as many as a row holds; `count` says how many there are."""
    a = wp.tid()
    found = int(0)
    query = wp.bvh_query_aabb(tree, low[a], high[a])
    b = int(0)
    while wp.bvh_query_next(query, b):
        if may_touch(beads, a, b):
            if found < row.shape[1]:
                row[a, found] = b
            found += 1
    count[a + 1] = found


@wp.kernel(enable_backward=False)
def _pack(first: wp.array(dtype=wp.int32), row: wp.array2d(dtype=wp.int32), partner: wp.array(dtype=wp.int32)):
    """Rows behind each other, each sorted."""
    a = wp.tid()
    start = first[a]
    for k in range(first[a + 1] - start):
        b = row[a, k]
        place = start + k
        while place > start and partner[place - 1] > b:
            partner[place] = partner[place - 1]
            place -= 1
        partner[place] = b


class Candidates:
    """Pairs of beads that may touch, each in the rows of both.

    Args:
        grown: Called where arrays have been made anew, larger: work that was recorded with the old ones must go.

    Attributes:
        first: [K + 1] int32, where each bead's row begins in the arrays of pairs. partner: [P] int32.
        pair_count: of the P how many there are.
        normal: [P] vec3, limit: [P] N, what friction holds. coupling: [P] mat33, Jacobian of the force on the row's
            bead by the partner's place.
    """

    ROOM = 0.5  # of a bead's radius, for its box beyond where it is thought to go
    ROW = 32

    def __init__(self, model: Model, requires_grad: bool = False) -> None:
        assert model.beads is not None
        self.model, self._requires_grad = model, requires_grad
        count = len(model.beads.weight)
        self.pair_count, self._tree = 0, None
        with wp.ScopedDevice(model.device):
            self._low, self._high, self._wide_low, self._wide_high = (wp.zeros(count, dtype=wp.vec3f) for _ in range(4))
            self._left = wp.zeros(1, dtype=wp.int32)
            self._count = wp.zeros(count + 1, dtype=wp.int32)
            self._row = wp.zeros((count, self.ROW), dtype=wp.int32)
            self.first = wp.zeros(count + 1, dtype=wp.int32)
        self._allocate(count)

    def _allocate(self, pairs: int) -> None:
        with wp.ScopedDevice(self.model.device):
            self.partner = wp.zeros(pairs, dtype=wp.int32)
            self.normal = wp.zeros(pairs, dtype=vec3, requires_grad=self._requires_grad)
            self.limit = wp.zeros(pairs, dtype=f64, requires_grad=self._requires_grad)
            self.coupling = wp.zeros(pairs, dtype=mat33)

    def cover(self, position: wp.array, other: wp.array) -> bool:
        """See to it that the candidates hold for both states, [N] vec3 m, and all on the straight way between; whether
        arrays are new, so that what was recorded with them must be recorded again."""
        if self._tree is not None and not (self.left(position) or self.left(other)):
            return False
        return self._find(position, other)

    def left(self, position: wp.array) -> bool:
        """Whether any bead is outside its box."""
        self._left.zero_()
        model = self.model
        inputs = [model.beads, position, self._low, self._high]
        wp.launch(_has_left, len(self._low), inputs, [self._left], device=model.device)
        return bool(self._left.numpy()[0])

    def _find(self, position: wp.array, other: wp.array) -> bool:
        model, count = self.model, len(self._low)
        inputs = [model.beads, model.material, self.ROOM, position, other]
        outputs = [self._low, self._high, self._wide_low, self._wide_high]
        wp.launch(_box, count, inputs, outputs, device=model.device)
        if self._tree is None:
            self._tree = wp.Bvh(self._wide_low, self._wide_high)
        else:
            self._tree.rebuild()
        while True:
            inputs = [model.beads, self._tree.id, self._wide_low, self._wide_high]
            wp.launch(_meet, count, inputs, [self._count, self._row], device=model.device)
            most = int(self._count.numpy().max())
            if most <= self._row.shape[1]:
                break
            self._row = wp.zeros((count, 2 * most), dtype=wp.int32, device=model.device)
        wp.utils.array_scan(self._count, self.first, inclusive=True)
        self.pair_count = int(self.first.numpy()[-1])
        grown = self.pair_count > len(self.partner)
        if grown:
            self._allocate(max(self.pair_count * 3 // 2, 2 * len(self.partner)))
        wp.launch(_pack, count, [self.first, self._row], [self.partner], device=model.device)
        return grown
