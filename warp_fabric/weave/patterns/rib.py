"""Rib AB: plain weave of A picks and B picks by turns as one (warp rib), or of so many ends (weft rib)."""

from __future__ import annotations

import re

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import check_number

EXAMPLES = ("warprib22", "weftrib22")


def end_rib(over: int = 2, under: int = 2) -> Draft:
    """Weavers' warp rib: ends float over `over` picks, then under `under`; neighbouring ends are opposite.

    Raises:
        DraftError: If a number is not 1 to 99.
    """
    picks = _blocks(over, under)
    return Draft.from_lists(threading=[1, 2], tie_up=[1, 2], treadling=picks, name=f"warprib{_ratio(over, under)}")


def pick_rib(over: int = 2, under: int = 2) -> Draft:
    """Weavers' weft rib: picks float under `over` ends, then over `under`; neighbouring picks are opposite.

    Raises:
        DraftError: If a number is not 1 to 99.
    """
    ends = _blocks(over, under)
    return Draft.from_lists(threading=ends, tie_up=[1, 2], treadling=[1, 2], name=f"weftrib{_ratio(over, under)}")


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"(warp|weft|)rib(?:(\d)(\d)|(\d+)/(\d+)|)", name)
    if found is None:
        return None
    rib = pick_rib if found[1] == "weft" else end_rib
    return rib(*(int(number) for number in found.groups()[1:] if number))


def _blocks(over: int, under: int) -> list[int]:
    return [1] * check_number("a rib's first float", over, 1, 99) + [2] * check_number("its second", under, 1, 99)


def _ratio(over: int, under: int) -> str:
    return f"{over}{under}" if max(over, under) < 10 else f"{over}/{under}"
