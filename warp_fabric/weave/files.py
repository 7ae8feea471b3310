"""Weave files: reading WIF, Fiberworks DTX and WeavePoint WPO, and writing WIF and DTX."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from warp_fabric.atomic import replacing
from warp_fabric.errors import DraftError, WeaveFileError
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.dtx_reader import read_dtx
from warp_fabric.weave.dtx_text import draft_to_dtx_text, side_made_white
from warp_fabric.weave.file_contents import FileContents, Note
from warp_fabric.weave.patterns import pattern
from warp_fabric.weave.wif_reader import read_wif
from warp_fabric.weave.wif_text import draft_to_wif_text
from warp_fabric.weave.wpo_reader import read_wpo

MAX_BYTES = 16 * 2**20
"""Larger files are refused: a draft of 10 000 yarns each way takes less."""
MAX_NOTES = 6
"""At most this many warnings a file."""


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
        what = f"{path.suffix or 'a file without an extension'} is not a weave file"
        raise WeaveFileError(what, where=str(path), fix=fix)
    notes: list[str] = []
    try:
        draft = reader(_bytes(path), path.stem, notes.append).draft(notes.append)
    except DraftError as error:
        where = f"{path}, {error.where}" if error.where else str(path)
        raise WeaveFileError(error.what, where=where, fix=error.fix) from error
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES - 1 :] = [f"and {len(notes) - MAX_NOTES + 1} more doubtful lines"]
    for message in notes:
        warnings.warn(f"{path}: {message}", WeaveFileWarning, stacklevel=2)
    return draft


def write_draft(draft: Draft, path: str | os.PathLike[str]) -> None:
    """Write a draft as WIF 1.1 or DTX. An existing file is replaced only once the new one is complete.

    A side without colours beside one with them is white in DTX, with a `WeaveFileWarning`.

    Raises:
        WeaveFileError: If the name does not end in .wif or .dtx, or the file cannot be written.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        fix = "use a file name that ends in .wif (which WeavePoint reads, too) or .dtx"
        raise WeaveFileError("only WIF and DTX can be written", where=str(path), fix=fix)
    text = writer(draft)
    if path.suffix.lower() == ".dtx" and (side := side_made_white(draft)) is not None:
        what = f"DTX has no side without colours beside one with them: the {side} are written as white"
        warnings.warn(f"{path}: {what}", WeaveFileWarning, stacklevel=2)
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
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


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        return _utf_16(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what Windows programs wrote


def _utf_16(content: bytes) -> str:
    """UTF-16 without a byte order mark: where the zeros are tells which half of a Latin letter comes first."""
    first, second = content[::2].count(0), content[1::2].count(0)
    text = content.decode("utf-16-be" if first > second else "utf-16-le", errors="replace").rstrip("\0")
    if "\0" in text or 2 * max(first, second) < len(text):
        fix = "save it again from your weaving software, or correct the file's extension"
        raise DraftError("this is not a text file", fix=fix)
    return text


def _read_wif(content: bytes, stem: str, note: Note) -> FileContents:
    return read_wif(_text(content), stem, note)


def _read_dtx(content: bytes, stem: str, note: Note) -> FileContents:
    return read_dtx(_text(content), stem, note)


_READERS = {".wif": _read_wif, ".wifw": _read_wif, ".dtx": _read_dtx, ".wpo": read_wpo}
_WRITERS = {".wif": draft_to_wif_text, ".dtx": draft_to_dtx_text}
