"""Waffle (honeycomb) N: diamonds of long floats around sunken cells, on N shafts (5 without a number)."""

from __future__ import annotations

import re

import numpy as np

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import check_number

EXAMPLES = ("waffle",)


def waffle(shafts: int = 5) -> Draft:
    """Ordinary honeycomb: point threading and treadling, 2 (shafts - 1) ends and picks.

    Treadle t raises shaft t, which draws crossing lines of single binding points, and shafts from t + 2 on, which
    fill every other diamond between those lines and leave one row free around it.

    Raises:
        DraftError: If `shafts` is not 4 to 99.
    """
    check_number("a waffle's number of shafts", shafts, 4, 99)
    shaft, treadle = np.ogrid[:shafts, :shafts]
    up = np.arange(shafts)
    point = np.concatenate([up, up[-2:0:-1]])
    return Draft(
        threading=point + 1,
        tie_up=(shaft == treadle) | (shaft >= treadle + 2),
        treadling=np.eye(shafts, dtype=bool)[point],
        name="waffle" if shafts == 5 else f"waffle{shafts}",
    )


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"(?:waffle|honeycomb)(\d{0,3})", name)
    return waffle(int(found[1] or 5)) if found else None
