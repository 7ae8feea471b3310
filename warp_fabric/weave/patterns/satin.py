"""Satin N, and its back, sateen: each pick binds 1 end of N; satinNxK: K ends further than the pick before."""

from __future__ import annotations

import math
import re

import numpy as np

from warp_fabric.errors import DraftError
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import check_number

EXAMPLES = ("satin5", "satin7", "satin8", "sateen5", "sateen8")
LARGEST = 999


def satin(shafts: int, counter: int | None = None, face: str = "end") -> Draft:
    """A regular satin.

    Args:
        shafts: Ends and picks of the repeat: 5, or 7 to 999.
        counter: Ends from one pick's binding point to the next one's [the smallest valid]. Valid is 2 to shafts - 2
            with no common factor with `shafts`.
        face: "end": ends on top except where (end - counter pick) % shafts == 0. "pick": only there (a sateen).

    Raises:
        DraftError: If there is no such satin.
    """
    check_number("a satin's number of shafts", shafts, 3, LARGEST)
    valid = [step for step in range(2, shafts - 1) if math.gcd(step, shafts) == 1]
    if not valid:
        raise DraftError(f"there is no regular satin on {shafts} shafts", where="satin", fix="use 5, 7 or more shafts")
    counter = valid[0] if counter is None else counter
    if counter not in valid:
        few = ", ".join(map(str, valid[:12])) + (" ..." if len(valid) > 12 else "")
        raise DraftError(
            f"counter {counter!r} makes no satin on {shafts} shafts", where="satin", fix=f"use one of: {few}"
        )
    if face not in ("end", "pick"):
        raise DraftError(f"a satin's face is {face!r}", where="satin", fix='use "end" or "pick"')
    shaft, treadle = np.ogrid[:shafts, :shafts]
    bound = (shaft - counter * treadle) % shafts == 0
    straight = np.arange(shafts) + 1
    name = ("satin" if face == "end" else "sateen") + str(shafts) + ("" if counter == valid[0] else f"x{counter}")
    tie_up = ~bound if face == "end" else bound
    return Draft(threading=straight, tie_up=tie_up, treadling=np.eye(shafts, dtype=bool), name=name)


def from_name(name: str) -> Draft | None:
    found = re.fullmatch(r"(satin|sateen)(\d{1,6})(?:x(\d{1,6}))?", name)
    if found is None:
        return None
    return satin(int(found[2]), int(found[3]) if found[3] else None, "end" if found[1] == "satin" else "pick")
