"""Point twill AB: twill AB that turns at a point, in zigzags."""

from __future__ import annotations

import re

import numpy as np

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.patterns.twill import twill_tie_up

EXAMPLES = ("pointtwill22",)


def point_twill(over: int = 2, under: int = 2) -> Draft:
    """Threading up and down over + under shafts, e.g. 1 2 3 4 3 2; straight treadling.

    Raises:
        DraftError: If a number is not 1 to 99.
    """
    tie_up = twill_tie_up(over, under)
    shafts = len(tie_up)
    up = np.arange(shafts) + 1
    ratio = f"{over}{under}" if max(over, under) < 10 else f"{over}/{under}"
    return Draft(
        threading=np.concatenate([up, up[-2:0:-1]]),
        tie_up=tie_up,
        treadling=np.eye(shafts, dtype=bool),
        name=f"pointtwill{ratio}",
    )


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"pointtwill(?:(\d)(\d)|(\d+)/(\d+)|)", name)
    return point_twill(*(int(number) for number in found.groups() if number)) if found else None
