"""Drawing a draft: its arrangement on a sheet as weaving software shows it, and that sheet in a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.console import Console
from rich.markup import escape
from rich.style import Style
from rich.table import Table
from rich.text import Text

from warp_fabric.weave.analysis import analyse
from warp_fabric.weave.draft import Draft

END_COLOR, PICK_COLOR = "#2b3a4a", "#f3ecdd"
"""Where a draft says nothing about colour: dark ends, light picks."""
INK = np.array([43, 48, 58], dtype=np.uint8)
PAPER = np.array([[247, 244, 237], [233, 228, 217]], dtype=np.uint8)
MOST_SHAFTS = 32
"""With more shafts or treadles than this, threading and treadling are left out of a drawing."""
MOST_LINES = 48
"""Lines of the terminal that a drawdown takes at most."""
SMALL = 24
"""A smaller repeat is drawn several times, until it has this many yarns."""


@dataclass(frozen=True)
class Block:
    """A part of the sheet: its place in cells, its marks, and its colours if it is not drawn in ink.

    Attributes:
        kind: "threading", "tie-up", "treadling", "drawdown", "end colours" or "pick colours".
        marks: bool[rows, columns].
        colors: uint8[rows, columns, 3] or None.
    """

    kind: str
    row: int
    column: int
    marks: NDArray[np.bool_]
    colors: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Sheet:
    """Blocks that do not overlap, on `rows` x `columns` cells; `draft` is the draft as far as it is drawn."""

    draft: Draft
    rows: int
    columns: int
    blocks: tuple[Block, ...]


def arrange(draft: Draft, ends: int, picks: int, columns: int | None = None) -> Sheet:
    """Arrange a draft: threading above, tie-up in the corner, treadling (or lift plan) at the right, colours between.

    Args:
        draft: One repeat.
        ends, picks: Draw at most this many; a small draft is repeated up to `SMALL`.
        columns: The sheet's width in cells, if limited: what does not fit is left out or cut.
    """
    lifting = draft.raised if draft.treadling is None else draft.treadling
    beside = lifting.shape[1] if lifting.shape[1] <= MOST_SHAFTS else 0
    above = draft.shaft_count if draft.shaft_count <= MOST_SHAFTS else 0
    if columns is not None:
        if columns - beside - 4 < min(draft.end_count, 12):
            beside = 0
        ends = max(1, min(ends, columns - (beside + 4 if beside else 3)))
    shown = draft.repeated(_shown(draft.pick_count, picks), _shown(draft.end_count, ends))
    end_rgb = _rgb(shown.end_colors, END_COLOR, shown.end_count)
    pick_rgb = _rgb(shown.pick_colors, PICK_COLOR, shown.pick_count)

    top, left = (above + 3 if above else 2), shown.end_count + 3
    face = np.where(shown.drawdown[..., None], end_rgb[None], pick_rgb[:, None])
    blocks = [
        Block("drawdown", top, 0, shown.drawdown, face),
        Block("end colours", top - 2, 0, np.ones((1, shown.end_count), bool), end_rgb[None]),
        Block("pick colours", top, left - 2, np.ones((shown.pick_count, 1), bool), pick_rgb[:, None]),
    ]
    if above:
        shafts = np.arange(above, 0, -1)[:, None]  # shaft 1 next to the cloth
        blocks.append(Block("threading", 0, 0, shown.threading == shafts))
    if beside:
        pressed = shown.raised if shown.treadling is None else shown.treadling
        blocks.append(Block("treadling", top, left, pressed))
    if above and beside and shown.tie_up is not None:
        blocks.append(Block("tie-up", 0, left, shown.tie_up[::-1]))
    width = left + beside if beside else left - 1
    return Sheet(shown, top + shown.pick_count, width, tuple(blocks))


def show(draft: Draft, console: Console) -> None:
    """Print a draft and its analysis."""
    sheet = arrange(draft, ends=console.width, picks=2 * MOST_LINES, columns=console.width - 2)
    name = draft.name.encode(console.encoding, "replace").decode(console.encoding)
    console.print(f"[bold]{escape(name) or 'draft'}[/bold]  {_size(draft)}", highlight=False)
    console.print()
    blocks = _can_print("".join(_HALVES.values()), console)
    text = terminal_text(sheet, color=blocks and console.color_system is not None, halves=_HALVES if blocks else _ASCII)
    console.print(text, no_wrap=True, overflow="crop")
    console.print()
    console.print(f"[dim]{_extent(draft, sheet.draft)}[/dim]", highlight=False)
    table = Table.grid(padding=(0, 2))
    for label, sentence in analyse(draft).describe():
        table.add_row(f"[dim]{label}[/dim]", escape(sentence))
    console.print(table)


_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_ASCII = {(False, False): " ", (True, False): "'", (False, True): ".", (True, True): ":"}
"""For output in an encoding without half blocks, such as that of a Windows pipe."""


def _can_print(text: str, console: Console) -> bool:
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        return False
    return True


def terminal_text(sheet: Sheet, color: bool = True, halves: Mapping[tuple[bool, bool], str] = _HALVES) -> Text:
    """The sheet in half blocks: two cells a character, one above the other, so that cells are about square.

    Args:
        sheet: What to print.
        color: In the yarns' colours; else only where the end is on top.
        halves: The characters for (upper, lower) cell, without colour.
    """
    rows = sheet.rows + sheet.rows % 2
    inked = np.zeros((rows, sheet.columns), dtype=bool)
    painted = np.zeros((rows, sheet.columns), dtype=bool)
    rgb = np.zeros((rows, sheet.columns, 3), dtype=np.uint8)
    for block in sheet.blocks:
        height, width = block.marks.shape
        place = np.s_[block.row : block.row + height, block.column : block.column + width]
        inked[place], painted[place] = block.marks, True
        if block.colors is not None:
            rgb[place] = block.colors
        else:
            row, column = np.indices((height, width))
            rgb[place] = np.where(block.marks[..., None], INK, PAPER[(row + column) % 2])
    text = Text()
    for row in range(0, rows, 2):
        text.append("  ")
        for column in range(sheet.columns):
            cell = np.s_[row : row + 2, column]
            text.append(*(_colored(painted[cell], rgb[cell]) if color else (halves[tuple(inked[cell].tolist())], "")))
        text.append("\n" if row + 2 < rows else "")
    return text


def _colored(painted: np.ndarray, rgb: np.ndarray) -> tuple[str, Style | str]:
    upper, lower = (Color.from_rgb(*(int(part) for part in one)) for one in rgb)
    if painted.all():
        return "▀", Style(color=upper, bgcolor=lower)
    if painted[0]:
        return "▀", Style(color=upper)
    return ("▄", Style(color=lower)) if painted[1] else (" ", "")


def _shown(count: int, most: int) -> int:
    """How many yarns to draw: whole repeats up to `SMALL`, or as many as fit."""
    return min(most, count * math.ceil(SMALL / count) if count < SMALL else count)


def _rgb(colors: tuple[str, ...] | None, otherwise: str, count: int) -> np.ndarray:
    """uint8[count, 3]."""
    hexes = colors or (otherwise,) * count
    return np.frombuffer(bytes.fromhex("".join(color[1:] for color in hexes)), dtype=np.uint8).reshape(count, 3)


def _size(draft: Draft) -> str:
    lifting = f"{draft.treadle_count} treadles" if draft.treadle_count else "lift plan"
    return f"{draft.end_count} ends x {draft.pick_count} picks, {draft.shaft_count} shafts, {lifting}"


def _extent(draft: Draft, shown: Draft) -> str:
    """What of the draft is drawn."""
    if shown.end_count < draft.end_count or shown.pick_count < draft.pick_count:
        return f"drawn: the first {shown.end_count} ends and {shown.pick_count} picks"
    key = "" if draft.end_colors or draft.pick_colors else "; dark: the end is on top"
    return f"drawn: {shown.end_count} ends x {shown.pick_count} picks{key}"
