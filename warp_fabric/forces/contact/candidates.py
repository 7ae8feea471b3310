"""Broad phase: what beads may come to touch while they stay in their boxes.

Each bead has a box with room to move in. As long as no bead leaves its own, the candidates are all pairs whose boxes,
widened by the beads' radii, meet, and all triangles that meet a widened box; they are found anew where one does. Rows
are sorted, so that sums over them have one order; what does not touch adds nothing, so results do not depend on boxes.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius, may_touch
from warp_fabric.forces.contact.boxes import ROUND_OUT, Boxes, Rows, double, single
from warp_fabric.forces.contact.meshes import NearFaces
from warp_fabric.forces.contact.near_faces import FaceTree
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.types import f64, mat33, vec3

WIDER = wp.constant(wp.float64(1.01))
"""What a bead's radius counts in the search: a little more than it is."""


@wp.kernel(enable_backward=False)
def _has_left(beads: Beads, position: wp.array(dtype=vec3), boxes: Boxes, left: wp.array(dtype=wp.int32)):
    """A position that is not a number has not left."""
    b = wp.tid()
    x = bead_place(beads, position, b)
    lower, upper = double(boxes.low[b]), double(boxes.high[b])
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
    third: wp.array(dtype=vec3),
    boxes: Boxes,
):
    """All three places with `room` times the bead's radius around them; and widened by that radius."""
    b = wp.tid()
    x, y, z = bead_place(beads, first, b), bead_place(beads, second, b), bead_place(beads, third, b)
    radius = bead_radius(beads, material, b)
    lower, upper = wp.min(wp.min(x, y), z), wp.max(wp.max(x, y), z)
    size = wp.max(wp.max(wp.abs(lower)), wp.max(wp.abs(upper)))
    most = room * radius + ROUND_OUT * size
    lower, upper = lower - vec3(most, most, most), upper + vec3(most, most, most)
    boxes.low[b] = single(lower)
    boxes.high[b] = single(upper)
    wide = WIDER * radius + ROUND_OUT * size
    boxes.wide_low[b] = single(lower - vec3(wide, wide, wide))
    boxes.wide_high[b] = single(upper + vec3(wide, wide, wide))


@wp.func
def may_meet(boxes: Boxes, a: int, b: int, touch: f64) -> bool:
    """Whether beads that stay in their boxes may come nearer than `touch`."""
    least = wp.max(boxes.low[a] - boxes.high[b], boxes.low[b] - boxes.high[a])
    return wp.length_sq(double(wp.max(least, wp.vec3f()))) < touch * touch


@wp.kernel(enable_backward=False)
def _meet(
    beads: Beads,
    material: Material,
    tree: wp.uint64,
    boxes: Boxes,
    count: wp.array(dtype=wp.int32),
    row: wp.array2d(dtype=wp.int32),
):
    a = wp.tid()
    found = int(0)
    radius = bead_radius(beads, material, a)
    query = wp.bvh_query_aabb(tree, boxes.wide_low[a], boxes.wide_high[a])
    b = int(0)
    while wp.bvh_query_next(query, b):
        if may_touch(beads, a, b) and may_meet(boxes, a, b, WIDER * (radius + bead_radius(beads, material, b))):
            if found < row.shape[1]:
                row[a, found] = b
            found += 1
    count[a + 1] = found


@wp.kernel(enable_backward=False)
def _pack(
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    coupling: wp.array(dtype=mat33),
    begin: wp.array(dtype=wp.int32),
    acting: wp.array(dtype=wp.int32),
    packed_partner: wp.array(dtype=wp.int32),
    packed_coupling: wp.array(dtype=mat33),
):
    a = wp.tid()
    free = first[a]
    for s in range(first[a], first[a + 1]):
        c = coupling[s]
        if wp.ddot(c, c) != f64(0.0):
            packed_partner[free] = partner[s]
            packed_coupling[free] = c
            free += 1
    begin[a] = first[a]
    acting[a] = free - first[a]


@wp.struct
class Couplings:
    """The pairs that have a coupling: of bead a, `count[a]` from `first[a]` on. They stay as they are, with the matrix
    that they are of, when other candidates are found."""

    first: wp.array(dtype=wp.int32)
    count: wp.array(dtype=wp.int32)
    partner: wp.array(dtype=wp.int32)
    value: wp.array(dtype=mat33)


class Candidates:
    """Pairs of beads that may touch, each in the rows of both, and triangles that beads may touch.

    Attributes:
        first: [K + 1] int32, where each bead's row begins in the arrays of pairs. partner: [P] int32.
        pair_count: How many of the P there are. near: Triangles.
        normal: [P] vec3, limit: [P] N, what friction holds. coupling: [P] mat33, Jacobian of the force on the row's
            bead by the partner's place. couplings: Those that are not 0, as of the last `pack`.
    """

    ROOM = 0.5  # of a bead's radius, for its box beyond where it is thought to go

    def __init__(self, model: Model, material: Material, requires_grad: bool = False) -> None:
        self.model, self._material, self._requires_grad = model, material, requires_grad
        count, device = model.bead_count, model.device
        self._boxes, self._tree, self._known = Boxes(), None, False
        with wp.ScopedDevice(device):
            for name in Boxes.vars:
                setattr(self._boxes, name, wp.zeros(count, dtype=wp.vec3f))
            self._left = wp.zeros(1, dtype=wp.int32)
            paired = count if model.touches_itself else 0
            self.couplings = Couplings()
            self.couplings.first, self.couplings.count = (wp.zeros(paired, dtype=wp.int32) for _ in range(2))
            self.couplings.partner, self.couplings.value = wp.zeros(0, dtype=wp.int32), wp.zeros(0, dtype=mat33)
        self._pairs = Rows(paired, device)
        self._faces = Rows(count if model.obstacle_vertices else 0, device)
        self._face_tree = FaceTree(model) if model.obstacle_vertices else None
        self.near = NearFaces()
        self.near.first, self.near.face = self._faces.first, self._faces.packed
        self._hold()

    def _hold(self) -> None:
        size = len(self._pairs.packed)
        with wp.ScopedDevice(self.model.device):
            self.normal = wp.zeros(size, dtype=vec3, requires_grad=self._requires_grad)
            self.limit = wp.zeros(size, dtype=f64, requires_grad=self._requires_grad)
            self.coupling = wp.zeros(size, dtype=mat33)
            partner, value = wp.zeros(size, dtype=wp.int32), wp.zeros(size, dtype=mat33)
        wp.copy(partner, self.couplings.partner, count=len(self.couplings.partner))
        wp.copy(value, self.couplings.value, count=len(self.couplings.value))
        self.couplings.partner, self.couplings.value = partner, value

    @property
    def first(self) -> wp.array:
        return self._pairs.first

    @property
    def partner(self) -> wp.array:
        return self._pairs.packed

    @property
    def pair_count(self) -> int:
        return self._pairs.total

    def acting(self, once: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The pairs with a coupling: beads [P], partners [P] and couplings [P, 3, 3]; each in both orders, or, where
        `once`, only that of the lower number first, sorted."""
        made = self.couplings
        count = made.count.numpy()
        beads = np.repeat(np.arange(len(count)), count)
        at = np.arange(len(beads)) + np.repeat(made.first.numpy() - np.cumsum(count) + count, count)
        partners = made.partner.numpy()[at]
        if once:
            kept = np.flatnonzero(beads < partners)
            beads, partners, at = beads[kept], partners[kept], at[kept]
        return beads, partners, made.value.numpy()[at]

    def pack(self) -> None:
        """Take over the couplings: products meet but those that are not 0."""
        if self.model.touches_itself:
            inputs, made = [self.first, self.partner, self.coupling], self.couplings
            outputs = [made.first, made.count, made.partner, made.value]
            wp.launch(_pack, self.model.bead_count, inputs, outputs, device=self.model.device)

    def cover(
        self,
        position: wp.array,
        other: wp.array,
        vertex: wp.array,
        moved: bool = True,
        besides: wp.array | None = None,
    ) -> bool:
        """See to it that the candidates hold for both states, [N] vec3 m, and all on the straight way between; whether
        arrays are new, so that what was recorded with them must be recorded again.

        Args:
            besides: A state that they are to hold for too.
            vertex: [V, 2] vec3, m, of meshes at the start and the end of the step. moved: Whether these may be others
                than before.
        """
        grown = False
        places = (position, other, position if besides is None else besides)
        outside = not self._known or any(map(self.left, {id(place): place for place in places}.values()))
        if outside:
            self._known = True
            inputs = [self.model.beads, self._material, self.ROOM, *places]
            wp.launch(_box, self.model.bead_count, inputs, [self._boxes], device=self.model.device)
            if self.model.touches_itself:
                grown = self._find_pairs()
        tree, elsewhere = self._face_tree, outside or (moved and self.model.obstacles_move)
        if tree is not None and elsewhere and self._faces.find(*tree.search(vertex, self._boxes)):
            self.near.face, grown = self._faces.packed, True
        return grown

    def look(self, position: wp.array) -> None:
        """Ask whether any bead is outside its box, on the device; `found_outside` answers."""
        self._left.zero_()
        inputs = [self.model.beads, position, self._boxes]
        wp.launch(_has_left, self.model.bead_count, inputs, [self._left], device=self.model.device)

    def found_outside(self) -> bool:
        return bool(self._left.numpy()[0])

    def left(self, position: wp.array) -> bool:
        """Whether any bead is outside its box."""
        self.look(position)
        return self.found_outside()

    def _find_pairs(self) -> bool:
        boxes = self._boxes
        if self._tree is None:
            self._tree = wp.Bvh(boxes.wide_low, boxes.wide_high)
        else:
            self._tree.rebuild()
        grown = self._pairs.find(_meet, [self.model.beads, self._material, self._tree.id, boxes])
        if grown:
            self._hold()
        return grown
