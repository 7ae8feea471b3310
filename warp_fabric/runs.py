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
        whole: Whether these are all yarns of the direction, from edge to edge.
    """

    yarn: Index
    first: Index
    crossings: Index
    whole: bool = False

    @classmethod
    def of(cls, layout: Layout, axis: int) -> Runs:
        """All runs of a cloth.

        Args:
            layout: Which crossings it has.
            axis: `ALONG_PICK` or `ALONG_END`.
        """
        yarn, first, last = layout.spans(axis).T
        return cls(yarn, first, last - first, layout.is_full and len(yarn) == layout.shape[axis])

    def __len__(self) -> int:
        return len(self.yarn)

    def part(self, chosen: NDArray) -> Runs:
        """Some of them, by index or mask."""
        return Runs(self.yarn[chosen], self.first[chosen], self.crossings[chosen])

    def points(self, samples: int) -> Index:
        """[runs] how many points each has.

        Args:
            samples: From one crossing to the next.
        """
        return samples * (self.crossings - 1) + 1

    def rows(self, values: NDArray, samples: int = 1) -> NDArray:
        """[runs, points, ...] of values [yarns, points of a whole yarn, ...]."""
        if self.whole:
            return values
        at = np.minimum(np.arange(self._longest(samples)), self.points(samples)[:, None] - 1)
        return values[self.yarn[:, None], samples * self.first[:, None] + at]

    def there(self, samples: int = 1, more: int = 0) -> NDArray[np.bool_]:
        """bool[runs, points], which of their rows' points they have.

        Args:
            samples: From one crossing to the next.
            more: Points that each has beyond its crossings.
        """
        return np.arange(self._longest(samples) + more) < self.points(samples)[:, None] + more

    def _longest(self, samples: int) -> int:
        return int(self.points(samples).max(initial=0))
