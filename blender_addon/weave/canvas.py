"""The draft editor's sheet: where its areas lie, which cell a pixel is in, and its picture. NumPy only.

Colours of ends on top, then the threading, then the drawdown; beside it the treadling or lift plan and the colours of
picks; the tie-up in the corner. Above all of it a line with the yarns to paint with. Shaft 1 is next to the cloth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..fabric.design.weave_text import Weave
from .edits import area_size, value_at
from .face_picture import INK, PAPER, Picture, face, palette, yarn_rgb

LARGEST_CELL, SMALLEST_CELL = 26, 3
"""Pixels; of a draft that would take smaller cells, only the first ends or picks are shown."""
LINE, PAD = 26, 8
"""Height of the line of yarns, and the margin around the sheet."""
NARROWEST = 220
BACKGROUND, GRID, RING = (0.80, 0.79, 0.76), (0.72, 0.71, 0.68), (0.95, 0.55, 0.10)
UPWARDS = ("threading", "tie_up")
"""Areas whose first row is the lowest."""


@dataclass(frozen=True)
class Block:
    """An area's place: pixels from the sheet's upper left corner, and the size of its cells."""

    left: int
    top: int
    rows: int
    columns: int
    width: int
    height: int


@dataclass(frozen=True)
class Layout:
    """The sheet's size in pixels and its areas: those that `edits.paint` knows, "drawdown", "palette" and "close"."""

    width: int
    height: int
    cell: int
    blocks: dict[str, Block]

    def hit(self, x: float, y: float) -> tuple[str, int, int] | None:
        """(area, row, column) of a pixel, counted from the sheet's upper left corner; None between the areas."""
        for area, block in self.blocks.items():
            column, row = int((x - block.left) // block.width), int((y - block.top) // block.height)
            if 0 <= column < block.columns and 0 <= row < block.rows:
                return area, block.rows - 1 - row if area in UPWARDS else row, column
        return None

    def has(self, area: str, row: int, column: int) -> bool:
        """Whether the sheet shows that cell."""
        block = self.blocks[area]
        return row < block.rows and column < block.columns

    def middle(self, area: str, row: int, column: int) -> tuple[float, float]:
        """The pixel in the middle of a cell: what `hit` takes back to it."""
        block = self.blocks[area]
        row = block.rows - 1 - row if area in UPWARDS else row
        return block.left + (column + 0.5) * block.width, block.top + (row + 0.5) * block.height


def lay_out(weave: Weave, width: int, height: int, yarns: int, scale: float = 1.0) -> Layout:
    """Arrange the sheet of a weave.

    Args:
        weave: The weave.
        width, height: Pixels that the sheet may take.
        yarns: How many there are to paint with.
        scale: Of Blender's interface.
    """
    draft = weave.draft
    (shafts, _), (_, beside) = area_size(draft, "threading"), area_size(draft, "lifting")
    line, pad = round(LINE * scale), round(PAD * scale)
    room_x, room_y = width - 4 * pad, height - line - 5 * pad
    cell = min(room_x // (draft.end_count + beside + 1), room_y // (draft.pick_count + shafts + 1))
    cell = max(SMALLEST_CELL, min(cell, round(LARGEST_CELL * scale)))
    ends = max(1, min(draft.end_count, room_x // cell - beside - 1))
    picks = max(1, min(draft.pick_count, room_y // cell - shafts - 1))

    threading = line + 3 * pad + cell  # y; the end colours above it, the drawdown below
    drawdown = threading + shafts * cell + pad
    lifting = 2 * pad + ends * cell  # x
    pick_yarns = lifting + beside * cell + pad
    sheet_width = max(pick_yarns + cell + pad, min(round(NARROWEST * scale), width))
    close = Block(sheet_width - pad - line, pad, 1, 1, line, line)
    swatch = max(2, min(line, (close.left - 2 * pad) // max(yarns, 1)))
    blocks = {
        "palette": Block(pad, pad, 1, yarns, swatch, line),
        "close": close,
        "end_yarns": Block(pad, line + 2 * pad, 1, ends, cell, cell),
        "threading": Block(pad, threading, shafts, ends, cell, cell),
        "tie_up": Block(lifting, threading, *area_size(draft, "tie_up"), cell, cell),
        "drawdown": Block(pad, drawdown, picks, ends, cell, cell),
        "lifting": Block(lifting, drawdown, picks, beside, cell, cell),
        "pick_yarns": Block(pick_yarns, drawdown, picks, 1, cell, cell),
    }
    return Layout(sheet_width, drawdown + picks * cell + pad, cell, blocks)


def sheet(weave: Weave, layout: Layout, colors: tuple[str, ...], view: str, brush: int) -> Picture:
    """The sheet's picture.

    Args:
        weave: The weave.
        layout: Of this weave.
        colors: "#rrggbb" of each yarn in the fabric's list.
        view: As in `face.face`.
        brush: The yarn that is painted with, which is framed.

    Returns:
        float32[height, width, 3], the uppermost row first.
    """
    picture = np.tile(np.array(BACKGROUND, np.float32), (layout.height, layout.width, 1))
    draft, blocks, rgb = weave.draft, layout.blocks, palette(colors)
    end_rgb, pick_rgb = yarn_rgb(weave.end_yarns, rgb), yarn_rgb(weave.pick_yarns, rgb)
    shown = np.s_[: blocks["drawdown"].rows, : blocks["drawdown"].columns]
    woven = face(draft.drawdown[shown], end_rgb[shown[1]], pick_rgb[shown[0]], layout.cell, view)
    _put(picture, blocks["drawdown"], woven)
    if view == "STRUCTURE":
        _rule(picture, blocks["drawdown"])

    shafts = np.arange(draft.shaft_count, 0, -1)[:, None]
    lifting = draft.treadling if draft.lift_plan is None else draft.lift_plan
    tables = {"threading": draft.threading == shafts, "lifting": lifting}
    if draft.tie_up is not None:
        tables["tie_up"] = draft.tie_up[::-1]
    cells = {area: np.where(table[..., None], INK, PAPER) for area, table in tables.items()}
    cells |= {"end_yarns": end_rgb[None], "pick_yarns": pick_rgb[:, None]}
    if colors:
        cells["palette"] = rgb[None, :-1]
    for area, table in cells.items():
        block = blocks[area]
        shown_cells = table[: block.rows, : block.columns].astype(np.float32)
        _put(picture, block, shown_cells.repeat(block.height, axis=0).repeat(block.width, axis=1))
        _rule(picture, block)
    if 0 <= brush < len(colors):
        _frame(picture, blocks["palette"], brush)
    _cross(picture, blocks["close"])
    return picture


def describe(weave: Weave, place: tuple[str, int, int], names: tuple[str, ...]) -> str:
    """What is under the mouse, in a few words; `names` are those of the yarns."""
    area, row, column = place
    if area == "close":
        return "Close the editor"
    if area == "palette":
        return f"Paint with {names[column]}"
    if area == "drawdown":
        top = "end" if weave.draft.drawdown[row, column] else "pick"
        return f"End {column + 1}, pick {row + 1}: {top} on top"
    if area in ("end_yarns", "pick_yarns"):
        yarn = value_at(weave, area, (row, column))
        name = names[yarn] if yarn < len(names) else "a yarn that is gone"
        return f"{f'End {column + 1}' if area == 'end_yarns' else f'Pick {row + 1}'}: {name}"
    beside = "treadle" if weave.draft.treadle_count else "shaft"
    return {
        "threading": f"End {column + 1}, shaft {row + 1}",
        "tie_up": f"Treadle {column + 1}, shaft {row + 1}",
        "lifting": f"Pick {row + 1}, {beside} {column + 1}",
    }[area]


def _put(picture: Picture, block: Block, part: Picture) -> None:
    picture[block.top : block.top + part.shape[0], block.left : block.left + part.shape[1]] = part


def _rule(picture: Picture, block: Block) -> None:
    """Lines between cells, where these are large enough."""
    if min(block.width, block.height) < 5 or not block.columns:
        return
    bottom, right = block.top + block.rows * block.height, block.left + block.columns * block.width
    picture[block.top : bottom + 1, block.left : right + 1 : block.width] = GRID
    picture[block.top : bottom + 1 : block.height, block.left : right + 1] = GRID


def _frame(picture: Picture, block: Block, column: int) -> None:
    left, top = block.left + column * block.width, block.top
    ring = picture[top : top + block.height + 1, left : left + block.width + 1]
    inside = ring[3:-3, 3:-3].copy()
    ring[:] = RING
    ring[3:-3, 3:-3] = inside


def _cross(picture: Picture, block: Block) -> None:
    y, x = np.mgrid[: block.height, : block.width]
    margin = block.width // 4
    inside = (np.minimum(x, y) >= margin) & (np.maximum(x, y) < block.width - margin)
    drawn = inside & ((abs(x - y) < 2) | (abs(x + y - block.width + 1) < 2))
    picture[block.top : block.top + block.height, block.left : block.left + block.width][drawn] = INK
