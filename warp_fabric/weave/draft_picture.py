"""A picture of a draft: shaded yarns with threading, tie-up, treadling and colours around them, as a PNG file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from warp_fabric.png import check_name, write_pixels
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.drawing import INK, Block, Sheet, arrange

MOST_YARNS = 480
"""Yarns drawn at most in each direction."""
SIDE = 2400
"""Pixels that the longer side may take before cells shrink below `CELL`."""
CELL, SMALLEST_CELL, MARGIN = 20, 4, 24
BACKGROUND, GRID, WHITE = np.array([250, 247, 241]), np.array([218, 211, 198]), np.array([255, 254, 251])


def write_png(draft: Draft, path: str | Path) -> None:
    """Write a picture of a draft.

    Raises:
        PictureError: If the name does not end in .png or the file cannot be written.
    """
    write_pixels(check_name(path), paint(arrange(draft, MOST_YARNS, MOST_YARNS)))


def paint(sheet: Sheet) -> np.ndarray:
    """uint8[height, width, 3]: the sheet in pixels."""
    cell = max(SMALLEST_CELL, min(CELL, SIDE // max(sheet.rows, sheet.columns)))
    height, width = sheet.rows * cell + 2 * MARGIN, sheet.columns * cell + 2 * MARGIN
    image = np.empty((height, width, 3), dtype=np.uint8)
    image[:] = BACKGROUND
    for block in sheet.blocks:
        row, column = MARGIN + block.row * cell, MARGIN + block.column * cell
        pixels = _PAINTERS.get(block.kind, _marks)(block, cell)
        image[row : row + pixels.shape[0], column : column + pixels.shape[1]] = pixels
    return image


def _marks(block: Block, cell: int) -> np.ndarray:
    """Squared paper with the marked squares filled. The last line of the grid lies one pixel outside the cells."""
    rows, columns = block.marks.shape
    inset = max(1, cell // 7)
    image = np.empty((rows * cell + 1, columns * cell + 1, 3), dtype=np.uint8)
    image[:] = WHITE
    image[::cell], image[:, ::cell] = GRID, GRID
    square = np.zeros((cell, cell), dtype=bool)
    square[inset + 1 : cell - inset, inset + 1 : cell - inset] = True
    image[:-1, :-1][np.kron(block.marks, square).astype(bool)] = INK
    return image


def _bar(block: Block, cell: int) -> np.ndarray:
    """A strip of the yarns' colours, each with a thin edge so that white shows on paper."""
    assert block.colors is not None
    image = block.colors.repeat(cell, axis=0).repeat(cell, axis=1)
    edge = np.zeros(image.shape[:2], dtype=bool)
    edge[::cell], edge[:, ::cell], edge[-1], edge[:, -1] = True, True, True, True
    image[edge] = (image[edge] * 0.75).astype(np.uint8)
    return image


def _cloth(block: Block, cell: int) -> np.ndarray:
    """Yarns lit from the front: darker towards their sides, and where they dip under another yarn."""
    assert block.colors is not None
    place = (np.arange(cell) + 0.5) / cell
    across = 0.5 + 0.5 * np.sqrt(np.clip(1 - (2 * place - 1) ** 2, 0, 1))
    dip = 0.42 * np.exp(-((place / 0.22) ** 2))

    def lit(on_top: np.ndarray) -> np.ndarray:
        """[lines, yarns, cell along, cell across] of yarns that run down the first axis."""
        ring = np.pad(on_top, ((1, 1), (0, 0)), mode="wrap")
        before, after = ~ring[:-2], ~ring[2:]
        along = 1 - before[..., None] * dip - after[..., None] * dip[::-1]
        return along[..., :, None] * across

    ends = lit(block.marks)
    picks = lit(~block.marks.T).transpose(1, 0, 3, 2)
    light = np.where(block.marks[..., None, None], ends, picks).astype(np.float32)
    # A little sheen keeps dark yarns from turning into flat black.
    rgb = block.colors.astype(np.float32)[:, None, :, None] * light.transpose(0, 2, 1, 3)[..., None]
    rgb += 26 * light.transpose(0, 2, 1, 3)[..., None] ** 6
    rows, columns = block.marks.shape
    return np.clip(rgb, 0, 255).astype(np.uint8).reshape(rows * cell, columns * cell, 3)


_PAINTERS = {"drawdown": _cloth, "end colours": _bar, "pick colours": _bar}
