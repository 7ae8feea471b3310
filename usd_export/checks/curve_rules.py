"""What the schema of `UsdGeomBasisCurves` asks of numbers of points and values. USD's own functions crash on some."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KNOWN = {
    "type": ("linear", "cubic"),
    "basis": ("bezier", "bspline", "catmullRom"),
    "wrap": ("nonperiodic", "periodic", "pinned"),
}
"""Values that each of these attributes may have."""


def unknown(kind: str, basis: str, wrap: str) -> str:
    """Which of the three is no value that the schema knows, as words; empty where all are."""
    given = {"type": kind, "basis": basis, "wrap": wrap}
    return ", ".join(f"{name} {value!r}" for name, value in given.items() if value not in KNOWN[name])


def too_few(counts: NDArray, kind: str, basis: str, wrap: str) -> str:
    """What is wrong with the curves' numbers of points; empty where nothing is."""
    bezier = kind == "cubic" and basis == "bezier"
    wrap = _effective(bezier, wrap)
    least = 3 if wrap == "periodic" else 4 if kind == "cubic" and wrap == "nonperiodic" else 2
    if counts.min() < least:
        return f"a curve has {counts.min()} points, and {kind} {wrap} ones need {least}"
    odd = counts[(counts - (0 if wrap == "periodic" else 1)) % 3 != 0] if bezier else counts[:0]
    if len(odd):
        needed = "3, 6, 9" if wrap == "periodic" else "4, 7, 10"
        return f"a curve has {odd[0]} points, and {wrap} bezier ones need {needed} and so on"
    return ""


def varying_size(counts: NDArray, kind: str, basis: str, wrap: str) -> int:
    """How many values `varying` interpolation needs: one for each end of a segment, by the schema's table."""
    bezier = kind == "cubic" and basis == "bezier"
    wrap = _effective(bezier, wrap)
    if bezier:
        each = counts // 3 if wrap == "periodic" else (counts - 1) // 3 + 1
    elif kind == "linear":
        each = counts + (wrap == "periodic")
    else:
        each = counts - 2 if wrap == "nonperiodic" else counts
    return int(np.sum(each))


def _effective(bezier: bool, wrap: str) -> str:
    """Bezier curves reach their ends anyway: `pinned` says nothing more about them."""
    return "nonperiodic" if bezier and wrap == "pinned" else wrap
