"""Loose ends of yarns, past the border crossings, as pictures and the viewer show them. NumPy only."""

from __future__ import annotations

import numpy as np

from warp_fabric.geometry import Array

OVERHANG = 0.5
"""Loose yarn past the border crossings, in spacings."""


def with_loose_ends(lines: Array, samples_per_crossing: int, pieces: int = 1) -> Array:
    """Lines that go on straight past both ends, by `OVERHANG`.

    Args:
        lines: As `centre_lines` gives them, `[lines, samples, 3]`, at least two samples a line.
        samples_per_crossing: Theirs.
        pieces: Samples that are added at either end.

    Returns:
        `[lines, samples + 2 pieces, 3]`.
    """
    first, last = lines[:, :1], lines[:, -1:]
    reach = (OVERHANG * samples_per_crossing / pieces * np.arange(1, pieces + 1))[:, None]
    before, after = first + reach[::-1] * (first - lines[:, 1:2]), last + reach * (last - lines[:, -2:-1])
    return np.concatenate([before, lines, after], axis=1)
