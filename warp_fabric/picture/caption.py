"""Captions of pictures: times in a plain stroke font, so that no font file or further library is needed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Points = Sequence[tuple[float, float]]

INK, PAPER = 60, 255
"""Grey of the letters and of what is behind them."""
THICKNESS = 0.7
"""Of strokes; digits are 4 wide and 6 high."""
APART = 1.6
"""Between letters."""

_SIX: Points = (
    *((3.7, 5.2), (2.9, 6), (1.2, 6), (0, 4.7), (0, 1.2), (1, 0), (3, 0), (4, 1.1), (4, 2.5), (3, 3.6), (1, 3.6)),
    (0, 2.5),
)
_STROKES: dict[str, tuple[Points, ...]] = {
    "0": (((1, 0), (0, 1.2), (0, 4.8), (1, 6), (3, 6), (4, 4.8), (4, 1.2), (3, 0), (1, 0)),),
    "1": (((0.8, 4.8), (2.2, 6), (2.2, 0)), ((0.8, 0), (3.6, 0))),
    "2": (((0, 4.9), (1, 6), (3, 6), (4, 4.9), (4, 3.8), (0, 0), (4, 0)),),
    "3": (
        ((0, 5), (1, 6), (3, 6), (4, 5), (4, 4.1), (3, 3.2), (1.4, 3.2)),
        ((3, 3.2), (4, 2.2), (4, 1.1), (3, 0), (1, 0), (0, 1)),
    ),
    "4": (((3.1, 0), (3.1, 6), (0, 1.9), (4.2, 1.9)),),
    "5": (((3.8, 6), (0.4, 6), (0.2, 3.2), (1, 3.8), (3, 3.8), (4, 2.7), (4, 1.1), (3, 0), (1, 0), (0, 1)),),
    "6": (_SIX,),
    "7": (((0, 6), (4, 6), (1.5, 0)),),
    "8": (
        ((1, 3.2), (0, 4.1), (0, 5), (1, 6), (3, 6), (4, 5), (4, 4.1), (3, 3.2), (1, 3.2)),
        ((1, 3.2), (0, 2.2), (0, 1.1), (1, 0), (3, 0), (4, 1.1), (4, 2.2), (3, 3.2)),
    ),
    "9": (tuple((4 - x, 6 - y) for x, y in _SIX),),
    ".": (((0.2, 0), (0.2, 0)),),
    "-": (((0, 3), (2.5, 3)),),
    "s": (
        *(((3, 3.2), (2.3, 4), (0.8, 4), (0, 3.3), (0, 2.8), (0.7, 2.2), (2.4, 1.8), (3, 1.3), (3, 0.7), (2.3, 0)),),
        ((2.3, 0), (0.7, 0), (0, 0.8)),
    ),
    " ": (),
}


def times_in_words(times: Sequence[float]) -> list[str]:
    """Increasing times [s] with as few decimals, all with as many, as they are told apart by: "0.04 s"."""
    fine = 0.1 * min(np.diff(times), default=1e-2)
    decimals = next((k for k in range(12) if all(abs(round(each, k) - each) <= fine for each in times)), 12)
    return [f"{each:.{decimals}f} s" for each in times]


def caption(text: str, width: int, height: int) -> Pixels:
    """Words in the middle of white paper, uint8[height, width, 3]; smaller where they would not fit.

    Args:
        text: Of digits, ".", "-", "s" and spaces.
        width, height: Pixels of the paper.
    """
    segments, right = _segments(text)
    size = min(0.6 * height / 6.0, 0.9 * width / max(right, 1.0))  # pixels to a unit of the font
    x = (np.arange(width) + 0.5 - 0.5 * width) / size + 0.5 * right
    y = (0.5 * height - np.arange(height) - 0.5) / size + 3.0
    pixel = np.stack(np.broadcast_arrays(x, y[:, None]), axis=-1)
    distance = np.full((height, width), np.inf)
    for start, end in segments:
        along = end - start
        length = float(along @ along)
        share = np.clip((pixel - start) @ along / length, 0.0, 1.0) if length else np.zeros((height, width))
        distance = np.minimum(distance, np.linalg.norm(pixel - start - share[..., None] * along, axis=-1))
    cover = np.clip((0.5 * THICKNESS - distance) * size + 0.5, 0.0, 1.0)
    grey = np.round(PAPER + (INK - PAPER) * cover).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _segments(text: str) -> tuple[list[NDArray[np.float64]], float]:
    """The strokes' pieces, `[2, 2]` each, from left to right, and where the last letter ends."""
    found, left = [], 0.0
    for letter in text:
        strokes = [np.array(each, dtype=np.float64) for each in _STROKES[letter]]
        for stroke in strokes:
            found += [np.add(pair, (left, 0.0)) for pair in pairwise(stroke)]
        left += max((float(each[:, 0].max()) for each in strokes), default=1.0) + APART
    return found, left - APART
