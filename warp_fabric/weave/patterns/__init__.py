"""The pattern library: one file per weave, found by file.

A pattern file holds `EXAMPLES`, the names it is listed under, and `from_name(name)`, which gives the draft of one
repeat or None if the name is not its own. The first line of its docstring says what the weave is. Adding a weave is
adding such a file.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from warp_fabric.errors import DraftError
from warp_fabric.weave.draft import Draft


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))


def pattern(name: str) -> Draft:
    """One repeat of a named weave. Capitals, spaces, hyphens and underscores do not matter: "Warp Rib 2/2".

    Raises:
        DraftError: If no pattern has that name, or its numbers make no weave.
    """
    short = _short(name)
    for module in _modules():
        draft = module.from_name(short)
        if draft is not None:
            return draft
    near = difflib.get_close_matches(short, pattern_names(), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"use one of: {', '.join(pattern_names())}"
    raise DraftError(f"there is no weave called {name!r}", where="pattern library", fix=hint)


def pattern_names() -> list[str]:
    """The names in the library. Those with numbers stand for families: with `twill22` there is also `twill35`."""
    return sorted(name for module in _modules() for name in module.EXAMPLES)


def pattern_families() -> list[tuple[tuple[str, ...], str]]:
    """For each pattern file, the names it is listed under and what the weave is, in one line."""
    return [(module.EXAMPLES, str(module.__doc__).splitlines()[0]) for module in _modules()]


def _short(name: str) -> str:
    """Lower case, with "/" kept between two numbers of several digits: "Twill 10/2" -> "twill10/2"."""
    text = re.sub(r"[\s_-]+", "", str(name).lower())
    return re.sub(r"(?<!\d)(\d)/(\d)(?!\d)", r"\1\2", text)
