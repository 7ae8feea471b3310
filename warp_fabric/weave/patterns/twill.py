"""Twill AB: diagonal lines; each end goes over A picks, then under B; twill ABs slopes the other way."""

from __future__ import annotations

import re

import numpy as np

from warp_fabric.errors import DraftError
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import check_number

EXAMPLES = ("twill12", "twill13", "twill21", "twill22", "twill31", "twill33")


def twill(over: int = 2, under: int = 2, direction: str = "z") -> Draft:
    """A straight twill on over + under shafts.

    Args:
        over: Picks that an end passes over, 1 to 99.
        under: Picks that it then passes under, 1 to 99.
        direction: "z": the end is on top where (end + pick) % (over + under) < over, lines that rise to the right
            in a drawdown with its first pick at the top. "s": (end - pick), lines that rise to the left.

    Raises:
        DraftError: If a number or the direction is not one of those.
    """
    tie_up = twill_tie_up(over, under, direction)
    straight = np.arange(len(tie_up)) + 1
    ratio = f"{over}{under}" if max(over, under) < 10 else f"{over}/{under}"
    name = f"twill{ratio}" + ("s" if direction == "s" else "")
    return Draft(threading=straight, tie_up=tie_up, treadling=np.eye(len(tie_up), dtype=bool), name=name)


def twill_tie_up(over: int, under: int, direction: str = "z") -> np.ndarray:
    """bool[shafts, treadles] of a straight twill: each treadle raises `over` neighbouring shafts, one further each."""
    check_number("a twill's float over", over, 1, 99)
    check_number("a twill's float under", under, 1, 99)
    if direction not in ("s", "z"):
        raise DraftError(f"a twill's direction is {direction!r}", where="twill", fix='use "s" or "z"')
    shaft, treadle = np.ogrid[: over + under, : over + under]
    return (shaft + (treadle if direction == "z" else -treadle)) % (over + under) < over


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"twill(?:(\d)(\d)|(\d+)/(\d+))([sz]?)", name)
    if found is None:
        return None
    over, under = (int(number) for number in found.groups()[:4] if number)
    return twill(over, under, found[5] or "z")
