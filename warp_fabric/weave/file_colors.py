"""Colours in weave files: as people and programs write them, a table of them, and those of a side's yarns."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from warp_fabric.errors import DraftError
from warp_fabric.weave.analysis import ranges
from warp_fabric.weave.file_contents import Note

Parts = tuple[float, float, float]
"""Red, green and blue, in the units of the file's table."""
Ink = int | str
"""A number of the colour table, or "#rrggbb"."""

_NUMBER = r"[+-]?(?:[0-9]{1,9}(?:\.[0-9]*)?|\.[0-9]+)"
_HEX = re.compile(r"(?:(?:#|0x)([0-9a-f]{3}|[0-9a-f]{6})|([0-9a-f]{6}))(?![0-9a-z.,])", re.IGNORECASE)
_TOPS = (255, 999, 65535)
"""The largest values that programs give a colour's parts, for files that do not say."""


def hex_color(value: str) -> str | None:
    """ "#rrggbb" if a value begins with a colour in hexadecimal, with "#" or without."""
    found = _HEX.match(value)
    if not found:
        return None
    digits = (found[1] or found[2]).lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def color_parts(value: str) -> Parts | None:
    """Three numbers, or None if it is something else."""
    words = re.sub(r"rgb|[(),]", " ", value.lower()).split()
    if len(words) != 3 or not all(re.fullmatch(_NUMBER, word) for word in words):
        return None
    red, green, blue = (float(word) for word in words)
    return red, green, blue


class ColorScale:
    """From a colour as a file writes it to "#rrggbb".

    Args:
        limits: The file's Range, "low,high" or "high"; "" if it has none.
        values: The file's colours, which tell the range if the file does not.
        note: Called with a sentence if the range had to be guessed.
    """

    def __init__(self, limits: str, values: Collection[str], note: Note) -> None:
        written = [value for value in values if not hex_color(value) and color_parts(value)]
        colors = [color_parts(value) or (0.0, 0.0, 0.0) for value in written]
        largest = max((part for color in colors for part in color), default=0.0)
        fractions = largest <= 1 and any("." in value for value in written)
        low, high, proper = _limits(limits)
        held = sum(low <= min(color) and max(color) <= high for color in colors)
        # a range that is written well and holds half of the colours is right, and the others are damaged
        usable = low < high and (held == len(colors) or (proper and 2 * held >= len(colors)))
        doubt = "" if proper else f"Range {limits!r} is not two rising numbers like 0,255" if limits else "has no Range"
        if usable and not (fractions and high > 1):
            self.low, self.high = low, high
        else:
            guess = 1 if fractions else next((top for top in _TOPS if largest <= top), largest)
            self.low, self.high = 0.0, float(guess)
            unlike = "colours are fractions of 1" if fractions else "colours do not fit in it"
            doubt = doubt or f"Range is {limits}, but the {unlike}"
        if written and doubt:
            note(f"[COLOR PALETTE] {doubt}: taken as {self.low:g} to {self.high:g}")

    def color(self, value: str) -> str:
        """ "#rrggbb" of a colour in the file.

        Raises:
            DraftError: If it is no colour, or out of range.
        """
        if found := hex_color(value):
            return found
        parts = color_parts(value)
        if parts is None:
            raise DraftError(f"{value[:40]!r} is not a colour", fix="write three numbers like 255,128,0, or #ff8000")
        if not all(self.low <= part <= self.high for part in parts):
            what = f"colour {value} is out of range {self.low:g}-{self.high:g}"
            raise DraftError(what, fix="correct it, or the Range of [COLOR PALETTE]")
        return "#" + "".join(f"{round(255 * (part - self.low) / (self.high - self.low)):02x}" for part in parts)


def _limits(text: str) -> tuple[float, float, bool]:
    """The lowest and the highest value of a Range, and whether they are written as they should be; else 0, 0."""
    proper = re.fullmatch(rf"(?:({_NUMBER})[\s,]+)?({_NUMBER})", text)
    # other things that are seen between two numbers: "0-255", "0..255", "0 to 255"
    found = proper or re.fullmatch(r"\D*([0-9]+)\D+([0-9]+)\D*", text)
    low, high = (float(found[1] or 0), float(found[2])) if found else (0.0, 0.0)
    return low, high, proper is not None and low < high


def yarn_colors(
    side: str, count: int, inks: Mapping[int, Ink], default: Ink | None, table: Mapping[int, str], note: Note
) -> tuple[str, ...] | None:
    """The colours of a side's yarns, or None if the file gives it none.

    Args:
        side: "WARP" or "WEFT", for messages.
        count: How many yarns there are.
        inks: Colours of single yarns, by the yarn's number from 1.
        default: The colour of the others.
        table: "#rrggbb" by number.
        note: Called with a sentence about a colour that is doubtful and was passed over.

    Raises:
        DraftError: If a yarn's colour is not in the table.
    """
    if not table and isinstance(default, int):
        default = None  # a number without a table says nothing
    if not inks and default is None:
        return None
    place = f"[{side} COLORS]"
    if not table and any(isinstance(ink, int) for ink in inks.values()):
        fix = "add the colour table ([COLOR TABLE], Color Palette), or remove the yarns' colours"
        raise DraftError("yarns have colour numbers, but there is no colour table", where=place, fix=fix)
    known = {yarn: ink if isinstance(ink, str) else table.get(ink) for yarn, ink in inks.items()}
    fix = f"use a number of the colour table ({ranges(sorted(table))}), or add the colour to it"
    for yarn, color in known.items():
        if color is None:
            what = f"{place} {yarn}: colour {inks[yarn]} is not one of the table's {len(table)}"
            raise DraftError(what, fix=fix)
    other = default if isinstance(default, str) or default is None else table.get(default)
    left = [yarn for yarn in range(1, count + 1) if yarn not in known]
    if default is not None and other is None:
        what = f"[{side}] colour {default} is not one of the table's {len(table)}"
        if left:
            raise DraftError(what, fix=fix)
        note(f"{what}; every yarn has a colour of its own")
    elif left and other is None:
        first = min(known)
        other = known[first]
        note(f"[{side}] yarns {ranges(left)} have no colour: given that of yarn {first}")
    return tuple(str(known.get(yarn, other)) for yarn in range(1, count + 1))
