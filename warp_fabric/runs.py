"""Runs of yarn as rows of arrays: a cloth that was cut has yarns in pieces, of different lengths. NumPy only.

Values along whole yarns, such as centre lines, are arrays `[yarns, samples, ...]`, of which runs are parts. Rows of
runs are as long as the longest: past a shorter one's end its last value stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.layout import Layout

Index = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of two crossings or more, of yarns in one direction, yarn by yarn.

    Attributes:
        yarn: [runs] which pick or end each is a part of.
        first: [runs] its first crossing along that yarn.
        crossings: [runs] how many it has.
        entire: Whether each is a whole yarn, from edge to edge.
        whole: Whether these are all yarns of the direction, and entire.
    """

    yarn: Index
    first: Index
    crossings: Index
    entire: bool = False
    whole: bool = False

    @classmethod
    def of(cls, layout: Layout, axis: int) -> Runs:
        """All runs of a cloth.

        Args:
            layout: Which crossings it has.
            axis: `ALONG_PICK` or `ALONG_END`.
        """
        yarn, first, last = layout.spans(axis).T
        entire = layout.is_full
        return cls(yarn, first, last - first, entire, entire and len(yarn) == layout.shape[axis])

    def __len__(self) -> int:
        return len(self.yarn)

    def part(self, chosen: NDArray) -> Runs:
        """Some of them, by index or mask."""
        return Runs(self.yarn[chosen], self.first[chosen], self.crossings[chosen], self.entire)

    def points(self, samples: int) -> Index:
        """[runs] how many points each has.

        Args:
            samples: From one crossing to the next.
        """
        return samples * (self.crossings - 1) + 1

    def rows(self, values: NDArray, samples: int = 1) -> NDArray:
        """[runs, points, ...] of values [yarns, points of a whole yarn, ...]."""
        if self.entire:
            return values if self.whole else values[self.yarn]
        at = np.minimum(np.arange(self._longest(samples)), self.points(samples)[:, None] - 1)
        return values[self.yarn[:, None], samples * self.first[:, None] + at]

    def flat(self, rows: NDArray, samples: int, more: int = 0, copies: int = 1) -> NDArray:
        """[points of all, ...] of rows [runs * copies, points, ...], run by run: those that they have.

        Args:
            samples, more: See `there`.
            copies: Rows of each run, one behind the other.
        """
        if self.entire:
            return rows.reshape(-1, *rows.shape[2:])
        return rows[np.repeat(self.there(samples, more), copies, axis=0)]

    def there(self, samples: int = 1, more: int = 0) -> NDArray[np.bool_]:
        """bool[runs, points], which of their rows' points they have.

        Args:
            samples: From one crossing to the next.
            more: Points that each has beyond its crossings.
        """
        return np.arange(self._longest(samples) + more) < self.points(samples)[:, None] + more

    def _longest(self, samples: int) -> int:
        return int(self.points(samples).max(initial=0))
