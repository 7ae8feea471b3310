"""Herringbone N: 2/2 twill that turns with a clean break every N ends (8 without a number)."""

from __future__ import annotations

import re

import numpy as np

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import check_number
from warp_fabric.weave.patterns.twill import twill_tie_up

EXAMPLES = ("herringbone",)


def herringbone(width: int = 8) -> Draft:
    """Four shafts, 2 width ends x 4 picks.

    The threading climbs for `width` ends, skips a shaft, and falls for `width` ends. Because of the skip the ends on
    both sides of each turn are opposite in every pick, a line cut through the cloth, where a point twill would float.

    Raises:
        DraftError: If the width is not 2 to 999.
    """
    check_number("a herringbone's width", width, 2, 999)
    up = np.arange(width)
    down = up[-1] + 2 - up
    name = "herringbone" if width == 8 else f"herringbone{width}"
    return Draft(
        threading=np.concatenate([up, down]) % 4 + 1,
        tie_up=twill_tie_up(2, 2),
        treadling=np.eye(4, dtype=bool),
        name=name,
    )


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"herringbone(\d{0,4})", name)
    return herringbone(int(found[1] or 8)) if found else None
