"""Weave files: reading WIF, Fiberworks DTX and WeavePoint WPO through dtx-to-wif, and writing WIF and DTX."""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warp_fabric.atomic import replacing
from warp_fabric.errors import DraftError, WeaveFileError
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.dtx_text import draft_to_dtx_text
from warp_fabric.weave.numbers import yarn_count
from warp_fabric.weave.pattern_data import draft_from_pattern_data
from warp_fabric.weave.patterns import pattern
from warp_fabric.weave.wif_text import draft_to_wif_text, tidy_wif

MAX_BYTES = 16 * 2**20
"""Larger files are refused: a draft of 10 000 yarns each way takes less."""
MAX_NOTES = 6
"""At most this many warnings a file."""

Note = Callable[[str], None]


class WeaveFileWarning(UserWarning):
    """Something doubtful in a weave file that was read all the same."""


def read_draft(path: str | os.PathLike[str]) -> Draft:
    """Read a .wif, .wifw, .dtx or .wpo file.

    Doubtful things in a file that can be read are told as one `WeaveFileWarning` each. Yarn spacing and thickness in
    a file are not read: a scene has its own.

    Raises:
        WeaveFileError: If the file cannot be read, with its name, what is wrong and what to do about it.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        fix = f"use one of {', '.join(_READERS)}"
        raise WeaveFileError(f"{path.suffix or 'a file without ending'} is no weave file", where=str(path), fix=fix)
    notes: list[str] = []
    try:
        draft = reader(_bytes(path), path, notes.append)
    except DraftError as error:
        raise WeaveFileError(error.what, where=f"{path}, {error.where}", fix=error.fix) from error
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES - 1 :] = [f"and {len(notes) - MAX_NOTES + 1} more doubtful lines"]
    for message in notes:
        warnings.warn(f"{path}: {message}", WeaveFileWarning, stacklevel=2)
    return draft


def write_draft(draft: Draft, path: str | os.PathLike[str]) -> None:
    """Write a draft as WIF 1.1 or DTX. An existing file is replaced only once the new one is complete.

    Raises:
        WeaveFileError: If the name does not end in .wif or .dtx, or the file cannot be written.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        fix = "use a file name that ends in .wif (which WeavePoint reads, too) or .dtx"
        raise WeaveFileError("only WIF and DTX can be written", where=str(path), fix=fix)
    try:
        with replacing(path) as temporary:
            temporary.write_text(writer(draft), encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        fix = "use a folder that exists and that you may write to"
        why = getattr(error, "strerror", None) or error
        raise WeaveFileError(f"cannot be written: {why}", where=str(path), fix=fix) from error


def find_draft(source: str) -> Draft:
    """A weave file's draft, or if there is no such file and it is no file name, a pattern's.

    Raises:
        WeaveFileError: If it is a file that cannot be read.
        DraftError: If it is neither.
    """
    path = Path(source)
    return read_draft(path) if path.suffix.lower() in _READERS or path.is_file() else pattern(source)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise WeaveFileError("this is a folder", where=str(path), fix="give a weave file inside it")
        if path.stat().st_size > MAX_BYTES:
            raise WeaveFileError(f"is larger than {MAX_BYTES} bytes", where=str(path), fix="give a weave file")
        content = path.read_bytes()
    except FileNotFoundError:
        raise WeaveFileError("there is no such file", where=str(path), fix="check the name and the folder") from None
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        why = getattr(error, "strerror", None) or error
        raise WeaveFileError(
            f"cannot be opened: {why}", where=str(path), fix="check its name and permissions"
        ) from error
    if not content.strip():
        raise WeaveFileError("the file is empty", where=str(path), fix="save it again from your weaving software")
    return content


def _text(content: bytes, path: Path) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        for encoding, half in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
            if half.count(0) > 0.8 * len(half) and not content.count(0) > 1.2 * len(half):
                return content.decode(encoding, errors="replace")
        fix = "save it again from your weaving software, or correct the file's ending"
        raise WeaveFileError("this is not a text file", where=str(path), fix=fix)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what Windows programs wrote


def _parsed(parse: Callable[..., Any], stream: io.IOBase, path: Path, note: Note) -> Any:
    """What one of dtx-to-wif's readers gives, with its warnings as notes and whatever it raises as our error."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            data = parse(stream, path.name)
    except Exception as error:  # it lets through whatever its parsing ran into: ValueError, KeyError, EOFError ...
        what, fix = _explain(str(error), type(error).__name__)
        raise WeaveFileError(what, where=str(path), fix=fix) from error
    for one in caught:
        note(f"{_explain(str(one.message), 'warning')[0]}; read all the same")
    return data


def _read_wif(content: bytes, path: Path, note: Note) -> Draft:
    from dtx_to_wif import read_wif

    tidy = tidy_wif(_text(content, path), str(path), note)
    return draft_from_pattern_data(
        _parsed(read_wif, io.StringIO(tidy.text), path, note),
        where=str(path),
        name=path.stem if tidy.title is None else tidy.title,
        note=note,
        end_count=tidy.end_count,
        pick_count=tidy.pick_count,
        treadle_count=tidy.treadle_count,
        colors=(tidy.end_colors, tidy.pick_colors),
    )


def _read_dtx(content: bytes, path: Path, note: Note) -> Draft:
    from dtx_to_wif.dtx_reader import process_int_list, process_treadling, read_dtx, read_dtx_sections

    lines = [line.strip() for line in _text(content, path).splitlines()]
    while lines and not lines[0].startswith("@@"):
        lines.pop(0)
    heads = [line[2:].strip().lower() for line in lines if line.startswith("@@")]
    if "startdtx" not in heads:
        raise WeaveFileError(
            "this is not a DTX file: it has no @@StartDTX", where=str(path), fix="save it again as DTX"
        )
    # dtx-to-wif knows a sinking shed only with its mark doubled, fails on a bare mark, and wants a version and colours.
    lines = ["%%%%sinking" if line.replace("%", "").lower() == "sinking" else line for line in lines]
    lines = [line for line in lines if line.strip("%") or not line] + ["@@Imprint", "PCW 0"]
    uncolored = not {"color palet", "color palette", "warp colors", "weft colors"} & set(heads)
    if uncolored:
        lines += ["@@Color Palet", "255,255,255", "0,0,0"]
    sections = read_dtx_sections(io.StringIO("\n".join(lines)))
    if "tieup" in sections and len({len(row) for row in sections["tieup"].data}) > 1:
        fix = "write one 0 or 1 for each treadle in each row"
        raise WeaveFileError("the rows of the tie-up differ in length", where=f"{path}, @@Tieup", fix=fix)
    # PatternData drops yarns with a 0; only the sections tell how many there are. And it fails on tables in which every
    # entry is 0: a yarn or treadle past the last, cut off again, fills them.
    rows = {name: sections[name].data if name in sections else [] for name in ("tieup", "liftplan")}
    end_count, treadle_count, pick_count = 0, None, len(rows["liftplan"])
    if "threading" in sections:
        threading = _parsed(lambda *_: process_int_list(sections["threading"]), io.StringIO(), path, note)
        end_count = len(threading)
        if threading and not any(threading):
            lines = _extended(lines, "threading", "1")
    if rows["tieup"] and "treadling" in sections:
        treadling = _parsed(lambda *_: process_treadling(sections["treadling"]), io.StringIO(), path, note)
        if treadling:
            pick_count = len(treadling)
            if not any(map(any, treadling.values())):
                lines = _extended(lines, "treadling", "1")
            if "1" not in "".join(rows["tieup"]):
                treadle_count = len(rows["tieup"][0])
                lines = _extended(lines, "tieup", *(f"{row}1" for row in rows["tieup"]), replace=True)
    elif rows["liftplan"] and "1" not in "".join(rows["liftplan"]):
        lines = _extended(lines, "liftplan", "1".ljust(len(rows["liftplan"][0]), "0"))
    data = _parsed(read_dtx, io.StringIO("\n".join(lines)), path, note)
    return draft_from_pattern_data(
        data,
        where=str(path),
        name=path.stem if data.name == path.name else data.name,
        note=note,
        end_count=end_count,
        pick_count=pick_count,
        treadle_count=treadle_count,
        colors=(None, None) if uncolored else None,
    )


def _extended(lines: list[str], section: str, *more: str, replace: bool = False) -> list[str]:
    """Lines of a DTX file, those of a section with more at its end; with others, where these replace them."""
    head = next(k for k, line in enumerate(lines) if line.startswith("@@") and line[2:].strip().lower() == section)
    last = next((k for k, line in enumerate(lines[head + 1 :], head + 1) if line.startswith("@@")), len(lines))
    kept = [line for line in lines[head + 1 : last] if line.startswith("%") or (line and not replace)]
    return [*lines[: head + 1], *kept, *more, *lines[last:]]


def _read_wpo(content: bytes, path: Path, note: Note) -> Draft:
    from dtx_to_wif import read_wpo

    patched = bytearray(content)
    for place in (9, 10):  # ends and picks per inch; dtx-to-wif divides by them, a draft does not need them
        if place < len(patched):
            patched[place] = patched[place] or 1
    data = _parsed(read_wpo, io.BytesIO(bytes(patched)), path, note)
    picks = data.treadling if data.tieup and data.treadling else data.liftplan
    ends, weft = (range(1, side.threads + 1) for side in (data.warp, data.weft))
    return draft_from_pattern_data(
        data,
        where=str(path),
        name=path.stem,
        note=note,
        end_count=yarn_count(data.threading, ends, len(ends)),
        pick_count=yarn_count(picks, weft, len(weft)),
    )


_READERS = {".wif": _read_wif, ".wifw": _read_wif, ".dtx": _read_dtx, ".wpo": _read_wpo}
_WRITERS = {".wif": draft_to_wif_text, ".dtx": draft_to_dtx_text}

# dtx-to-wif's words, ours, and the fix
_EXPLANATIONS = (
    (r"colors specified, but not color table", "yarns have colour numbers, but there is no colour table",
     "add the colour table ([COLOR TABLE], Color Palet), or remove the yarns' colours"),
    (r"must specify non-empty|must contain a tieup", "a lift plan, or a tie-up with its treadling, is missing",
     "add [LIFTPLAN], or both [TIEUP] and [TREADLING]"),
    (r"more treadles in treadling.*: (\d+) > (\d+)", "the treadling presses treadle {0}, but there are {1} treadles",
     "tie up the treadle, or correct the treadling"),
    (r"(warp|weft)_colors=.*colors > (\d+)", "[{0} colors] has a colour above the last of the colour table, {1}",
     "use numbers from 1 to {1}, or add the colour to the table"),
    (r"(warp|weft)_colors=.*colors < 1", "[{0} colors] has a colour below the first of the colour table",
     "use colours of the table; in WIF they count from 1, in DTX from 0"),
    (r"(warp|weft)\.color None not specified", "[{0}] has no colour for yarns that are not in [{0} colors]",
     "add Color= to [{0}], or list every yarn in [{0} colors]"),
    (r"(warp|weft)\.color (-?\d+) not in range.*, (\d+)\]", "[{0}] colour {1} is not one of the colour table's {2}",
     "use numbers from 1 to {2} (in DTX one less), or add the colour to the table"),
    (r"color table keys", "the colour table has gaps", "number its colours 1, 2, 3 ..."),
    (r"color table entry (\d+)=?(.*?)(?: invalid|;|$)",
     "colour {0} of the table, {1}, is out of range", "give three numbers within the Range of [COLOR PALETTE]"),
    (r"invalid color range|range .* must contain two", "the colour range is not two rising numbers",
     "write Range=0,255 in [COLOR PALETTE]"),
    (r"file too short", "the file ends too early", "copy or save it again: part of it is missing"),
    (r"color (\d+)=.*not 3 ints", "colour {0} of the table is not three numbers", "write it like 255,128,0"),
    (r"invalid literal for int\(\) with base 10: (.*)", "{0} stands where a number should",
     "correct it, or save the file again"),
    (r"^max\(\)", "no end is threaded, or the colour table is empty",
     "thread the ends, and give the table its colours"),
    (r"ID code \d+ != \d+", "this is not a WeavePoint file", "save it again as .wpo, or correct the file's ending"),
    (r"file version > 7", "a WeavePoint file newer than version 7; it may be read wrongly", "save it as version 7"),
)  # fmt: skip


def _explain(message: str, kind: str) -> tuple[str, str]:
    """What went wrong in dtx-to-wif, and the fix, in words for the user."""
    for pattern_text, what, fix in _EXPLANATIONS:
        if found := re.search(pattern_text, message, re.IGNORECASE | re.DOTALL):
            words = [str(group).upper() if group in ("warp", "weft") else group for group in found.groups()]
            return what.format(*words), fix.format(*words)
    what = f"the file is damaged: {kind}: {message[:200]}"
    return what, "open it in your weaving software and save it again as WIF 1.1"
