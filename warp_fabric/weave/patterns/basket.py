"""Basket (hopsack) AB: plain weave of groups of A yarns and of B yarns by turns, both ways."""

from __future__ import annotations

import re

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import check_number

EXAMPLES = ("basket22", "basket33")


def basket(over: int = 2, under: int = 2) -> Draft:
    """Groups of `over` and `under` yarns by turns, both ways; (over + under) ends x picks.

    Raises:
        DraftError: If a number is not 1 to 99.
    """
    blocks = [1] * check_number("a basket's first group", over, 1, 99)
    blocks += [2] * check_number("a basket's second group", under, 1, 99)
    ratio = f"{over}{under}" if max(over, under) < 10 else f"{over}/{under}"
    return Draft.from_lists(threading=blocks, tie_up=[1, 2], treadling=blocks, name=f"basket{ratio}")


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"basket(?:(\d)(\d)|(\d+)/(\d+)|)", name)
    return basket(*(int(number) for number in found.groups() if number)) if found else None
