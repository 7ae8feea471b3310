"""The INI form of WIF: sections, their keys, and numbers in them, with the line of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from warp_fabric.errors import DraftError
from warp_fabric.weave.file_contents import Note
from warp_fabric.weave.numbers import MAX_YARNS

Value = TypeVar("Value")

_TRUTH: dict[str, bool] = {"true": True, "on": True, "yes": True, "1": True}
_TRUTH |= {"false": False, "off": False, "no": False, "0": False}
_SPELLINGS = {"tie up": "tieup", "lift plan": "liftplan"}


class WifSections:
    """The sections of a WIF file. Names and keys are in lower case, whatever the file's.

    Args:
        text: The file's text.
        note: Called with a sentence about each line that was passed over.
    """

    def __init__(self, text: str, note: Note) -> None:
        self.note = note
        self._sections: dict[str, dict[str, tuple[int, str]]] = {}  # section, key -> line number, value
        self._numbered: dict[str, dict[int, str]] = {}  # section, number -> key, as far as they were asked for
        section: dict[str, tuple[int, str]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line[0] in ";#" or line.startswith("//"):
                continue
            if head := re.match(r"\[([^]]+)\]", line):
                name = " ".join(re.split(r"[\s_-]+", head[1].lower().strip()))
                section = self._sections.setdefault(_SPELLINGS.get(name, name), {})
            else:
                key, _, value = line.partition("=")
                section[" ".join(key.lower().split())] = (number, value.strip())

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def get(self, name: str, key: str, default: str = "") -> str:
        """A value as it is written."""
        return self._sections.get(name, {}).get(key, (0, default))[1]

    def words(self, name: str, key: str) -> str:
        """A value without quotes and the comment behind it, or ""."""
        return uncommented(self.get(name, key).strip("\"'"))

    def numbered(self, name: str, read: Callable[[str], Value]) -> dict[int, Value]:
        """The section's values by number, from 0, in rising order.

        Args:
            name: The section.
            read: Makes a value of an entry's text, which has no comment.

        Raises:
            DraftError: If a number is too large, or whatever `read` raises, with its line.
        """
        return {number: self.read(name, key, read) for number, key in self._rows(name).items()}

    def numbers(self, name: str) -> list[int]:
        """The numbers that a section has values for, for sections whose values are not read."""
        return [int(key) for key in self._sections.get(name, {}) if re.fullmatch(r"[0-9]{1,6}", key)]

    def _rows(self, name: str) -> dict[int, str]:
        """The section's keys by number, in rising order."""
        if name not in self._numbered:
            rows: dict[int, str] = {}
            for key, (line, _) in self._sections.get(name, {}).items():
                if number := re.fullmatch(r"([0-9]{1,9})(?:\.0*)?", key):
                    rows[self.read(name, key, lambda _, row=int(number[1]): _bounded(row))] = key
                else:
                    self.note(f"line {line}, [{name.upper()}]: passed over {key!r}, which is not a number from 1")
            self._numbered[name] = dict(sorted(rows.items()))
        return self._numbered[name]

    def read(self, name: str, key: str, read: Callable[[str], Value]) -> Value:
        """What `read` makes of a value.

        Raises:
            DraftError: Whatever `read` raises, with its line.
        """
        try:
            return read(self.words(name, key))
        except DraftError as error:
            raise self.error(error.what, name, key, error.fix) from error

    def sets(self, name: str) -> dict[int, list[int]]:
        """Lists of yarns, shafts or treadles by number."""
        return self.numbered(name, lambda value: [_bounded(number) for number in whole_numbers(value)])

    def count(self, name: str, key: str) -> int:
        """A number of yarns, shafts or treadles; 0 if the file does not say."""
        return self.read(name, key, lambda value: _bounded([*whole_numbers(value), 0][0]))

    def truth(self, name: str, key: str, default: bool) -> bool:
        value = self.words(name, key).lower()
        if value and value not in _TRUTH:
            raise self.error(f"{value!r} is neither true nor false", name, key, "write true or false")
        return _TRUTH.get(value, default)

    def error(self, what: str, name: str, key: str, fix: str | None) -> DraftError:
        """An error with the line it happened at."""
        line = self._sections[name][key][0]
        return DraftError(what, where=f"line {line}, [{name.upper()}] {key}", fix=fix)


def uncommented(value: str) -> str:
    """A value without the comment behind it. A "#" at its beginning or after a comma is that of a colour."""
    return re.split(r";|(?<!^)(?<!,)#|//", value, maxsplit=1)[0].strip()


def whole_numbers(value: str) -> list[int]:
    """The whole numbers in a text, with commas, spaces or parentheses between them; "4.0" is 4.

    Raises:
        DraftError: If something else is in it.
    """
    parts = re.sub(r"#.*|[(),]", " ", value).split()
    if not all(re.fullmatch(r"[+-]?[0-9]{1,9}(?:\.0*)?", part) for part in parts):
        raise DraftError(f"{value[:40]!r} is not a list of whole numbers", fix="write numbers like 1,2,3")
    return [int(part.partition(".")[0]) for part in parts]


def _bounded(number: int) -> int:
    if not 0 <= number <= MAX_YARNS:
        raise DraftError(f"{number} is out of range 0-{MAX_YARNS}", fix="correct it; the file may be damaged")
    return number
