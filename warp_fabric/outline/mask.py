"""Which crossings of a grid lie in an outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ON_EDGE = 1e-9
"""How near to an edge, in spacings, a crossing lies on it."""


def crossings_inside(
    loops: Sequence[np.ndarray], *, ends: int, picks: int, end_spacing: float, pick_spacing: float
) -> np.ndarray:
    """Whether each crossing lies in an odd number of the loops, or on an edge of one.

    Args:
        loops: Points [n, 2] of each, m, from crossing [0, 0].
        ends, picks: Size of the grid.
        end_spacing, pick_spacing: Distance between its yarns, m.

    Returns:
        bool [picks, ends].
    """
    scale = np.array([1.0 / end_spacing, 1.0 / pick_spacing])
    start = np.concatenate(loops) * scale  # in spacings, so that crossings are whole numbers
    end = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops]) * scale
    return _odd(start, end, picks, ends) | _on_edge(start, end, picks, ends)


def _odd(start: np.ndarray, end: np.ndarray, picks: int, ends: int) -> np.ndarray:
    """Even-odd: where a line along a pick meets an edge, what follows changes sides."""
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    edge, pick = _rows(np.ceil(low), np.ceil(high) - 1, picks)  # half open, so that a corner counts once
    (x0, y0), (x1, y1) = start[edge].T, end[edge].T
    meets = x0 + (pick - y0) * (x1 - x0) / (y1 - y0)
    changes = np.zeros((picks, ends + 1), np.int64)
    np.add.at(changes, (pick, np.clip(np.floor(meets) + 1, 0, ends).astype(int)), 1)
    return changes.cumsum(axis=1)[:, :-1] % 2 == 1


def _on_edge(start: np.ndarray, end: np.ndarray, picks: int, ends: int) -> np.ndarray:
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    edge, pick = _rows(np.ceil(low - ON_EDGE), np.floor(high + ON_EDGE), picks)
    (x0, y0), (x1, y1) = start[edge].T, end[edge].T
    rise = y1 - y0
    level = np.abs(rise) <= ON_EDGE
    slope = np.where(level, 1.0, rise)
    near = np.sort([(pick - ON_EDGE - y0) / slope, (pick + ON_EDGE - y0) / slope], axis=0)
    first, last = np.where(level, [[0.0], [1.0]], np.clip(near, 0.0, 1.0))
    x = np.sort([x0 + first * (x1 - x0), x0 + last * (x1 - x0)], axis=0)
    left = np.clip(np.ceil(x[0] - ON_EDGE), 0, ends).astype(int)
    right = np.clip(np.floor(x[1] + ON_EDGE) + 1, 0, ends).astype(int)
    some = left < right
    changes = np.zeros((picks, ends + 1), np.int64)
    np.add.at(changes, (pick[some], left[some]), 1)
    np.add.at(changes, (pick[some], right[some]), -1)
    return changes.cumsum(axis=1)[:, :-1] > 0


def _rows(first: np.ndarray, last: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of an edge and a row from `first` to `last` of it, of rows 0 to `count` - 1."""
    first = np.clip(first, 0, count).astype(int)
    size = np.maximum(np.clip(last, -1, count - 1).astype(int) - first + 1, 0)
    edge = np.repeat(np.arange(len(size)), size)
    return edge, np.arange(len(edge)) - np.repeat(size.cumsum() - size, size) + first[edge]
