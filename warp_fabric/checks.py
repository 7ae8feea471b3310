"""Value checks shared by yarns and scenes: each returns the value in its canonical form or raises a `SceneError`.

A check is a function `(value, key) -> value`; `key` is the dotted name that the error shows. The canonical forms are
`int`, `float`, `str` and nested tuples, so that settings compare, pickle and print well. Checks of numbers have the
attributes `kind`, what they take in words, and `unit`.
"""

from __future__ import annotations

import difflib
import math
import numbers
import re
import reprlib
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from warp_fabric.errors import SceneError

Check = Callable[[Any, str], Any]
Scale = float | Callable[[Any, Any, Any], float | tuple[float, ...]]
SettingsType = TypeVar("SettingsType", bound="Settings")

BASIC_COLORS = {
    "black": "#000000",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "white": "#ffffff",
    "maroon": "#800000",
    "red": "#ff0000",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
    "green": "#008000",
    "lime": "#00ff00",
    "olive": "#808000",
    "yellow": "#ffff00",
    "navy": "#000080",
    "blue": "#0000ff",
    "teal": "#008080",
    "aqua": "#00ffff",
}


def shown(value: Any) -> str:
    """A value as error messages print it: its repr, shortened."""
    return reprlib.repr(value)


def suggestion(word: str, known: Iterable[str], what: str = "known") -> str:
    """A fix that names the nearest known words, and else lists them all."""
    known = list(known)
    near = difflib.get_close_matches(str(word).lower(), known, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"{what}: {', '.join(known)}" if known else "there is nothing to choose from"


def number(
    *, above: float | None = None, least: float | None = None, most: float | None = None, unit: str = ""
) -> Check:
    """A finite real number (bool is none), `above` a bound or at `least` one, at `most` another; `unit` is for the
    message."""
    kind = "a finite number"
    if above is not None:
        kind = f"a number above {above:g}"
    elif least is not None and most is not None:
        kind = f"a number from {least:g} to {most:g}"
    elif least is not None:
        kind = f"a number of at least {least:g}"
    wanted = f"{kind} [{unit}]" if unit else kind

    def check(value: Any, key: str) -> float:
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
            raise SceneError(f"{shown(value)} is not a number", where=key, fix=f"give {wanted}")
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        out_of_range = (above is not None and not result > above) or (least is not None and not result >= least)
        out_of_range |= most is not None and not result <= most
        if not math.isfinite(result) or out_of_range:
            raise SceneError(f"{shown(value)} is not {wanted}", where=key, fix=f"give {wanted}")
        return result

    return _described(check, kind, unit, shape=(), above=above, least=least, most=most)


def _described(check: Check, kind: str, unit: str = "", **facts: Any) -> Check:
    """`shape`: of the values, -1 where any number will do; `above`, `least`, `most`: a number's bounds."""
    for name, fact in {"kind": kind, "unit": unit, **facts}.items():
        setattr(check, name, fact)
    return check


def integer(*, least: int | None = None) -> Check:
    """A whole number (bool and 2.0 are none), at `least` a bound."""
    kind = "a whole number" if least is None else f"a whole number of at least {least}"

    def check(value: Any, key: str) -> int:
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not whole or (least is not None and value < least):
            fix = "give one such as 1, without quotes or a decimal point" if least is None else f"give {least} or more"
            raise SceneError(f"{shown(value)} is not {kind}", where=key, fix=fix)
        return int(value)

    return _described(check, kind)


def boolean(value: Any, key: str) -> bool:
    """True or False; 1 and "true" are none."""
    if not isinstance(value, (bool, np.bool_)):
        raise SceneError(f"{shown(value)} is neither true nor false", where=key, fix="give true or false")
    return bool(value)


def text(value: Any, key: str) -> str:
    """A string with something in it."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise SceneError(f"{shown(value)} is not a text", where=key, fix="give a text in quotes, not an empty one")
    return value


def choice(*options: str) -> Check:
    """One of the given texts."""

    def check(value: Any, key: str) -> str:
        if not isinstance(value, str) or value not in options:
            fix = suggestion(value, options, "it can be") if isinstance(value, str) else f"one of {', '.join(options)}"
            raise SceneError(f"{shown(value)} is none of {', '.join(options)}", where=key, fix=fix)
        return value

    return _described(check, "one of " + ", ".join(f'"{option}"' for option in options))


def sequence(item: Check, *, count: int | None = None, least: int = 0) -> Check:
    """A list (tuple, array) of items that each pass a check, of exactly `count` or at `least` so many."""
    size = f"{count}" if count is not None else f"at least {least}" if least else "any number of"

    def check(value: Any, key: str) -> tuple:
        if isinstance(value, np.ndarray) and value.ndim:
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            raise SceneError(f"{shown(value)} is not a list", where=key, fix=f"give a list of {size} entries")
        if len(value) < least or (count is not None and len(value) != count):
            what = f"a list of {len(value)} entries where {size} are needed"
            raise SceneError(what, where=key, fix=f"give a list of {size} entries")
        return tuple(item(entry, f"{key}[{k}]") for k, entry in enumerate(value))

    shape = (-1 if count is None else count, *getattr(item, "shape", ()))
    return _described(check, "", shape=shape)


def optional(check: Check) -> Check:
    """None, or what passes the check."""
    facts = {"kind": "", **vars(check)}
    return _described(lambda value, key: None if value is None else check(value, key), **facts)


def color(value: Any, key: str) -> str:
    """A colour as "#rrggbb" (lower case), from "#rrggbb", "#rgb" or one of the 16 basic CSS names."""
    if isinstance(value, str):
        word = value.strip().lower()
        if re.fullmatch(r"#[0-9a-f]{6}", word):
            return word
        if re.fullmatch(r"#[0-9a-f]{3}", word):
            return "#" + "".join(2 * digit for digit in word[1:])
        if word in BASIC_COLORS:
            return BASIC_COLORS[word]
    raise SceneError(f"{shown(value)} is not a colour", where=key, fix='write it as "#rrggbb", such as "#8a2be2"')


def checked(check: Check, default: Any = MISSING, *, doc: str, unit: str = "", absent: str = "", **more: Any) -> Any:
    """A field of a `Settings` dataclass, which is a key of the scene file.

    Args:
        check: What its value passes whenever the settings are made.
        default: Its value where the file does not have the key; without one the key is required.
        doc: What it means, for the class's documentation and `docs/scene.md`.
        unit: SI unit, where the check does not know it.
        absent: What a default of None stands for.
        more: Further entries of the field's metadata.
    """
    unit = unit or getattr(check, "unit", "")
    return field(default=default, metadata={"check": check, "doc": doc, "unit": unit, "absent": absent, **more})


def parameter(
    check: Check,
    default: Any = MISSING,
    *,
    doc: str,
    unit: str = "",
    absent: str = "",
    scale: Scale | None = None,
    highest: float = math.inf,
    requires: str = "",
) -> Any:
    """A `checked` field that runs can be differentiated by and fits can find: see `warp_fabric.parameters`.

    Args:
        check, default, doc, unit, absent: As for `checked`.
        scale: The change of a value that counts as large, in its unit: for vectors, and for numbers that start at 0.
            None: numbers only, which then must start above 0. As a function it takes the value, its table (a yarn,
            the contact, ...) and the scene, and may return a number for each column of a path.
        highest: A fit's upper bound, unless it is told another.
        requires: What of a scene it needs to have any effect, as a property of `Scene` ("crimped").
    """
    learnt = {"scale": scale, "highest": highest, "requires": requires}
    return checked(check, default, doc=doc, unit=unit, absent=absent, learnt=learnt)


class Settings:
    """Base of the frozen dataclasses that make up a scene: every field is checked when an instance is made."""

    section: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """The fields' documentation becomes the class's."""
        lines = []
        for name, each in vars(cls).items():
            if isinstance(each, Field):
                unit = f" [{each.metadata['unit']}]" if each.metadata["unit"] else ""
                text = f"{name}: {each.metadata['doc']}{unit}"
                lines.append(textwrap.fill(text, 110, initial_indent=" " * 8, subsequent_indent=" " * 12))
        cls.__doc__ = "\n".join([f"{(cls.__doc__ or '').rstrip()}\n\n    Attributes:", *lines, "    "])

    def __post_init__(self) -> None:
        for each in fields(self):  # pyright: ignore[reportArgumentType]
            value = each.metadata["check"](getattr(self, each.name), f"{self.section}.{each.name}")
            object.__setattr__(self, each.name, value)


def key_part(name: Any) -> str:
    """A name as part of a dotted key: quoted where it would be unclear."""
    clear = isinstance(name, str) and name.strip() and name.isprintable() and not set(name) & set(".:")
    return name if clear else shown(name)


def check_keys(table: Any, key: str, known: Iterable[str], required: Iterable[str] = ()) -> None:
    """Raises a `SceneError` where `table` is no table, has a key that is not known, or lacks a required one."""
    if not isinstance(table, Mapping):
        raise SceneError(f"{shown(table)} is not a table", where=key, fix=f"write it as a [{key}] table of keys")
    known = list(known)
    prefix = f"{key}." if key else ""
    for name in table:
        if name not in known:
            where = f"{prefix}{key_part(name)}"
            raise SceneError("there is no such key", where=where, fix=suggestion(name, known, "known keys"))
    for name in required:
        if table.get(name) is None:
            raise SceneError("this key is missing", where=f"{prefix}{name}", fix=f"add {name} to [{key}]")


def from_table(kind: type[SettingsType], table: Any, key: str) -> SettingsType:
    """Builds a settings class from a table of the scene file; `key` is the table's dotted name.

    Raises:
        SceneError: on an unknown or missing key and on a value that fails its check.
    """
    parts = fields(kind)  # pyright: ignore[reportArgumentType]
    required = [each.name for each in parts if each.default is MISSING and each.default_factory is MISSING]
    check_keys(table, key, [each.name for each in parts], required)
    try:
        return kind(**table)
    except SceneError as error:  # an entry of a list is known by its index only here
        where = re.sub(f"^{re.escape(kind.section)}(?=\\.)", lambda _: key, error.where or key)
        raise SceneError(error.what, where=where, fix=error.fix) from None
