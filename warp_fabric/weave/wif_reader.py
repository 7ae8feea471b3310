"""Reading WIF, of version 1.1 and as programs write it that do not keep to it.

WIF is an INI file: [THREADING] end=shaft, [TIEUP] treadle=shafts, [TREADLING] pick=treadles, [LIFTPLAN] pick=shafts.
"""

from __future__ import annotations

from warp_fabric.errors import DraftError
from warp_fabric.weave.file_colors import ColorScale, Ink, color_parts, hex_color, yarn_colors
from warp_fabric.weave.file_contents import FileContents, Note, is_treadled, yarn_count
from warp_fabric.weave.wif_sections import WifSections, whole_numbers

Table = dict[int, list[int]]


def read_wif(text: str, stem: str, note: Note) -> FileContents:
    """What a WIF file says.

    Args:
        text: The file's text.
        stem: The draft's name if the file has none.
        note: Called with a sentence about each doubtful thing.

    Raises:
        DraftError: If it is not WIF, or damaged; with the line, not the file.
    """
    sections = WifSections(text, note)
    if "wif" not in sections:
        raise DraftError("this is not a WIF file: it has no [WIF] section", fix="save it again as WIF 1.1")
    threading, tie_up, treadling, lift_plan = (
        sections.sets(name) for name in ("threading", "tieup", "treadling", "liftplan")
    )
    if not threading:
        raise DraftError("no end is threaded", where="[THREADING]", fix="add a line END=SHAFT for each end, e.g. 1=1")
    shafts, treadles = sections.count("weaving", "shafts"), sections.count("weaving", "treadles")
    declared = {side: sections.count(side, "threads") for side in ("warp", "weft")}
    by_treadle = is_treadled(tie_up, treadling, lift_plan)
    lifting_name, lifting = ("treadling", treadling) if by_treadle else ("liftplan", lift_plan)

    base = _FromZero(note)
    ends_from_0 = base.rows("threading", threading, declared["warp"])
    picks_from_0 = base.rows(lifting_name, lifting, declared["weft"])
    raised_by = tie_up if by_treadle else lift_plan
    if by_treadle and base.rows("tieup", tie_up, treadles):
        base.values("treadling", [treadling], max(treadles, *tie_up))
    if ends_from_0 and any(0 in one for one in threading.values()):
        base.values("threading", [threading, raised_by], shafts)
    base.tell()

    palette = _Palette(sections, note)
    counts: dict[str, int] = {}
    colors: dict[str, tuple[str, ...] | None] = {}
    for side, used, from_0 in (
        ("warp", max(threading), ends_from_0),
        ("weft", max(lifting), picks_from_0),
    ):
        inks, default = palette.side(side, declared[side] or used, from_0)
        if sections.words("wif", "source program").lower().startswith("weavepoint"):
            counts[side] = used  # the rest is its sheet, all of which it gives colours
        else:
            named = [*inks, *sections.numbers(f"{side} spacing"), *sections.numbers(f"{side} thickness")]
            sure = not inks or isinstance(default, str) or default in palette.table
            counts[side] = yarn_count(used, declared[side], named, sure)
        colors[side] = yarn_colors(side.upper(), counts[side], inks, default, palette.table, note)
    return FileContents(
        name=sections.get("text", "title", stem),
        threading=threading,
        tie_up=tie_up,
        treadling=treadling if by_treadle else {},
        lift_plan={} if by_treadle else lift_plan,
        end_count=counts["warp"],
        pick_count=counts["weft"],
        shaft_count=shafts,
        treadle_count=treadles,
        rising_shed=sections.truth("weaving", "rising shed", True),
        end_colors=colors["warp"],
        pick_colors=colors["weft"],
    )


class _FromZero:
    """Sections whose rows or values count from 0, made to count from 1."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._shifted: list[str] = []

    def rows(self, name: str, table: Table, declared: int) -> bool:
        """Whether a section's rows count from 0; they then count from 1 afterwards.

        They do if there is a row 0 that says something, or leaves room for the last row, `declared`.
        """
        if 0 not in table:
            return False
        last = max(table)
        if last == 0 or (last < declared if declared else any(table[0])):
            shifted = {row + 1: values for row, values in table.items()}
            table.clear()
            table.update(shifted)
            self._shifted.append(f"[{name.upper()}]")
            return True
        del table[0]
        self._note(f"[{name.upper()}]: passed over '0', which is not a number from 1")
        return False

    def values(self, name: str, tables: list[Table], count: int) -> None:
        """Make values count from 1, unless one is `count`: then they do."""
        if max((number for table in tables for values in table.values() for number in values), default=0) < count:
            for table in tables:
                table.update({row: [number + 1 for number in values] for row, values in table.items()})
            self._shifted.append(f"values of [{name.upper()}]")

    def tell(self) -> None:
        if self._shifted:
            self._note(f"{', '.join(self._shifted)} count from 0: shifted to count from 1")


class _Palette:
    """The colour table, and colours of yarns that refer to it or say what they are."""

    def __init__(self, sections: WifSections, note: Note) -> None:
        self._sections, self._note = sections, note
        limits = sections.words("color palette", "range")
        values = [value for value in sections.numbered("color table", str).values() if value]
        if values:
            self._scale = ColorScale(limits, values, note)
        else:  # what yarns say themselves
            names = ("warp colors", "weft colors")
            own = [sections.words(side, "color") for side in ("warp", "weft")]
            own += [value for name in names for value in sections.numbered(name, str).values()]
            self._scale = ColorScale(limits, [_index_and_color(value)[1] for value in own], lambda _: None)
        table = sections.numbered("color table", lambda value: self._scale.color(value) if value else "")
        self.table = {number: color for number, color in table.items() if color}

    def side(self, side: str, count: int, from_0: bool) -> tuple[dict[int, Ink], Ink | None]:
        """Colours of single yarns by their number from 1, and the colour of the others.

        Args:
            side: "warp" or "weft".
            count: How many yarns there are.
            from_0: Whether other sections count this side's yarns from 0.
        """
        default = self._sections.read(side, "color", self._ink)
        read = self._sections.numbered(f"{side} colors", self._ink)
        inks = {yarn: ink for yarn, ink in read.items() if ink is not None}
        if inks and (0 in inks or from_0) and max(inks) < count:
            inks = {yarn + 1: ink for yarn, ink in inks.items()}
        elif inks.pop(0, None) is not None:
            self._note(f"[{side.upper()} COLORS]: passed over '0', which is not a number from 1")
        return inks, default

    def _ink(self, value: str) -> Ink | None:
        index, color = _index_and_color(value)
        if index is None or (color and index not in self.table):
            return self._scale.color(color) if color else None
        return index


def _index_and_color(value: str) -> tuple[int | None, str]:
    """A number of the colour table, or None, and a colour's own text, or ""; WIF allows both together."""
    if hex_color(value) or color_parts(value):
        return None, value
    index, _, color = value.replace("(", " ").replace(")", " ").replace(",", " ").strip().partition(" ")
    if not (hex_color(color.strip()) or color_parts(color)):
        color, index = "", value
    return ([*whole_numbers(index), None][0]), color.strip()
