"""Pictures of a cloth's face: colour, structure, interlacement. NumPy only; rows run downwards, colours are sRGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..fabric.design.weave_text import Weave

Picture = NDArray[np.float32]
"""float32[rows, columns, 3], from 0 to 1."""

INK, PAPER = (0.12, 0.13, 0.16), (0.96, 0.95, 0.92)
UNKNOWN = (0.5, 0.5, 0.5)
"""A yarn that is not in the list."""
SMALLEST_REPEAT = 16
"""Smaller weaves are drawn several times in a swatch."""


def palette(colors: tuple[str, ...]) -> Picture:
    """float32[colors + 1, 3] of "#rrggbb"; the last row is for yarns that are not among them."""
    table = [[part / 255 for part in bytes.fromhex(color[1:])] for color in colors]
    return np.array([*table, UNKNOWN], dtype=np.float32)


def yarn_rgb(yarns: tuple[int, ...], rgb: Picture) -> Picture:
    """float32[yarns, 3]: each yarn's colour, from `palette`."""
    return rgb[np.minimum(np.asarray(yarns), len(rgb) - 1)]


def face(drawdown: NDArray[np.bool_], end_rgb: Picture, pick_rgb: Picture, cell: int, view: str) -> Picture:
    """The face of a cloth.

    Args:
        drawdown: bool[picks, ends], True where the end is on top.
        end_rgb: float32[ends, 3].
        pick_rgb: float32[picks, 3].
        cell: Pixels that a crossing takes each way.
        view: "COLOR": the yarn on top. "STRUCTURE": black where the end is on top. "INTERLACEMENT": yarns that pass
            over and under each other.

    Returns:
        float32[picks cell, ends cell, 3].
    """
    picks, ends = drawdown.shape
    if view == "STRUCTURE":
        end_rgb, pick_rgb = np.array([INK] * ends, np.float32), np.array([PAPER] * picks, np.float32)
    end_kinds, end_kind = np.unique(end_rgb, axis=0, return_inverse=True)
    pick_kinds, pick_kind = np.unique(pick_rgb, axis=0, return_inverse=True)
    over, under = (part[..., None] for part in _end_on_top(cell, view))
    end, pick = end_kinds[None, :, None, None], pick_kinds[:, None, None, None]
    with_end = over * end + under * pick  # [pick kinds, end kinds, cell, cell, 3]
    with_pick = under.swapaxes(0, 1) * end + over.swapaxes(0, 1) * pick
    tiles = np.stack([with_pick, with_end]).astype(np.float32).reshape(-1, cell, cell, 3)
    tile = (drawdown * len(pick_kinds) + pick_kind.reshape(-1, 1)) * len(end_kinds) + end_kind.reshape(-1)
    return tiles[tile].swapaxes(1, 2).reshape(picks * cell, ends * cell, 3)


def swatch(weave: Weave, colors: tuple[str, ...], size: int, view: str) -> Picture:
    """A square of cloth of at most `size` pixels: a small repeat several times, a large one down to a pixel a yarn."""
    draft, rgb = weave.draft, palette(colors)
    count = max(draft.end_count, draft.pick_count)
    count = min(count * -(-SMALLEST_REPEAT // count), size)
    end, pick = np.arange(count) % draft.end_count, np.arange(count) % draft.pick_count
    return face(
        draft.drawdown[np.ix_(pick, end)],
        yarn_rgb(weave.end_yarns, rgb)[end],
        yarn_rgb(weave.pick_yarns, rgb)[pick],
        size // count,
        view,
    )


def _end_on_top(cell: int, view: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """float32[cell, cell] each: how bright the end and the pick are in a crossing with the end on top."""
    whole = np.ones((cell, cell), dtype=np.float32)
    if view != "INTERLACEMENT" or cell < 4:
        return whole, 0 * whole
    across = (np.arange(cell, dtype=np.float32) + 0.5) / cell * 2 - 1
    margin = max(1, round(cell / 8))
    band = np.zeros(cell, dtype=np.float32)
    band[margin : cell - margin] = 1
    round_yarn = band * np.sqrt(1 - 0.7 * across**2)
    over = np.broadcast_to(round_yarn, (cell, cell))
    under = 0.6 * round_yarn[:, None] * (1 - band)
    return over, under
