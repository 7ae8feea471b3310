"""Houndstooth: 2/2 twill of four dark and four light yarns by turns, both ways."""

from __future__ import annotations

from dataclasses import replace

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.patterns.twill import twill

EXAMPLES = ("houndstooth",)


def houndstooth(dark: str = "#22252b", light: str = "#efe9dc") -> Draft:
    """8 ends x 8 picks; the teeth come from the colour order alone.

    Raises:
        DraftError: If a colour is not "#rrggbb".
    """
    colors = (dark,) * 4 + (light,) * 4
    return replace(twill(2, 2).repeated(8, 8), end_colors=colors, pick_colors=colors, name="houndstooth")


def from_name(name: str) -> Draft | None:
    return houndstooth() if name == "houndstooth" else None
