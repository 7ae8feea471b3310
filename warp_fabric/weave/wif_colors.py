"""Colours in a WIF file: its table, in whatever numbers programs write it, and each yarn's number in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from warp_fabric.errors import WeaveFileError

Section = dict[str, tuple[int, str]]
"""Key -> (line number, value)."""
Rgb = tuple[float, float, float]

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b|(?:0x)?([0-9a-f]{6})$", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$", re.IGNORECASE)
_TOPS = (1.0, 255.0, 999.0, 65535.0)
"""What the largest part of a colour usually is; 1 in decimals only."""


@dataclass(frozen=True)
class ColorTable:
    """The colours of a file by their number, as "#rrggbb"; or, of those that are none, what is wrong."""

    colors: Mapping[int, str]
    faults: Mapping[int, WeaveFileError]

    def __bool__(self) -> bool:
        return bool(self.colors or self.faults)

    def hex(self, number: int) -> str | None:
        """The colour of that number; None where the table has no such number.

        Raises:
            WeaveFileError: Where the table's entry is no colour.
        """
        if number in self.faults:
            raise self.faults[number]
        return self.colors.get(number)


def read_table(sections: Mapping[str, Section], where: str, note: Callable[[str], None]) -> ColorTable:
    """The table of a file's colours.

    Args:
        sections: The file's sections, names and keys in lower case.
        where: The file's name, for errors.
        note: Called with a sentence about each doubtful thing.
    """
    colors: dict[int, str] = {}
    faults: dict[int, WeaveFileError] = {}
    rgbs: dict[int, Rgb] = {}
    decimal = False
    for key, (line, value) in sections.get("color table", {}).items():
        if not re.fullmatch(r"[0-9]{1,9}", key):
            note(f"line {line}, [COLOR TABLE]: skipped {key!r}, which is not a number")
        elif (found := _hex(value)) is not None:
            colors[int(key)] = found
        elif value.strip(" ;"):
            parts = _parts(value)
            if len(parts) == 3 and all(map(_NUMBER.match, parts)):
                rgbs[int(key)] = (float(parts[0]), float(parts[1]), float(parts[2]))
                decimal = decimal or "." in "".join(parts)
            else:
                what = f"colour {key} of the table, {value[:40]!r}, is not three numbers"
                place = f"{where}, line {line}, [COLOR TABLE] {key}"
                faults[int(key)] = WeaveFileError(what, where=place, fix="write it like 255,128,0 or #ff8000")
    low, high = _range(sections, rgbs, decimal, note)
    for number, rgb in rgbs.items():
        if all(low <= part <= high for part in rgb):
            colors[number] = to_hex(rgb, low, high)
        else:
            shown = ",".join(f"{part:g}" for part in rgb)
            what = f"colour {number} of the table, {shown}, is outside the range {low:g} to {high:g}"
            place = f"{where}, [COLOR TABLE] {number}"
            fix = "give three numbers within the Range of [COLOR PALETTE]"
            faults[number] = WeaveFileError(what, where=place, fix=fix)
    return ColorTable(colors, faults)


def yarn_colors(
    side: str,
    count: int,
    own: Mapping[int, int],
    default: list[int],
    table: ColorTable,
    where: str,
    note: Callable[[str], None],
) -> tuple[str, ...] | None:
    """The colour of each yarn of a side; None where the file gives it none.

    Args:
        side: "warp" or "weft", for messages.
        count: How many yarns there are.
        own: Numbers of the table, of yarns from 1.
        default: That of all others, then perhaps the colour itself, 0 to 255: [number, red, green, blue].
        table: The file's colours.
        where: The file's name, for errors.
        note: Called with a sentence about each doubtful thing.

    Raises:
        WeaveFileError: Where a number is not in the table.
    """
    given = {yarn: number for yarn, number in own.items() if yarn <= count}
    itself = to_hex(_rgb(default[1:]), 0, 255) if len(default) == 4 and max(default[1:]) <= 255 else None
    if not given and not default:
        return None
    if not table:
        if given:
            what = "yarns have colour numbers, but there is no colour table"
            fix = f"add [COLOR TABLE], or remove [{side.upper()} COLORS]"
            raise WeaveFileError(what, where=where, fix=fix)
        return None if itself is None else (itself,) * count
    others = table.hex(default[0]) or itself if default else None
    used = len(given) < count
    size = len(table.colors) + len(table.faults)
    if default and others is None:
        what = f"[{side.upper()}] colour {default[0]} is not one of the table's {size}"
        if used:
            fix = "use a number of the table, or add the colour to it"
            raise WeaveFileError(what, where=f"{where}, [{side.upper()}]", fix=fix)
        note(f"{what}; no yarn has it")
    if used and others is None:
        what = f"[{side.upper()}] has no colour for yarns that are not in [{side.upper()} COLORS]"
        fix = f"add Color= to [{side.upper()}], or list every yarn in [{side.upper()} COLORS]"
        raise WeaveFileError(what, where=where, fix=fix)
    colors = []
    for yarn in range(1, count + 1):
        color = table.hex(given[yarn]) if yarn in given else others
        if color is None:
            what = f"yarn {yarn} has colour {given[yarn]}, which is not one of the table's {size}"
            fix = "use a number of the table, or add the colour to it"
            raise WeaveFileError(what, where=f"{where}, [{side.upper()} COLORS]", fix=fix)
        colors.append(color)
    return tuple(colors)


def to_hex(rgb: Rgb, low: float, high: float) -> str:
    """ "#rrggbb" of parts between `low` and `high`."""
    return "#" + "".join(f"{round(255 * (part - low) / (high - low)):02x}" for part in rgb)


def _rgb(parts: list[int]) -> Rgb:
    return (float(parts[0]), float(parts[1]), float(parts[2]))


def _hex(value: str) -> str | None:
    """The colour that is written as hexadecimal digits; without a "#" only where it cannot be a number."""
    found = _HEX.match(value.strip())
    if not found:
        return None
    digits = (found[1] or found[2]).lower()
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return f"#{digits}"


def _parts(value: str) -> list[str]:
    """Numbers between commas or spaces, up to a comment."""
    return re.sub(r"[(),]", " ", re.split("[;#]", value, maxsplit=1)[0]).split()


def _range(
    sections: Mapping[str, Section], rgbs: Mapping[int, Rgb], decimal: bool, note: Callable[[str], None]
) -> tuple[float, float]:
    """The least and largest part that a colour may have."""
    _line, value = sections.get("color palette", {}).get("range", (0, ""))
    parts = [float(part) for part in re.findall(r"\d+\.?\d*|\.\d+", _uncommented(value).replace("..", " "))]
    largest = max((part for rgb in rgbs.values() for part in rgb), default=0.0)
    if decimal and largest <= 1.0 and (not parts or parts[-1] > 1.0):
        guess = 1.0
    else:
        guess = next((top for top in _TOPS[1:] if largest <= top), largest)
    if len(parts) == 1 and parts[0] > 0:
        parts = [0.0, parts[0]]
    if decimal and largest <= 1.0 and parts[-1:] != [1.0] and rgbs:
        note("the colours are decimals up to 1: taken as shares, 0 to 1")
    elif len(parts) == 2 and parts[0] < parts[1]:
        return parts[0], parts[1]
    elif rgbs and not value:
        note(f"[COLOR PALETTE] has no Range: taken as 0 to {guess:g}")
    elif rgbs:
        note(f"[COLOR PALETTE] Range={value[:40]} is not two rising numbers: taken as 0 to {guess:g}")
    return 0.0, guess


def _uncommented(value: str) -> str:
    return re.split("[;#]", value, maxsplit=1)[0].strip()
