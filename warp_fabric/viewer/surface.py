"""Large cloth as a surface: a cell for each crossing in the colour of the yarn on top, so that the weave can be seen.

The browser's meshes have one colour each, so that the cells of each colour make a mesh of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.viewer.subject import Window

Array = NDArray[np.float64]
Side = Literal["front", "back", "double"]
"""Which side of a surface is seen: the one that the cloth faces, the other, or both."""

MOST_CELLS = 320
"""Cells along either side of a cloth; where it has more crossings, several share a cell."""
MOST_COLORS = 48
"""Colours that a surface is painted in."""


@dataclass(frozen=True, eq=False)
class Patch:
    """The cells of one colour.

    Attributes:
        vertices: `[n, 3]`
        faces: `[m, 3]`, triangles, counter-clockwise from the side that the cloth faces.
        side: From where they are seen.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.uint32]
    side: Side


def stride(grid: tuple[int, int]) -> int:
    """Crossings that share a cell, along either direction."""
    return -(-max(grid) // MOST_CELLS)


def palette(color: Array) -> tuple[Array, NDArray[np.int64]]:
    """Few colours in place of many.

    Args:
        color: `[..., 3]` sRGB, 0 to 1.

    Returns:
        The colours `[colours, 3]`, and which one is in place of each, `[...]`.
    """
    flat = color.reshape(-1, 3)
    for steps in (255, 32, 16, 8, 5, 3, 2):
        rounded, kind = np.unique(np.round(flat * steps).astype(np.int64), axis=0, return_inverse=True)
        if len(rounded) <= MOST_COLORS:
            break
    kind = kind.reshape(-1)
    count = np.bincount(kind, minlength=len(rounded))
    means = np.stack([np.bincount(kind, flat[:, k], len(rounded)) / count for k in range(3)], axis=1)
    return means, kind.reshape(color.shape[:-1])


def blocks(values: Array, step: int) -> Array:
    """Means over blocks of `step` x `step` crossings, `[rows, columns, ...]` of `[picks, ends, ...]`."""
    if step == 1:
        return values
    rows, columns = np.arange(0, values.shape[0], step), np.arange(0, values.shape[1], step)
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    ones = np.add.reduceat(np.add.reduceat(np.ones(values.shape[:2]), rows, axis=0), columns, axis=1)
    return sums / ones.reshape(*ones.shape, *[1] * (values.ndim - 2))


def spread(layout: Layout, values: Array, rings: int) -> Array:
    """Values `[picks, ends, components]`, carried on straight from the crossings that exist to so many rings of places
    around them where there are none."""
    there = layout.present
    for _ in range(0 if layout.is_full else rings):
        slopes = [Layout(there).slopes(values, axis) for axis in (ALONG_PICK, ALONG_END)]
        total, count = np.zeros_like(values), np.zeros(there.shape)
        for pick, end in np.ndindex(3, 3):
            step = (1 - pick, 1 - end)  # from the neighbour that is looked at to here
            beside = values + step[1] * slopes[0] + step[0] * slopes[1]
            total, count = total + _moved(beside * there[..., None], step), count + _moved(there, step)
        new = ~there & (count > 0)
        values = np.where(new[..., None], total / np.maximum(count, 1)[..., None], values)
        there = there | new
    return values


def patches(
    position: Array,
    kind: NDArray[np.int64],
    kinds: int,
    side: Side = "double",
    step: int = 1,
    hole: Window | None = None,
    layout: Layout | None = None,
) -> list[Patch]:
    """The surface in parts of one colour each.

    Args:
        position: `[picks, ends, 3]`, the crossings.
        kind: `[rows, columns]`, which colour each cell has.
        kinds: How many colours there are.
        side: From where it is to be seen.
        step: Crossings along a cell's sides.
        hole: Picks and ends whose cells are left out; whole cells only.
        layout: Which crossings there are, whose cells alone are shown; None: all.

    Returns:
        For each colour its patch, without vertices where no cell has it.
    """
    rows, columns = (np.append(np.arange(0, count, step), count) for count in position.shape[:2])
    layout = layout or Layout.full(position.shape[0], position.shape[1])
    corners = _corners(spread(layout, position, step))[np.ix_(rows, columns)]
    kind = np.where(blocks(layout.present.astype(float), step) > 0.0, kind, kinds)
    if hole is not None:
        rows, columns = (_cells(each, step, count) for each, count in zip(hole, position.shape))
        kind[rows, columns] = kinds
    rows, columns = kind.shape
    index = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    cell = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    order = np.argsort(kind.ravel(), kind="stable")
    bounds = np.searchsorted(kind.ravel()[order], np.arange(kinds + 1))
    flat, renumbered, found = corners.reshape(-1, 3).astype(np.float32), np.empty(index.size, np.uint32), []
    for first, last in pairwise(bounds):
        quads = cell[order[first:last]]
        used = np.unique(quads)
        renumbered[used] = np.arange(len(used), dtype=np.uint32)
        faces = renumbered[quads[:, [0, 1, 2, 0, 2, 3]]].reshape(-1, 3)
        found.append(Patch(flat[used], faces, side))
    return found


def _cells(crossings: slice, step: int, count: int) -> slice:
    """The cells whose crossings, of `count` in a row, all are among these."""
    last = -(-count // step) if crossings.stop >= count else crossings.stop // step
    return slice(-(-crossings.start // step), last)


def _corners(middle: Array) -> Array:
    """`[rows + 1, columns + 1, 3]`, the corners of cells with these middles `[rows, columns, 3]`."""
    for axis in (0, 1):
        middle = np.moveaxis(middle, axis, 0)
        if len(middle) == 1:
            between = np.concatenate([middle, middle])
        else:
            first, last = 1.5 * middle[:1] - 0.5 * middle[1:2], 1.5 * middle[-1:] - 0.5 * middle[-2:-1]
            between = np.concatenate([first, 0.5 * (middle[:-1] + middle[1:]), last])
        middle = np.moveaxis(between, 0, axis)
    return middle


def _moved(values: NDArray, step: tuple[int, int]) -> NDArray:
    """Values [picks, ends, ...] at the place so many picks and ends on; 0 where none come from."""
    wide = np.pad(values, ((1, 1), (1, 1), *[(0, 0)] * (values.ndim - 2)))
    picks, ends = values.shape[:2]
    return wide[1 - step[0] : 1 - step[0] + picks, 1 - step[1] : 1 - step[1] + ends]
