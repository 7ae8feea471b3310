"""Loose ends of yarns, past the border crossings, as pictures and the viewer show them. NumPy only."""

from __future__ import annotations

import numpy as np

from warp_fabric.geometry import Array
from warp_fabric.runs import Runs

OVERHANG = 0.5
"""Loose yarn past the border crossings, in spacings."""


def with_loose_ends(lines: Array, runs: Runs, samples_per_crossing: int, pieces: int = 1) -> Array:
    """Lines that go on straight past both ends, by `OVERHANG`.

    Args:
        lines: Rows of `runs`, `[runs, points, 3]`.
        runs: What they are lines of.
        samples_per_crossing: Theirs.
        pieces: Samples that are added at either end.

    Returns:
        `[runs, points + 2 pieces, 3]`; past the end of a shorter one its last point stays.
    """
    row, last = np.arange(len(lines))[:, None], runs.points(samples_per_crossing)[:, None] - 1
    first, final = lines[:, :1], lines[row, last]
    reach = (OVERHANG * samples_per_crossing / pieces * np.arange(1, pieces + 1))[:, None]
    before, after = first + reach[::-1] * (first - lines[:, 1:2]), final + reach * (final - lines[row, last - 1])
    longer = np.concatenate([before, lines, after], axis=1)
    if not runs.whole:
        past = np.arange(longer.shape[1]) - (pieces + last + 1)
        which, at = np.nonzero(past >= 0)
        longer[which, at] = after[which, np.minimum(past[which, at], pieces - 1)]
    return longer
