"""Whether the curves of one prim are what its yarns are said to be: their kind, points and widths."""

from __future__ import annotations

from usd_export.checks.cloth_reader import Cloth, Yarns
from usd_export.checks.findings import Findings

KIND = {"type": "cubic", "basis": "catmullRom", "wrap": "pinned"}
"""What yarns are exported as."""
THICKER = 0.01
"""Share by which widths may differ from the yarn's diameter."""
COUNTS_FIX = "export the run again: yarns of one direction all cross the same others"
CUT_FIX = "export the run again: yarns go from edge to edge of the cloth, and have as many points between any crossings"
WIDTH_FIX = "give diameters (not radii) in the stage's unit, and metersPerUnit as it is"
KIND_FIX = "use cubic catmullRom curves that are pinned: others are angular, too short, or cut corners"
NUMBERS_FIX = "export the run again, or give each curve the number of its yarn: ends first, then picks"


def check_yarns(yarns: Yarns, cloth: Cloth, found: Findings) -> bool:
    """Tell of curves that are not what their yarns are said to be.

    Args:
        yarns: Those of one prim.
        cloth: What they are of.
        found: Where findings go.

    Returns:
        Whether their lines can be looked at further.
    """
    path = yarns.prim.GetPath()
    kind = {name: str(yarns.prim.GetAttribute(name).Get()) for name in KIND}
    if kind != KIND:
        found.error(path, f"its yarns are {' '.join(kind.values())} curves, not {' '.join(KIND.values())}", KIND_FIX)
    cut = cloth.layout is not None and not cloth.layout.is_full and yarns.numbers is not None
    even = cloth.samples(yarns) is not None if cut else len({*yarns.counts.tolist()}) == 1
    if not even:
        what = f"its yarns have {min(yarns.counts)} to {max(yarns.counts)} points, and should all have the same"
        if cut:
            what = "its yarns do not have as many points from each crossing to the next, as the cloth is cut"
        found.error(path, what, CUT_FIX if cut else COUNTS_FIX)
    if yarns.numbers is None:
        found.warning(path, "it does not tell which yarns of the cloth its curves are (yarnId, plyId)", NUMBERS_FIX)
    as_wide = True
    if yarns.width and yarns.diameter:
        as_wide = abs(yarns.width / yarns.diameter - 1.0) <= THICKER
        if not as_wide:
            what = f"{yarns.width:.3g} where the yarn's diameter is {yarns.diameter:.3g}"
            found.error(f"{path}.widths", what, WIDTH_FIX)
    return even and as_wide and yarns.numbers is not None
