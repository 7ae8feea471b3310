"""Bars: what a straight move of all crossings must not do, so that nothing passes through anything.

Two beads of a pair must not come nearer than a quarter of their core, or than they were.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Held
from warp_fabric.forces.contact.law import CORE
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.types import f64, vec3

SHARE = wp.constant(wp.float64(0.25))
"""Of the core: how near beads may come."""


@wp.func
def nearest_on_way(start: vec3, end: vec3) -> f64:
    """The least length of a vector that moves straight from `start` to `end`."""
    way = end - start
    length = wp.length_sq(way)
    t = f64(0.0)
    if length > f64(0.0):
        t = wp.clamp(-wp.dot(start, way) / length, f64(0.0), f64(1.0))
    return wp.length(start + t * way)


@wp.kernel(enable_backward=False)
def _bar_pairs(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    barred: wp.array(dtype=wp.int32),
):
    a = wp.tid()
    x0, x1 = bead_place(beads, start, a), bead_place(beads, end, a)
    radius = bead_radius(beads, material, a)
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        if a < b:
            gap0, gap1 = x0 - bead_place(beads, start, b), x1 - bead_place(beads, end, b)
            least = SHARE * CORE * (radius + bead_radius(beads, material, b))
            if nearest_on_way(gap0, gap1) < wp.min(least, wp.length(gap0)):
                barred[0] = 1


class Bars:
    """Looks along moves of one model."""

    def __init__(self, model: Model, held: Held) -> None:
        self.model, self.held = model, held
        self._barred = wp.zeros(1, dtype=wp.int32, device=model.device)

    def admit(self, start: wp.array, end: wp.array) -> bool:
        """Whether crossings may move straight from `start` to `end`, [N] vec3 m, for which candidates must hold."""
        model, pairs = self.model, self.held.candidates
        assert pairs is not None
        self._barred.zero_()
        if model.touches_itself:
            inputs = [model.beads, model.material, pairs.first, pairs.partner, start, end]
            wp.launch(_bar_pairs, model.bead_count, inputs, [self._barred], device=model.device)
        return not self._barred.numpy()[0]
