"""Reading DTX, the text format of Fiberworks PCW: sections with names such as @@Threading, and settings such as
%%sinking in them."""

from __future__ import annotations

import re

from warp_fabric.errors import DraftError
from warp_fabric.weave.file_colors import ColorScale, yarn_colors
from warp_fabric.weave.file_contents import FileContents, Note, is_treadled, yarn_count
from warp_fabric.weave.numbers import MAX_YARNS

Sections = dict[str, list[str]]
Rows = dict[int, list[int]]


def read_dtx(text: str, stem: str, note: Note) -> FileContents:
    """What a DTX file says.

    Args:
        text: The file's text.
        stem: The draft's name if the file has none.
        note: Called with a sentence about each doubtful thing.

    Raises:
        DraftError: If it is not DTX, or damaged; with the section, not the file.
    """
    sections, settings = _sections(text)
    if "startdtx" not in sections:
        raise DraftError("this is not a DTX file: it has no @@StartDTX", fix="save it again as DTX")
    threading = _lists(sections, "threading")
    if not threading:
        raise DraftError("no end is threaded", where="@@Threading", fix="add the shaft of each end")
    tie_up, treadling = _tie_up(sections), _lists(sections, "treadling")
    lift_plan = {pick: _ones("liftplan", row) for pick, row in enumerate(sections.get("liftplan", []), 1)}
    lifting = treadling if is_treadled(tie_up, treadling, lift_plan) else lift_plan
    table = _color_table(sections, note)
    info = settings.get("info", {})
    counts: dict[str, int] = {}
    colors: dict[str, tuple[str, ...] | None] = {}
    for side, yarns, used in (("warp", "ends", max(threading)), ("weft", "picks", max(lifting))):
        words = " ".join(sections.get(f"{side} colors", [])).split()
        inks = {yarn: _whole(f"{side} colors", word) for yarn, word in enumerate(words, 1)}
        counts[side] = yarn_count(used, _count(info, yarns), [len(inks)])
        # yarns that are not listed have the first one's colour; a side without a list, one of the table's first two
        default = inks[1] if inks else min(len(table) - 1, side == "weft") if table else None
        colors[side] = yarn_colors(side.upper(), counts[side], inks, default, table, note)
    return FileContents(
        name=next(iter(sections.get("description", [])), stem),
        threading=threading,
        tie_up=tie_up,
        treadling=treadling,
        lift_plan=lift_plan,
        end_count=counts["warp"],
        pick_count=counts["weft"],
        shaft_count=_count(info, "shafts"),
        treadle_count=_count(info, "treadles"),
        rising_shed=not any("sinking" in settings.get(name, {}) for name in ("tieup", "liftplan")),
        end_colors=colors["warp"],
        pick_colors=colors["weft"],
    )


def _sections(text: str) -> tuple[Sections, dict[str, dict[str, str]]]:
    """The lines of each section, and its settings; names in lower case."""
    sections: Sections = {}
    settings: dict[str, dict[str, str]] = {}
    name = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("@@"):
            name = " ".join(line[2:].lower().split())
            sections[name], settings[name] = [], {}
        elif name and line.startswith("%"):
            key, _, value = line.lstrip("%").partition(" ")
            settings[name][key.lower()] = value.strip()
        elif name and line:
            sections[name].append(line)
    return sections, settings


def _lists(sections: Sections, name: str) -> Rows:
    """Lists of numbers with spaces between them; "1, 3 2" is [1, 3] and [2]."""
    text = re.sub(r"\s*,\s*", ",", " ".join(sections.get(name, [])))
    return {
        row: [_bounded(name, _whole(name, word)) for word in words.split(",")]
        for row, words in enumerate(text.split(), 1)
    }


def _tie_up(sections: Sections) -> Rows:
    """Shafts of each treadle; the file has a row for each shaft, the first at the bottom."""
    rows = [_ones("tieup", row) for row in reversed(sections.get("tieup", []))]
    if len({len(row.replace(" ", "")) for row in sections.get("tieup", [])}) > 1:
        fix = "write one 0 or 1 for each treadle in each row"
        raise DraftError("the rows of the tie-up differ in length", where=_place("tieup"), fix=fix)
    treadles = len(sections["tieup"][0].replace(" ", "")) if rows else 0
    return {
        treadle: [shaft for shaft, row in enumerate(rows, 1) if treadle in row] for treadle in range(1, treadles + 1)
    }


def _ones(name: str, row: str) -> list[int]:
    """The numbers, from 1, of the ones in a row of 0 and 1."""
    bits = row.replace(" ", "")
    if bits.strip("01"):
        raise DraftError(f"{row[:40]!r} is not a row of 0 and 1", where=_place(name), fix="write it like 0110")
    return [number for number, bit in enumerate(bits, 1) if bit == "1"]


def _color_table(sections: Sections, note: Note) -> dict[int, str]:
    """Colours by number, from 0."""
    name = next((each for each in ("color palet", "color palette") if each in sections), "")
    lines = sections.get(name, [])
    scale = ColorScale("0,255", lines, note)
    table: dict[int, str] = {}
    for number, line in enumerate(lines):
        try:
            table[number] = scale.color(line)
        except DraftError as error:
            raise DraftError(error.what, where=f"{_place(name)} {number}", fix=error.fix) from error
    return table


def _count(info: dict[str, str], key: str) -> int:
    return _bounded("info", _whole("info", info.get(key) or "0"))


def _whole(name: str, word: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}(\.0*)?", word):
        what = f"{word[:40]!r} stands where a number should"
        raise DraftError(what, where=_place(name), fix="correct it, or save the file again")
    return int(word.partition(".")[0])


def _bounded(name: str, number: int) -> int:
    if not 0 <= number <= MAX_YARNS:
        fix = "correct it; the file may be damaged"
        raise DraftError(f"{number} is out of range 0-{MAX_YARNS}", where=_place(name), fix=fix)
    return number


def _place(name: str) -> str:
    return f"@@{name.title()}"
