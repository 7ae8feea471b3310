"""The losses of a fit as a small picture: how far it is off, over its tries, on a logarithmic scale."""

from __future__ import annotations

import numpy as np

from ..previews import Pictures

SIZE, MARGIN = 192, 6
"""Pixels of the square picture, as icons are, and around what is drawn in it."""
MOST_LINES = 5
LINE, GRID = (0.95, 0.6, 0.2, 1.0), (0.5, 0.5, 0.5, 0.35)

pictures = Pictures()


def drawn(losses: list[float]) -> np.ndarray:
    """[SIZE, SIZE, 4] RGBA from 0 to 1, its lowest row first: each try a dot, joined by lines, a grid line for each
    power of ten (of many: each second, third and so on)."""
    picture = np.zeros((SIZE, SIZE, 4), np.float32)
    span = SIZE - 1 - 2 * MARGIN
    known = np.array([each for each in losses if each is not None and np.isfinite(each) and each > 0.0])
    if not len(known):
        return picture
    level = np.log10(known)
    low, high = np.floor(level.min()), np.ceil(level.max() - 1e-9)
    high = max(high, low + 1.0)
    heights = MARGIN + (level - low) / (high - low) * span
    for power in np.arange(low, high + 1.0, max(1.0, (high - low) // MOST_LINES)):
        picture[round(MARGIN + (power - low) / (high - low) * span)] = GRID
    places = np.linspace(MARGIN, SIZE - 1 - MARGIN, max(len(known), 2))[: len(known)]
    columns = np.arange(MARGIN, round(places[-1]) + 1)
    line = np.interp(columns, places, heights)
    for column, height, before in zip(columns, line, [line[0], *line]):
        bottom, top = sorted((round(float(before)), round(float(height))))
        picture[max(bottom - 1, 0) : top + 2, column] = LINE
    for x, y in zip(places.round().astype(int), heights.round().astype(int)):
        picture[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] = LINE
    return picture


def icon(identity: str, losses: list[float]) -> int:
    """Blender's number for the picture of a fabric's losses; made again only where they are others."""
    return pictures.icon(identity, tuple(losses), lambda: drawn(losses))


attach, detach = pictures.attach, pictures.detach
