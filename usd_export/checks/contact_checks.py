"""Whether an exported cloth's yarns lie on each other where they cross, and go through each other anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usd_export.checks.cloth_reader import Cloth, Yarns
from usd_export.checks.contact_search import BESIDE, CROSSING, FOLD, ITSELF, Contacts, ContactSearch, Strands
from usd_export.checks.findings import Findings
from usd_export.checks.obstacle_checks import ObstacleCheck
from warp_fabric.counts import Tally
from warp_fabric.layout import ALONG_END, ALONG_PICK

LEAST = 0.95
"""Of the sum of radii, that the curves of two yarns keep."""
LEAST_CRIMPED = 0.9
"""Of the distance where they cross, that two yarns keep near there in crimped cloth: heights that crimp has are not all
ones that round yarns can have, and where it is pulled the curves show it."""
MOST = 1.5
"""Sums of radii, that an end and a pick may be apart where they cross; exports have 1, or as much as crimp asks for."""
FEW = 3
"""Samples per crossing from which on curves show how yarns lie."""
APART_FIX = "export the run again: all of a cloth's yarns move together, in the order of their numbers and in one unit"
OVER_FIX = "export the run again, or turn the yarns back over: the draft in the metadata says which lies on top"
NAMES = ("end", "pick")
FEW_FIX = "export with --samples-per-crossing 3 or more: curves through fewer points cut corners"
FIXES = {
    CROSSING: "choose thinner yarns or a wider sett, a finer simulation step or stiffer shear",
    BESIDE: "choose thinner yarns or a wider sett, or stiffer contact between parallel yarns (parallel_stiffness)",
    FOLD: "hold or move the cloth so that it does not fold: only yarns that cross or lie side by side feel each other",
    ITSELF: "hold or move the cloth so that it does not fold, or take stiffer yarns: a yarn does not feel itself",
}


def frames_of(yarns: list[Yarns]) -> list[float | None]:
    """Time codes at which all of the yarns that move have samples; [None] where none ever moves."""
    moving = [{*each.times} for each in yarns if each.times]
    return [*sorted(set.intersection(*moving))] if moving else [None] * bool(yarns)


def check_contacts(cloth: Cloth, yarns: list[Yarns], found: Findings, tally: Tally) -> None:
    """Look at every frame for yarns that do not lie on each other where they cross, that interpenetrate, or that go
    into an obstacle.

    Args:
        cloth: The cloth.
        yarns: Those of it that are known to be sound: all, or a part.
        found: Where findings go.
        tally: Counts the frames looked at.
    """
    parts = _parts(cloth, yarns)
    strands = [each.strands for each in parts]
    placed = strands[0].samples is not None
    search = ContactSearch(strands, LEAST)
    obstacles = ObstacleCheck(cloth, yarns, found)
    few = min(each.samples or FEW for each in strands) < FEW
    for time in frames_of(yarns):
        whole = [each.lines(time) for each in yarns]
        lines = [whole[each.prim][each.rows, : each.strands.points] for each in parts]
        obstacles.look(time, whole, _middles(*at_crossings(cloth, strands, lines)) if placed else None)
        middle = lines[0].reshape(-1, 3).mean(axis=0)  # differences of numbers far from 0 lose digits
        lines = [each - middle for each in lines]
        distance = cloth.crimped_distance(time) if placed else None
        if placed:
            most = MOST if distance is None else MOST * np.maximum(distance, 1.0)
            _check_crossings(cloth, strands, lines, most, found, time)
        contacts = search.find(lines)
        if contacts is None:
            what = "its yarns interpenetrate everywhere: they lie in each other too densely to tell them apart"
            found.warning(cloth.path, what, FIXES[FOLD], time, np.inf)
        else:
            contacts = contacts if distance is None else _unmeant(contacts, LEAST_CRIMPED * distance)
            _tell(cloth, contacts, few, found, time)
        tally.done()


@dataclass(frozen=True)
class _Part:
    """The yarns of one prim that have equally many points: which of its rows they are."""

    strands: Strands
    prim: int
    rows: slice | NDArray[np.bool_]


def _parts(cloth: Cloth, yarns: list[Yarns]) -> list[_Part]:
    """The prims' yarns; where not all tell soundly which they are, as if nothing were known of crossings."""
    found = [(each, cloth.samples(each), cloth.runs(each)) for each in yarns]
    known, made = all(samples for _, samples, _ in found), []
    for prim, (each, samples, runs) in enumerate(found):
        pick = each.direction == "pick"
        number = np.asarray(each.numbers, int) - (cloth.size[0] if pick and cloth.size else 0)
        first = np.zeros(len(number), int) if runs is None else runs.first.astype(int)
        radius = each.radius or 0.5 * (each.width or 0.0)
        for points in np.unique(each.lengths).tolist():
            rows = each.lengths == points
            strands = Strands(int(pick), number[rows], radius, points, samples if known else None, first[rows])
            made.append(_Part(strands, prim, slice(None) if rows.all() else rows))
    return made


def at_crossings(cloth: Cloth, strands: list[Strands], lines: list[NDArray]) -> tuple[list[NDArray], list[NDArray]]:
    """Where ends and picks cross, `[picks, ends, 3]` each, and their radii, `[picks, ends]`; nan for missing yarns."""
    assert cloth.size is not None
    ends, picks = cloth.size
    at = [np.full((picks, ends, 3), np.nan) for _axis in range(2)]
    radius = [np.full((picks, ends), np.nan) for _axis in range(2)]
    for each, line in zip(strands, lines):
        crossings = line[:, :: each.samples]
        first = np.zeros(len(crossings), int) if each.first is None else each.first
        along = first[:, None] + np.arange(crossings.shape[1])
        where = (each.number[:, None], along) if each.axis else (along, each.number[:, None])
        at[each.axis][where], radius[each.axis][where] = crossings, each.radius
    return at, radius


def _middles(at: list[NDArray], radius: list[NDArray]) -> NDArray:
    """Where the cloth is, `[picks, ends, 3]`: the point at which an end and a pick touch."""
    return (radius[1][..., None] * at[0] + radius[0][..., None] * at[1]) / (radius[0] + radius[1])[..., None]


def _check_crossings(
    cloth: Cloth,
    strands: list[Strands],
    lines: list[NDArray],
    most: NDArray | float,
    found: Findings,
    time: float | None,
) -> None:
    """Ends and picks that are not where they cross.

    Args:
        most: Sums of radii, that they may be apart there, `[picks, ends]`.
    """
    assert cloth.layout is not None
    at, radius = at_crossings(cloth, strands, lines)
    ratio = np.linalg.norm(at[0] - at[1], axis=-1) / (radius[0] + radius[1])
    wrong = int(np.count_nonzero(ratio > most))
    if wrong:
        worst = np.nanmax(ratio / most)
        pick, end = np.argwhere(ratio / most == worst)[0]
        what = (
            f"yarns do not lie on each other at {wrong} of {cloth.layout.count} crossings; worst at pick {pick}, "
            f"end {end}, "
            f"where they are {ratio[pick, end]:.3g} times the sum of their radii apart"
        )
        found.error(cloth.path, what, APART_FIX, time, float(ratio[pick, end]))
    elif cloth.drawdown is not None and min(cloth.layout.shape) > 1:
        # where the cloth is, whose normal tells which is on top
        _check_order(cloth, at[0] - at[1], _middles(at, radius), found, time)


def _check_order(cloth: Cloth, apart: NDArray, position: NDArray, found: Findings, time: float | None) -> None:
    """Whether the yarn on top is the draft's.

    Args:
        apart: From pick to end where they cross, `[picks, ends, 3]`. position: Of the crossings, likewise.
    """
    assert cloth.drawdown is not None
    assert cloth.layout is not None
    along_pick, along_end = (cloth.layout.slopes(position, axis) for axis in (ALONG_PICK, ALONG_END))
    up = np.cross(along_pick, along_end)
    over = np.sum(apart * up, axis=-1)
    length, pick, end, way = (np.linalg.norm(each, axis=-1) for each in (up, along_pick, along_end, apart))
    clear = (np.abs(over) > 0.5 * way * length) & (length > 1e-2 * pick * end)  # not where the cloth is folded flat
    wrong = np.argwhere(clear & ((over > 0) != cloth.drawdown))
    if len(wrong):
        row, column = wrong[0]
        top, below = ("pick", "end") if cloth.drawdown[row, column] else ("end", "pick")
        what = (
            f"the wrong yarn is on top at {len(wrong)} of {cloth.layout.count} crossings; first at pick {row}, "
            f"end {column}, where the {top} lies over the {below}"
        )
        found.error(cloth.path, what, OVER_FIX, time, float(len(wrong)))


def _unmeant(contacts: Contacts, least: NDArray) -> Contacts:
    """Contacts but those of yarns that cross no nearer to each other than they may.

    Args:
        least: Distance over the sum of radii, `[picks, ends]`.
    """
    pick, end = np.where(contacts.axis[:, :1] == 1, contacts.number, contacts.number[:, ::-1]).T
    kept = contacts.kind != CROSSING
    kept[~kept] = contacts.ratio[~kept] < least[pick[~kept], end[~kept]]
    return Contacts(**{name: value[kept] for name, value in vars(contacts).items()})


def _tell(cloth: Cloth, contacts: Contacts, few: bool, found: Findings, time: float | None) -> None:
    for kind, fix in FIXES.items():
        mine = np.flatnonzero(contacts.kind == kind)
        if not len(mine):
            continue
        worst = mine[np.argmin(contacts.ratio[mine])]
        ratio = float(contacts.ratio[worst])
        (axis, one, at), (axis_other, other, at_other) = sorted(
            zip(contacts.axis[worst].tolist(), contacts.number[worst].tolist(), contacts.at[worst].tolist())
        )
        several = "s" if len(mine) > 1 else ""
        count = f"{len(mine)} pair{several} of yarns"
        if kind == CROSSING:
            of = f" of {cloth.layout.count}" if cloth.layout else ""
            what = f"{len(mine)}{of} crossings interpenetrate; worst at pick {other}, end {one}"
            fix = f"{fix}, or let crossings flatten (crossing_stiffness)" if cloth.is_crimped else fix
            fix = f"{FEW_FIX}; else {fix}" if few else fix
        elif kind == BESIDE:
            what = (
                f"{count} side by side interpenetrate; worst {NAMES[axis]}s {one} and {other} at {NAMES[1 - axis]} {at}"
            )
        elif kind == ITSELF:
            those = f"{len(mine)} yarns go through themselves" if several else "1 yarn goes through itself"
            what = f"{those}; worst {NAMES[axis]} {one} at {NAMES[1 - axis]}s {at} and {at_other}"
        else:
            what = (
                f"parts of the cloth that are far apart along it interpenetrate, {count}; worst {NAMES[axis]} {one} at "
                f"{NAMES[1 - axis]} {at} and {NAMES[axis_other]} {other} at {NAMES[1 - axis_other]} {at_other}"
            )
        what += f", where the curves come as near as {ratio:.2f} of their radii"
        found.warning(cloth.path, what, fix, time, 1.0 - ratio)
