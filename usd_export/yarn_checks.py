"""Whether an exported cloth's curves are as thick as its yarns are said to be, and go through each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom

from usd_export.findings import Findings
from usd_export.metadata import NAMESPACE
from usd_export.telling import Tally
from warp_fabric.geometry import clearance
from warp_fabric.plies import ply_radius

LEAST = 0.95
"""Of the sum of radii, that the curves of an end and a pick keep."""
MOST_CROSSINGS = 50_000
"""That are looked at, over all frames: some ten seconds."""
THICKER = 0.01
"""Share by which widths may differ from the yarn's diameter."""
COUNTS_FIX = "export the run again: yarns of one direction all cross the same others"
WIDTH_FIX = "give diameters (not radii) in the stage's unit, and metersPerUnit as it is"
FIX = "choose thinner yarns or a wider sett, a finer simulation step or stiffer shear"


@dataclass(frozen=True)
class _Radii:
    """All of a fabric that clearances depend on."""

    end_radius: NDArray
    pick_radius: NDArray


@dataclass(frozen=True)
class _Yarns:
    """One prim's yarns."""

    prim: Usd.Prim
    numbers: NDArray
    plies: int
    radius: float
    length: int

    def lines(self, time: float | Usd.TimeCode) -> NDArray:
        """Centre lines `[yarns, samples, 3]`; those of plies are their plies' means."""
        points = np.asarray(UsdGeom.BasisCurves(self.prim).GetPointsAttr().Get(time), dtype=float)
        return points.reshape(-1, self.plies, self.length, 3).mean(axis=1)


def check_yarns(prims: list[Usd.Prim], found: Findings, tally: Tally) -> None:
    """Tell of curves that are not what their yarns are said to be, and warn where ends and picks interpenetrate.

    For that, frames are looked at spread evenly over the run, the last included: as many as `MOST_CROSSINGS` allows.

    Args:
        prims: Curves that are known to be sound; of them, those that say which yarns they are.
        found: Where findings go.
        tally: Counts the frames looked at.
    """
    cloths: dict[str, list[Usd.Prim]] = {}
    for prim in prims:
        if prim.HasAttribute(f"{NAMESPACE}:direction"):
            cloths.setdefault(str(prim.GetParent().GetPath()), []).append(prim)
            _check_yarn(prim, found)
    for path, members in cloths.items():
        ends, picks = (_yarns_of(members, direction) for direction in ("end", "pick"))
        if ends and picks:
            _check_cloth(path, ends, picks, found, tally)


def _check_cloth(path: str, ends: list[_Yarns], picks: list[_Yarns], found: Findings, tally: Tally) -> None:
    end_count, pick_count = (sum(len(each.numbers) for each in side) for side in (ends, picks))
    lengths = {each.length for each in ends}, {each.length for each in picks}
    samples = (ends[0].length - 1) / max(pick_count - 1, 1)
    whole = len(lengths[0]) == len(lengths[1]) == 1 and samples == (picks[0].length - 1) / max(end_count - 1, 1)
    numbers = [np.sort(np.concatenate([each.numbers for each in side])) for side in (ends, picks)]
    counted = np.array_equal(np.concatenate(numbers), np.arange(end_count + pick_count))
    if not (whole and counted and samples >= 1 and samples == int(samples)):
        return  # not all yarns of the cloth: which cross which cannot be told
    widths = [_in_order(side, [np.full(len(each.numbers), each.radius) for each in side]) for side in (ends, picks)]
    radii = _Radii(*widths)
    times = UsdGeom.BasisCurves(ends[0].prim).GetPointsAttr().GetTimeSamples()
    count = int(np.clip(MOST_CROSSINGS // (end_count * pick_count), 2, max(len(times), 2)))
    spread = np.linspace(0, len(times) - 1, count).round().astype(int).tolist()
    chosen = [times[k] for k in sorted({*spread})] if times else [Usd.TimeCode.Default()]
    tally.expect(len(chosen))
    for time in chosen:
        lines = [_in_order(side, [each.lines(time) for each in side]) for side in (ends, picks)]
        middle = lines[0].reshape(-1, 3).mean(axis=0)
        ratio = clearance(radii, lines[0] - middle, lines[1] - middle)  # pyright: ignore[reportArgumentType]
        wrong = np.count_nonzero(ratio < LEAST)
        if wrong:
            pick, end = np.unravel_index(np.argmin(ratio), ratio.shape)
            what = (
                f"{wrong} of {ratio.size} crossings interpenetrate; worst at pick {pick}, end {end}, where the curves "
                f"come as near as {ratio.min():.2f} of their radii"
            )
            found.warning(path, what, FIX, time if times else None)
        tally.done()


def _yarns_of(prims: list[Usd.Prim], direction: str) -> list[_Yarns]:
    found = []
    for prim in prims:
        if str(prim.GetAttribute(f"{NAMESPACE}:direction").Get()) != direction:
            continue
        numbers = np.asarray(prim.GetAttribute("primvars:yarnId").Get())
        counts = np.asarray(UsdGeom.BasisCurves(prim).GetCurveVertexCountsAttr().Get())
        plies = _plies(prim)
        if numbers.shape != counts.shape or len({*counts.tolist()}) != 1 or plies < 1 or len(counts) % plies:
            return []
        width = _width(prim)
        if not width:
            return []
        radius = 0.5 * width / (ply_radius(1.0, plies) if plies > 1 else 1.0)
        found.append(_Yarns(prim, numbers[::plies], plies, radius, int(counts[0])))
    return found


def _check_yarn(prim: Usd.Prim, found: Findings) -> None:
    """What is told of the yarn, against its curves."""
    counts = UsdGeom.BasisCurves(prim).GetCurveVertexCountsAttr().Get()
    if len({*counts}) > 1:
        what = f"its yarns have {min(counts)} to {max(counts)} points, and should all have the same"
        found.error(prim.GetPath(), what, COUNTS_FIX)
    width, radius, plies = _width(prim), _yarn_radius(prim), _plies(prim)
    if not width or not radius or plies < 1:
        return
    diameter = 2.0 * (ply_radius(radius, plies) if plies > 1 else radius)
    if abs(width / diameter - 1.0) > THICKER:
        found.warning(f"{prim.GetPath()}.widths", f"{width:.3g} where the yarn's diameter is {diameter:.3g}", WIDTH_FIX)


def _plies(prim: Usd.Prim) -> int:
    """Strands of each yarn; 0 where that cannot be."""
    strands = prim.GetAttribute("primvars:plyId")
    value = np.asarray(strands.Get()) if strands and strands.HasAuthoredValue() else np.zeros(1, int)
    return int(value.max()) + 1 if value.ndim and value.size and value.dtype.kind == "i" else 0


def _width(prim: Usd.Prim) -> float | None:
    """The curves' greatest diameter, in stage units."""
    widths = UsdGeom.BasisCurves(prim).GetWidthsAttr().Get()
    return max(widths) if widths else None


def _yarn_radius(prim: Usd.Prim) -> float | None:
    """The yarn's radius in the prim's own units, as its metadata has it."""
    value = prim.GetAttribute(f"{NAMESPACE}:yarn:radius").Get()
    if not isinstance(value, float):
        return None
    scale = abs(UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default()).GetDeterminant3())
    return value / (UsdGeom.GetStageMetersPerUnit(prim.GetStage()) * np.cbrt(scale)) if scale else None


def _in_order(side: list[_Yarns], values: list[NDArray]) -> NDArray:
    """Values by yarn, in the order of the yarns' numbers."""
    order = np.argsort(np.concatenate([each.numbers for each in side]))
    return np.concatenate(values)[order]
