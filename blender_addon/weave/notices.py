"""What is doubtful about a weave, in words short enough for a panel."""

from __future__ import annotations

import math
from functools import lru_cache

from warp_fabric.weave import analyse
from warp_fabric.weave.analysis import ranges

from ..fabric.design.weave_text import Weave

LONG = 7
"""Longer floats snag."""


@lru_cache(maxsize=64)
def notices(text: str, yarn_count: int) -> tuple[str, ...]:
    """A sentence for each doubtful thing, the worst first.

    Args:
        text: A weave's, as `Weave.from_text` reads it.
        yarn_count: How many yarns the fabric has.

    Raises:
        DraftError: where the text is damaged.
    """
    weave = Weave.from_text(text)
    analysis = analyse(weave.draft)
    found = []
    if max(*weave.end_yarns, *weave.pick_yarns) >= yarn_count:
        found.append("Yarns missing from the list")
    if not analysis.is_one_cloth:
        loose = sum(len(layer.ends) + len(layer.picks) for layer in analysis.layers if not layer.is_cloth)
        cloths = sum(layer.is_cloth for layer in analysis.layers)
        if cloths > 1:
            found.append(f"Falls apart into {cloths} cloths")
        if loose:
            found.append(f"{_count(loose, 'yarn')} lie loose" if loose > 1 else "1 yarn lies loose")
    for kind, floats in (("End", analysis.end_floats), ("Pick", analysis.pick_floats)):
        long = [number for number, length in enumerate(floats, 1) if LONG < length < math.inf]
        if long:
            longest = max(floats[number - 1] for number in long)
            found.append(f"{kind} floats up to {longest:.0f}: {_some(long)}")
    if analysis.unthreaded_ends:
        found.append(f"On no shaft: end {_some(analysis.unthreaded_ends)}")
    if analysis.unused_shafts:
        found.append(f"Unused shaft {_some(analysis.unused_shafts)}")
    return tuple(found)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")


def _some(numbers) -> str:
    """Numbers in short, cut off where there are many."""
    parts = ranges(numbers).split(", ")
    return ", ".join(parts[:2]) + (" ..." if len(parts) > 2 else "")
