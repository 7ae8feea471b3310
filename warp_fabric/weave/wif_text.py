"""WIF 1.1 text: writing a draft as WIF, and tidying WIF text so that dtx-to-wif can read it.

WIF is an INI file: [THREADING] end=shaft, [TIEUP] treadle=shafts, [TREADLING] pick=treadles, [LIFTPLAN] pick=shafts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from warp_fabric.errors import WeaveFileError
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import MAX_YARNS, yarn_count
from warp_fabric.weave.wif_colors import Section, read_table, yarn_colors

_SETS = ("threading", "tieup", "treadling", "liftplan")
_OF_YARNS = ("colors", "spacing", "thickness")
"""Kinds of sections that name a side's yarns besides its threading or treadling."""
_TRUTH: dict[str, bool] = {"true": True, "on": True, "yes": True, "1": True}
_TRUTH |= {"false": False, "off": False, "no": False, "0": False}


@dataclass(frozen=True)
class TidyWif:
    """WIF text that dtx-to-wif reads, and what it does not tell.

    Attributes:
        text: The text.
        title: The draft's name, or None if the file has none.
        end_count, pick_count, treadle_count: How many the file speaks of, those with an explicit 0 included.
        end_colors, pick_colors: "#rrggbb" of each yarn; None where the file gives that side no colours.
    """

    text: str
    title: str | None
    end_count: int
    pick_count: int
    treadle_count: int
    end_colors: tuple[str, ...] | None
    pick_colors: tuple[str, ...] | None


def tidy_wif(text: str, where: str, note: Callable[[str], None]) -> TidyWif:
    """Keep of a WIF file what a draft is made of, in the form that dtx-to-wif 4.7 reads.

    It guards against these faults of dtx-to-wif: a file without [WIF] never ends; "%" in a title raises; drafts in
    which nothing is threaded or raised raise; colours have to be written in one way. Spacing and thickness are no part
    of a draft and left out.

    Args:
        text: The file's text.
        where: The file's name, for errors.
        note: Called with a sentence about each doubtful thing that was passed over.

    Raises:
        WeaveFileError: If it is not WIF, or a number in it is damaged.
    """
    sections = _sections(text)
    if "wif" not in sections:
        raise WeaveFileError(
            "this is not a WIF file: it has no [WIF] section", where=where, fix="save it again as WIF 1.1"
        )
    reader = _Numbers(sections, where, note)
    threads = {side: reader.count(side, "threads") for side in ("warp", "weft")}
    counted = {"threading": threads["warp"], "treadling": threads["weft"], "liftplan": threads["weft"]}
    tables = {name: reader.table(name, counted.get(name, 0)) for name in _SETS}
    colored = {side: reader.table(f"{side} colors", threads[side]) for side in threads}
    threading, tie_up, treadling, lift_plan = tables.values()
    if not threading:
        fix = "add a line END=SHAFT for each end, e.g. 1=1"
        raise WeaveFileError("no end is threaded", where=f"{where}, [THREADING]", fix=fix)
    shafts, treadles = reader.count("weaving", "shafts"), reader.count("weaving", "treadles")

    treadles = max([treadles, *tie_up])
    by_treadle = bool(tie_up and treadling) and (not lift_plan or (_any(tie_up) and _any(treadling)))
    lifting = treadling if by_treadle else lift_plan
    end_count, pick_count = (
        yarn_count(table, reader.named(side), threads[side]) for side, table in (("warp", threading), ("weft", lifting))
    )
    # dtx-to-wif fails on tables in which every entry is 0: a yarn or treadle past the last, cut off again, fills them.
    if not _any(threading):
        threading[end_count + 1] = [1]
    if by_treadle and not _any(tie_up):
        tie_up[treadles + 1] = [1]
    if by_treadle and not _any(treadling):
        treadling[pick_count + 1] = [1]
    if lift_plan and not by_treadle and not _any(lift_plan):
        lift_plan[pick_count + 1] = [1]

    table = read_table(sections, where, note)
    colors = {
        side: yarn_colors(
            side,
            count,
            {yarn: numbers[0] for yarn, numbers in colored[side].items() if numbers},
            reader.ints(side, "color"),
            table,
            where,
            note,
        )
        for side, count in (("warp", end_count), ("weft", pick_count))
    }
    lines = ["[wif]", "[weaving]", f"rising shed={reader.truth('weaving', 'rising shed', True)}"]
    lines += [f"shafts={shafts}", f"treadles={treadles}"]
    # dtx-to-wif insists on colours
    lines += ["[color_palette]", "range=0,255", "[color_table]", "1=0,0,0", "[warp]", "color=1", "[weft]", "color=1"]
    for name, rows in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key}={','.join(map(str, values))}" for key, values in rows.items() if values]
    title = sections.get("text", {}).get("title")
    return TidyWif(
        text="\n".join(lines) + "\n",
        title=title[1] if title else None,
        end_count=end_count,
        pick_count=pick_count,
        treadle_count=treadles,
        end_colors=colors["warp"],
        pick_colors=colors["weft"],
    )


def draft_to_wif_text(draft: Draft) -> str:
    """A draft as WIF 1.1 text. Reading it gives the same draft."""
    palette = sorted({*(draft.end_colors or ()), *(draft.pick_colors or ())})
    index = {color: number for number, color in enumerate(palette, 1)}
    weaving = {"Rising Shed": "true", "Treadles": draft.treadle_count, "Shafts": draft.shaft_count}
    sections: dict[str, dict] = {
        "TEXT": {"Title": draft.name},
        "WEAVING": weaving,
        "WARP": {"Threads": draft.end_count, "Units": "centimeters"},
        "WEFT": {"Threads": draft.pick_count, "Units": "centimeters"},
        "THREADING": dict(enumerate(draft.threading.tolist(), 1)),
    }
    if draft.tie_up is not None and draft.treadling is not None:
        sections |= {"TIEUP": _numbered(draft.tie_up.T), "TREADLING": _numbered(draft.treadling)}
    else:
        sections["LIFTPLAN"] = _numbered(draft.raised)
    for side, colors in (("WARP", draft.end_colors), ("WEFT", draft.pick_colors)):
        if colors is not None:
            sections[side]["Color"] = index[colors[0]]
            sections[f"{side} COLORS"] = {number: index[color] for number, color in enumerate(colors, 1)}
    if palette:
        sections["COLOR PALETTE"] = {"Entries": len(palette), "Range": "0,255"}
        rgb = (",".join(str(part) for part in bytes.fromhex(color[1:])) for color in palette)
        sections["COLOR TABLE"] = dict(enumerate(rgb, 1))
    head: dict[str, dict] = {
        "WIF": {
            "Version": "1.1",
            "Date": "April 20, 1997",
            "Developers": "wif@mhsoft.com",
            "Source Program": "Warp Fabric",
        },
        "CONTENTS": dict.fromkeys(sections, "true"),
    }
    return "\n".join(
        "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in section.items()), ""])
        for name, section in (head | sections).items()
    )


def _numbered(rows: np.ndarray) -> dict[int, str]:
    """For each row, from 1, the numbers that are set in it; 0 if none is."""
    return {number: ",".join(map(str, np.flatnonzero(row) + 1)) or "0" for number, row in enumerate(rows, 1)}


def _any(table: dict[int, list[int]]) -> bool:
    return any(any(values) for values in table.values())


def _sections(text: str) -> dict[str, Section]:
    sections: dict[str, Section] = {}
    section: Section = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in ";#":
            continue
        if head := re.match(r"\[([^]]+)\]", line):
            section = sections.setdefault(" ".join(head[1].lower().split()), {})
        else:
            key, _, value = line.partition("=")
            section[" ".join(key.lower().split())] = (number, value.strip())
    return sections


class _Numbers:
    """Reads numbers out of sections, with the place in the error."""

    def __init__(self, sections: dict[str, Section], where: str, note: Callable[[str], None]) -> None:
        self.sections, self.where, self.note = sections, where, note

    def table(self, name: str, count: int = 0) -> dict[int, list[int]]:
        """Sorted; an entry without a value is an empty list.

        Args:
            count: How many entries the file says there are; where numbers begin with 0 and end before it, they are
                taken as from 1.
        """
        lines = self.sections.get(name, {})
        numbers = {int(key) for key in lines if re.fullmatch(r"[0-9]{1,9}", key)}
        shift = int(0 in numbers and max(numbers) < count)
        if shift:
            self.note(f"[{name.upper()}] counts yarns from 0: taken as from 1")
        result = {}
        for key, (line, value) in lines.items():
            if not re.fullmatch(r"[0-9]{1,9}", key) or int(key) + shift == 0:
                self.note(f"line {line}, [{name.upper()}]: skipped {key!r}, which is not a number from 1")
                continue
            self._bound(int(key), name, key, line)
            result[int(key) + shift] = self._ints(value, name, key, line)
            if name in _SETS:
                for one in result[int(key) + shift]:
                    self._bound(one, name, key, line)
        return dict(sorted(result.items()))

    def named(self, side: str) -> set[int]:
        """Yarns of a side that some section names, besides threading and treadling."""
        sections = (self.sections.get(f"{side} {kind}", {}) for kind in _OF_YARNS)
        return {int(key) for lines in sections for key in lines if re.fullmatch(r"[0-9]{1,9}", key)}

    def count(self, name: str, key: str) -> int:
        numbers = self.ints(name, key)
        line = self.sections[name][key][0] if numbers else 0
        return self._bound(numbers[0], name, key, line) if numbers else 0

    def ints(self, name: str, key: str) -> list[int]:
        line, value = self.sections.get(name, {}).get(key, (0, ""))
        return self._ints(value, name, key, line)

    def truth(self, name: str, key: str, default: bool) -> bool:
        line, value = self.sections.get(name, {}).get(key, (0, ""))
        value = _uncommented(value).lower()
        if value and value not in _TRUTH:
            raise self._error(f"{value!r} is neither true nor false", name, key, line, "write true or false")
        return _TRUTH.get(value, default)

    def _ints(self, value: str, name: str, key: str, line: int) -> list[int]:
        parts = _uncommented(value).replace("(", " ").replace(")", " ").replace(",", " ").split()
        if not all(re.fullmatch(r"[+-]?[0-9]{1,9}(\.0*)?", part) for part in parts):
            raise self._error(
                f"{value[:40]!r} is not a list of whole numbers", name, key, line, "write numbers like 1,2,3"
            )
        return [int(part.partition(".")[0]) for part in parts]

    def _bound(self, number: int, name: str, key: str, line: int) -> int:
        if not 0 <= number <= MAX_YARNS:
            fix = "correct the number; the file may be damaged"
            raise self._error(f"{number} is out of range 0-{MAX_YARNS}", name, key, line, fix)
        return number

    def _error(self, what: str, name: str, key: str, line: int, fix: str) -> WeaveFileError:
        return WeaveFileError(what, where=f"{self.where}, line {line}, [{name.upper()}] {key}", fix=fix)


def _uncommented(value: str) -> str:
    return re.split("[;#]", value, maxsplit=1)[0].strip()
