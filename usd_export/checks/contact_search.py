"""Where yarns come nearer to each other than their radii let them: anywhere along them, any yarn with any other.

A tree of the middles of short straight pieces finds pieces that may touch, then their exact distances tell which do;
for those few the curves themselves are looked at, in finer pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.geometry import catmull_rom

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

CROSSING, BESIDE, FOLD, ITSELF = range(4)
"""Kinds of contacts: of an end and a pick that cross there, of parallel neighbours, of parts of the cloth far apart,
of a yarn with a part of itself that is far along it."""
FAR = 3.0
"""Crossings along the cloth, from which on its parts are far apart."""
PIECES = 4
"""Straight pieces from one crossing to the next; points are taken as they are where there are 3, or up to 7."""
FINER = 4
"""Parts of these pieces that are looked at in the end."""
MARGIN = 0.03
"""Of the sum of radii, that curves may be farther from each other than their straight pieces."""
MOST_PAIRS = 10_000_000
"""Pieces within each other's reach, from which on they are not looked at: a cloth of 1000 x 1000 crossings has more."""
MOST_EACH = 20
"""Unless it is no more than so many for each piece: woven cloth has some ten."""
AT_ONCE = 60_000
"""Pairs of pieces whose distances are computed at once: memory stays bounded, and the processor's cache is used."""


@dataclass(frozen=True)
class Strands:
    """Parallel yarns whose curves have the same number of points.

    Attributes:
        axis: Along which axis of the grid of crossings [pick, end] they run: 0 for ends, 1 for picks.
        number: Which ends or picks they are, `[yarns]`.
        radius: Of all of them.
        points: Of each curve.
        samples: Points from one crossing to the next; None where that is not known.
        first: Of each, the crossing that it begins at, `[yarns]`; None: all at the cloth's edge.
    """

    axis: int
    number: Indices
    radius: float
    points: int
    samples: int | None
    first: Indices | None = None

    def steps(self) -> Array:
        """Where the straight pieces begin and end, in points from the first."""
        if self.samples is None:
            return np.arange(float(self.points))
        # points left out, where that leaves a few between crossings
        fewer = [k for k in range(1, self.samples + 1) if self.samples % k == 0 and self.samples // k >= PIECES]
        step = max(fewer, default=1)
        if 3 <= self.samples // step < 2 * PIECES:
            return np.arange(0.0, self.points, step)
        # far from the curve if straight from point to point, or too many: as many pieces as there should be
        return np.linspace(0.0, self.points - 1, PIECES * (self.points - 1) // self.samples + 1)


@dataclass(frozen=True)
class Contacts:
    """Pairs of yarns that are too near, each where it is nearest, and again where it is too near in another way.

    Attributes:
        kind: `CROSSING`, `BESIDE`, `FOLD` or `ITSELF`, `[contacts]`.
        axis: Of both yarns, `[contacts, 2]`.
        number: Which end or pick each is, `[contacts, 2]`.
        at: The crossing next to it on each, or the point where crossings are not known, `[contacts, 2]`.
        ratio: Distance over the sum of radii, `[contacts]`.
    """

    kind: Indices
    axis: Indices
    number: Indices
    at: Indices
    ratio: Array


class ContactSearch:
    """Searches one frame after the other.

    Args:
        strands: All yarns, in groups.
        least: Of the sum of radii, below which yarns are too near.
    """

    def __init__(self, strands: list[Strands], least: float) -> None:
        self._strands, self._least = strands, least
        self._steps = [each.steps() for each in strands]
        counts = [(len(each.number), len(at)) for each, at in zip(strands, self._steps)]
        starts = np.cumsum([0] + [yarns * points for yarns, points in counts])
        rows = [np.arange(yarns)[:, None] + np.zeros(points - 1, int) for yarns, points in counts]
        places = [np.zeros((yarns, 1), int) + np.arange(points - 1) for yarns, points in counts]
        self._row, self._place = (np.concatenate([each.reshape(-1) for each in part]) for part in (rows, places))
        self._group = np.repeat(np.arange(len(strands)), [each.size for each in rows])
        each_points = np.array([points for _yarns, points in counts])
        self._first = starts[self._group] + self._row * each_points[self._group] + self._place
        self._owner = (np.cumsum([0] + [yarns for yarns, _points in counts])[self._group] + self._row).astype(np.int32)
        self._radius = np.array([each.radius for each in strands])[self._group]
        self._axis = np.array([each.axis for each in strands])[self._group]
        self._number = np.concatenate([each.number for each in strands])[self._owner]
        per = [(each.samples or 1) / (at[1] - at[0]) for each, at in zip(strands, self._steps)]
        begin = [np.zeros(len(each.number), int) if each.first is None else each.first for each in strands]
        self._along = (self._place + 0.5) / np.array(per)[self._group]  # in crossings
        self._along += np.concatenate(begin)[self._owner]
        self._known = all(each.samples for each in strands)

    def find(self, curves: list[Array]) -> Contacts | None:
        """Yarns that are too near; None where they lie in each other so densely that there is no telling.

        Args:
            curves: Points of each group's curves, `[yarns, points, 3]`.
        """
        from scipy.spatial import cKDTree  # only this check needs SciPy

        points = np.concatenate([_at(each, at).reshape(-1, 3) for each, at in zip(curves, self._steps)])
        points = np.ascontiguousarray(points.T)
        begin = points[:, self._first]
        way = points[:, self._first + 1] - begin
        middle, half = begin + 0.5 * way, 0.5 * np.sqrt(_dot(way, way))
        # a point that is far off makes one piece long, and would bring all others within its reach
        longest = min(half.max(), 3.0 * float(np.median(half)))
        reach = self._least * 2.0 * self._radius.max() + 2.0 * longest
        tree = cKDTree(np.ascontiguousarray(middle.T), balanced_tree=False, compact_nodes=False)
        some = tree.data[:: len(tree.data) // 1000 + 1]
        each = tree.query_ball_point(some, reach, return_length=True).mean()
        if each * len(tree.data) > 2 * MOST_PAIRS and each > MOST_EACH:
            return None
        one, other = tree.query_pairs(reach, output_type="ndarray").T
        chunks = [slice(k, k + AT_ONCE) for k in range(0, len(one), AT_ONCE)]
        kept = [self._near(begin, way, one[chunk], other[chunk]) for chunk in chunks]
        pairs, ratio = (np.concatenate(part) for part in zip(*kept)) if kept else (np.zeros((0, 2), int), np.zeros(0))
        kind = self._kinds(pairs)
        chosen = _best(kind, self._owner[pairs], ratio)
        pairs, kind = pairs[chosen], kind[chosen]
        ratio = self._finely(curves, pairs)
        wrong = ratio < self._least
        pairs = pairs[wrong]
        at = np.round(self._along[pairs]).astype(int)
        return Contacts(kind[wrong], self._axis[pairs], self._number[pairs], at, ratio[wrong])

    def _near(self, begin: Array, way: Array, one: Indices, other: Indices) -> tuple[Indices, Array]:
        """Those pairs of pieces `[pairs, 2]` of different yarns, or far apart on one, that may be too near, and their
        ratios."""
        apart = self._owner[one] != self._owner[other]
        if self._known:
            apart |= np.abs(self._along[one] - self._along[other]) > FAR
        one, other = one[apart], other[apart]
        between = begin.take(one, axis=1) - begin.take(other, axis=1)
        distance = _distance(between, way.take(one, axis=1), way.take(other, axis=1))
        ratio = distance / (self._radius[one] + self._radius[other])
        near = ratio < self._least + MARGIN
        return np.stack([one[near], other[near]], axis=1), ratio[near]

    def _kinds(self, pairs: Indices) -> Indices:
        axis = self._axis[pairs]
        kind = np.where(axis[:, 0] == axis[:, 1], BESIDE, CROSSING)
        if self._known:
            along, number = self._along[pairs], self._number[pairs]
            grid = [np.where(axis == k, along, number) for k in (0, 1)]
            apart = np.maximum(*(np.abs(each[:, 0] - each[:, 1]) for each in grid))
            kind = np.where(apart > FAR, FOLD, kind)
            same = (axis[:, 0] == axis[:, 1]) & (number[:, 0] == number[:, 1])  # also where it was cut
            kind = np.where(same, ITSELF, kind)
        return kind

    def _finely(self, curves: list[Array], pairs: Indices) -> Array:
        """Distances of the curves along pairs of pieces, over the sum of radii."""
        fine = np.empty((*pairs.shape, FINER + 1, 3))
        for k, (curve, steps) in enumerate(zip(curves, self._steps)):
            mine = self._group[pairs] == k
            piece = pairs[mine]
            at = (self._place[piece][:, None] + np.linspace(0.0, 1.0, FINER + 1)) * (steps[1] - steps[0])
            fine[mine] = catmull_rom(curve, self._row[piece][:, None], at)
        begin, way = (np.moveaxis(each, -1, 0) for each in (fine[:, :, :-1], np.diff(fine, axis=2)))
        one, other = np.s_[:, :, 0, :, None], np.s_[:, :, 1, None, :]
        shape = (3, len(pairs), FINER, FINER)
        ways = np.broadcast_to(way[one], shape), np.broadcast_to(way[other], shape)
        distance = _distance(begin[one] - begin[other], *ways).min(axis=(1, 2), initial=np.inf)
        return distance / self._radius[pairs].sum(axis=1)


def _at(curves: Array, steps: Array) -> Array:
    """Points of curves at the steps, `[curves, steps, 3]`."""
    step = steps[1] - steps[0]
    if step == int(step):
        return curves[:, :: int(step)]
    return catmull_rom(curves, np.arange(len(curves))[:, None], steps)


def _best(kind: Indices, owner: NDArray[np.int32], ratio: Array) -> Indices:
    """The pair of pieces with the smallest ratio, for each kind and pair of yarns."""
    key = np.column_stack([kind, owner.min(axis=1), owner.max(axis=1)])
    order = np.argsort(ratio, kind="stable")
    return order[np.unique(key[order], axis=0, return_index=True)[1]]


def _distance(between: Array, one: Array, other: Array) -> Array:
    """Distance of straight pieces: C. Ericson, Real-Time Collision Detection (2005), 5.1.9.

    Args:
        between: From where the other begins to where the one does, components first, `[3, ...]`.
        one: From the one's begin to its end, likewise `other`.
    """
    a, e, b = _dot(one, one), _dot(other, other), _dot(one, other)
    c, f = _dot(one, between), _dot(other, between)
    a, e = np.maximum(a, 1e-300), np.maximum(e, 1e-300)
    s = np.clip((b * f - c * e) / np.maximum(a * e - b * b, 1e-300), 0.0, 1.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    s = np.clip((b * t - c) / a, 0.0, 1.0)
    gap = between + s * one - t * other
    return np.sqrt(_dot(gap, gap))


def _dot(one: Array, other: Array) -> Array:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
