"""Bundles: simulated yarns that stand for several real ones each (NumPy only; `docs/physics.md`, section 14).

Along either axis the simulated yarns lie at even distances from the first real yarn to the last, `strands` real
spacings apart. In the midst of the cloth a bundle stands for as many yarns, half of them on either side; at an edge it
stands for its own yarn and those on the side where there is cloth, so that all of them add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from warp_fabric.layout import Layout

Array = NDArray[np.float64]


def bundle_count(count: int, size: int) -> int:
    """How many bundles of about `size` yarns stand for `count` yarns; less than 2 are none."""
    return (2 * (count - 1) + size) // (2 * size) + 1


@dataclass(frozen=True, eq=False)
class Axis:
    """The bundles of the picks, or of the ends.

    Attributes:
        yarn: int[real], which yarn each real one is. count: Bundles. kinds: How many yarns there are.
    """

    yarn: NDArray[np.intp]
    count: int
    kinds: int

    @property
    def strands(self) -> float:
        """Real spacings from one bundle to the next: the yarns that one stands for in the midst of the cloth."""
        return (len(self.yarn) - 1) / (self.count - 1)

    @property
    def place(self) -> Array:
        """[bundles] where they lie, in real spacings."""
        return self.strands * np.arange(self.count)

    @property
    def nearest(self) -> NDArray[np.intp]:
        """[real] the bundle nearest to each real yarn."""
        return np.floor(np.arange(len(self.yarn)) / self.strands + 0.5).astype(np.intp)

    @property
    def own(self) -> NDArray[np.intp]:
        """[bundles] the real yarn nearest to each."""
        return np.floor(self.place + 0.5).astype(np.intp)

    @cached_property
    def share(self) -> Array:
        """[bundles, real] how near each real yarn is: 1 at a bundle, falling to 0 at its neighbours."""
        away = np.abs(np.arange(len(self.yarn)) - self.place[:, None])
        return np.maximum(1.0 - away / self.strands, 0.0)

    @cached_property
    def cover(self) -> Array:
        """[bundles - 1, real - 1] how much of each real segment lies between a bundle and the next."""
        first = np.arange(len(self.yarn) - 1)
        low, high = self.place[:-1, None], self.place[1:, None]
        return np.maximum(np.minimum(first + 1, high) - np.maximum(first, low), 0.0)

    @cached_property
    def sides(self) -> Array:
        """[2, 2, bundles, kinds] how many real yarns of each kind a bundle stands for, of those (before, after) it:
        where there is no cloth on that side, and where there is."""
        kind = np.eye(self.kinds)[self.yarn]
        found = np.zeros((2, 2, self.count, self.kinds))
        found[:, 0] = 0.5 * kind[self.own]
        away = np.arange(len(self.yarn)) - self.place[:, None]
        for k, side in enumerate((-1.0, 1.0)):
            weight = self.share * np.where(away == 0.0, 0.5, side * away > 0.0)
            some = weight @ kind
            total = some.sum(axis=1, keepdims=True)
            found[k, 1] = 0.5 * self.strands * some / np.where(total > 0.0, total, 1.0)
        return found


@dataclass(frozen=True, eq=False)
class Bundling:
    """How the simulated yarns of a fabric stand for real ones.

    Attributes:
        picks, ends: The bundles of each. drawdown: bool[real picks, real ends].
        layout: Of the bundles' crossings.
    """

    picks: Axis
    ends: Axis
    drawdown: NDArray[np.bool_]
    layout: Layout

    @property
    def strands(self) -> tuple[float, float]:
        """Picks, and ends, that a bundle stands for in the midst of the cloth."""
        return self.picks.strands, self.ends.strands

    @cached_property
    def interlaced(self) -> tuple[Array, Array]:
        """Shares of the real yarn between a bundle's crossing and the next that changes sides: along picks [picks, ends
        - 1], and along ends [picks - 1, ends]."""
        down = self.drawdown
        along_picks = self._mean(self.picks.share, down[:, 1:] != down[:, :-1], self.ends.cover)
        return along_picks, self._mean(self.picks.cover, down[1:] != down[:-1], self.ends.share)

    @cached_property
    def interlaced_corners(self) -> Array:
        """[picks - 1, ends - 1] share of the real corners in each cell at which yarns jam."""
        pick, end = (np.diff(self.drawdown.astype(np.int8), axis=k) != 0 for k in (1, 0))
        both = [a & b for a in (pick[:-1], pick[1:]) for b in (end[:, :-1], end[:, 1:])]
        corners = np.sum(both, axis=0)
        return self._mean(self.picks.cover, 0.25 * corners, self.ends.cover)

    @cached_property
    def yarns(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Array, Array]:
        """Of each crossing the kind of its pick, and of its end, [picks, ends]; and of each kind of bundle [kinds] how
        many real yarns of each it stands for, [kinds, yarns], and how many real spacings it runs from one crossing to
        the next. Bundles of picks are other kinds than those of ends."""
        present = np.pad(self.layout.present, 1)
        here = (slice(1, -1), slice(1, -1))
        beside = ((present[:-2][:, here[1]], present[2:][:, here[1]]), (present[here[0], :-2], present[here[0], 2:]))
        numbers, mixes, reach = [], [], []
        for k, (axis, along) in enumerate(((self.picks, self.ends), (self.ends, self.picks))):
            line = np.arange(axis.count)
            line = line[:, None] if k == 0 else line[None, :]
            before, after = (axis.sides[side, there.astype(int), line] for side, there in enumerate(beside[k]))
            mix, number = np.unique((before + after).reshape(-1, axis.kinds).round(12), axis=0, return_inverse=True)
            numbers.append(number.reshape(self.layout.shape) + sum(map(len, mixes)))
            mixes.append(mix)
            reach.append(np.full(len(mix), along.strands))
        return numbers[0], numbers[1], np.concatenate(mixes), np.concatenate(reach)

    def crossing(self, pick: int, end: int) -> tuple[int, int]:
        """The crossing of bundles that is nearest to a real crossing."""
        found = int(self.picks.nearest[pick]), int(self.ends.nearest[end])
        return found if self.layout.present[found] else self.layout.nearest(*found)

    def middle(self, pick: int, end: int) -> tuple[int, int]:
        """The real crossing in the middle of a crossing of bundles."""
        return int(self.picks.own[pick]), int(self.ends.own[end])

    @staticmethod
    def _mean(left: Array, values: NDArray, right: Array) -> Array:
        """Weighted means of values [real, real] by rows and columns."""
        return (left @ values.astype(float) @ right.T) / (left.sum(axis=1)[:, None] * right.sum(axis=1))
