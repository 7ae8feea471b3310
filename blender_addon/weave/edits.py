"""Edits of a weave: cells painted, the whole turned or repeated. Each gives a new `Weave`; none knows Blender."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from warp_fabric import Draft, DraftError

from ..fabric.design.weave_text import Weave

MOST = {"shafts": 16, "treadles": 32, "ends": 64, "picks": 64}
"""How far an edit lets a weave grow. A larger one that was imported can still be painted and turned."""

Cell = tuple[int, int]
"""(row, column) in an area, from 0. Threading: (shaft, end); tie-up: (shaft, treadle); lifting, which is the treadling
or the lift plan: (pick, treadle or shaft); end_yarns: (0, end); pick_yarns: (pick, 0)."""


# Painting


def value_at(weave: Weave, area: str, cell: Cell) -> int:
    """What a cell holds: 0 or 1, or in the colour bars the yarn's index."""
    row, column = cell
    draft = weave.draft
    if area == "end_yarns":
        return weave.end_yarns[column]
    if area == "pick_yarns":
        return weave.pick_yarns[row]
    if area == "threading":
        return int(draft.threading[column] == row + 1)
    return int(_table(draft, area)[row, column])


def stroke_value(weave: Weave, area: str, cell: Cell, yarn: int) -> int:
    """What a stroke that begins at `cell` paints: the brush's yarn in the colour bars, else the cell's other value."""
    return yarn if area in ("end_yarns", "pick_yarns") else 1 - value_at(weave, area, cell)


def paint(weave: Weave, area: str, cells: Sequence[Cell], value: int) -> Weave:
    """Give cells of an area one value.

    Args:
        weave: The weave before.
        area: "threading", "tie_up", "lifting", "end_yarns" or "pick_yarns".
        cells: Those to paint; see `Cell`.
        value: 1 or 0; in the colour bars a yarn's index. An end has one shaft: threading it takes it off any other.

    Raises:
        DraftError: where there is no such area or cell.
    """
    draft = weave.draft
    rows, columns = area_size(draft, area)
    for row, column in cells:
        if not (0 <= row < rows and 0 <= column < columns):
            what = f"there is no cell in row {row + 1}, column {column + 1}"
            raise DraftError(what, where=area, fix=f"it has {rows} rows and {columns} columns")
    if area in ("end_yarns", "pick_yarns"):
        yarns = list(getattr(weave, area))
        for cell in cells:
            yarns[max(cell)] = value
        return replace(weave, **{area: tuple(yarns)})
    if area == "threading":
        threading = draft.threading.copy()
        for row, column in cells:
            if value:
                threading[column] = row + 1
            elif threading[column] == row + 1:
                threading[column] = 0
        return replace(weave, draft=replace(draft, threading=threading))
    table = _table(draft, area).copy()
    for cell in cells:
        table[cell] = bool(value)
    key = area if area == "tie_up" else _lifting(draft)
    return replace(weave, draft=replace(draft, **{key: table}))


def area_size(draft: Draft, area: str) -> tuple[int, int]:
    """Rows and columns of an area; without treadles the tie-up has none.

    Raises:
        DraftError: where there is no such area.
    """
    sizes = {
        "threading": (draft.shaft_count, draft.end_count),
        "tie_up": (draft.shaft_count, draft.treadle_count),
        "lifting": (draft.pick_count, draft.treadle_count or draft.shaft_count),
        "end_yarns": (1, draft.end_count),
        "pick_yarns": (draft.pick_count, 1),
    }
    if area not in sizes:
        raise DraftError(f"a draft has no {area!r}", where="weave", fix=f"use one of {', '.join(sizes)}")
    return sizes[area]


def _lifting(draft: Draft) -> str:
    return "treadling" if draft.lift_plan is None else "lift_plan"


def _table(draft: Draft, area: str) -> NDArray[np.bool_]:
    return draft.tie_up if area == "tie_up" else getattr(draft, _lifting(draft))  # type: ignore[return-value]


# Turning


def invert(weave: Weave) -> Weave:
    """The back's weave: picks on top where ends were."""
    draft = weave.draft
    if (draft.threading > 0).all():  # an end on no shaft would stay below
        if draft.lift_plan is not None:
            return replace(weave, draft=replace(draft, lift_plan=~draft.lift_plan))
        if (draft.treadling.sum(axis=1) == 1).all():  # type: ignore[union-attr]
            return replace(weave, draft=replace(draft, tie_up=~draft.tie_up))  # type: ignore[operator]
    return replace(weave, draft=_woven(~draft.drawdown, draft))


def flip_across(weave: Weave) -> Weave:
    """Left and right exchanged: the ends in reverse."""
    return _taken(weave, ends=np.arange(weave.draft.end_count)[::-1])


def flip_along(weave: Weave) -> Weave:
    """Up and down exchanged: the picks in reverse."""
    return _taken(weave, picks=np.arange(weave.draft.pick_count)[::-1])


def rotate(weave: Weave) -> Weave:
    """The cloth turned clockwise by a quarter: ends become picks. Shafts and treadles are those its drawdown needs."""
    turned = ~np.rot90(weave.draft.drawdown, -1)  # where the end was on top, the pick now is
    return Weave(_woven(turned, weave.draft), weave.pick_yarns[::-1], weave.end_yarns)


def shift(weave: Weave, ends: int = 0, picks: int = 0) -> Weave:
    """The repeat moved to the right and down by that many; what leaves it comes in again on the other side."""
    draft = weave.draft
    return _taken(weave, np.roll(np.arange(draft.end_count), ends), picks=np.roll(np.arange(draft.pick_count), picks))


def repeat(weave: Weave, across: int = 1, along: int = 1) -> Weave:
    """The weave that many times side by side and one after the other, as one repeat.

    Raises:
        DraftError: where it would be larger than `MOST`.
    """
    for count, what in ((across, "across"), (along, "along")):
        if count < 1:
            raise DraftError(f"repeated {count} times {what}", where="weave", fix="repeat it at least once")
    return resize(weave, ends=weave.draft.end_count * across, picks=weave.draft.pick_count * along)


def resize(
    weave: Weave,
    ends: int | None = None,
    picks: int | None = None,
    shafts: int | None = None,
    treadles: int | None = None,
) -> Weave:
    """Cut or lengthen a weave. New ends and picks go on as the repeat does; new shafts and treadles are empty.

    Ends on a shaft that is taken away are on none. Counts that are left out stay; a lift plan has no treadles.

    Raises:
        DraftError: where a count is below 1 or grows beyond `MOST`.
    """
    draft = weave.draft
    before = {
        "ends": draft.end_count,
        "picks": draft.pick_count,
        "shafts": draft.shaft_count,
        "treadles": draft.treadle_count,
    }
    given = {"ends": ends, "picks": picks, "shafts": shafts, "treadles": treadles if draft.treadle_count else None}
    size = {key: before[key] if value is None else value for key, value in given.items()}
    for key, value in size.items():
        _check_growth(key, value, before[key])
    if (size["ends"], size["picks"]) != (draft.end_count, draft.pick_count):
        weave = _taken(
            weave, np.arange(size["ends"]) % draft.end_count, picks=np.arange(size["picks"]) % draft.pick_count
        )
        draft = weave.draft
    threading = np.where(draft.threading > size["shafts"], 0, draft.threading)
    if draft.lift_plan is not None:
        draft = replace(draft, threading=threading, lift_plan=_fitted(draft.lift_plan, size["picks"], size["shafts"]))
    else:
        tie_up = _fitted(draft.tie_up, size["shafts"], size["treadles"])  # type: ignore[arg-type]
        treadling = _fitted(draft.treadling, size["picks"], size["treadles"])  # type: ignore[arg-type]
        draft = replace(draft, threading=threading, tie_up=tie_up, treadling=treadling)
    return replace(weave, draft=draft)


def to_lift_plan(weave: Weave) -> Weave:
    """The same weave with a lift plan in place of tie-up and treadling."""
    return replace(weave, draft=weave.draft.with_lift_plan())


def to_treadling(weave: Weave) -> Weave:
    """The same weave with a tie-up and one treadle pressed in each pick in place of a lift plan.

    Raises:
        DraftError: where that takes more treadles than `MOST`.
    """
    draft = weave.draft
    if draft.lift_plan is None:
        return weave
    numbers: dict[tuple[bool, ...], int] = {}
    pressed = [numbers.setdefault(tuple(row), len(numbers)) for row in draft.lift_plan.tolist()]
    _check_growth("treadles", len(numbers), 0)
    tie_up, treadling = np.array(list(numbers)).T, np.eye(len(numbers), dtype=bool)[pressed]
    return replace(weave, draft=replace(draft, lift_plan=None, tie_up=tie_up, treadling=treadling))


TRANSFORMS: dict[str, Callable[[Weave], Weave]] = {
    "INVERT": invert,
    "FLIP_ACROSS": flip_across,
    "FLIP_ALONG": flip_along,
    "ROTATE": rotate,
    "LIFT_PLAN": to_lift_plan,
    "TREADLING": to_treadling,
}
"""Edits that need no more than the weave."""


def _taken(weave: Weave, ends: NDArray[np.int64] | None = None, picks: NDArray[np.int64] | None = None) -> Weave:
    """A weave of some of its ends and picks, in the order given."""
    draft = weave.draft
    ends = np.arange(draft.end_count) if ends is None else ends
    picks = np.arange(draft.pick_count) if picks is None else picks
    key = _lifting(draft)
    taken = replace(draft, threading=draft.threading[ends], **{key: getattr(draft, key)[picks]})
    return Weave(taken, tuple(weave.end_yarns[k] for k in ends), tuple(weave.pick_yarns[k] for k in picks))


def _woven(drawdown: NDArray[np.bool_], like: Draft) -> Draft:
    """The smallest draft of a drawdown, with a lift plan where `like` has one or there would be too many treadles."""
    draft = Draft.from_drawdown(drawdown, name=like.name)
    _check_growth("shafts", draft.shaft_count, like.shaft_count)
    return draft.with_lift_plan() if like.lift_plan is not None or draft.treadle_count > MOST["treadles"] else draft


def _check_growth(kind: str, count: int, before: int) -> None:
    if count > max(MOST[kind], before):
        fix = f"the editor has at most {MOST[kind]} {kind}"
        raise DraftError(f"this takes {count} {kind}", where="weave", fix=fix)
    if count < 1 and before:
        raise DraftError(f"a weave with {count} {kind}", where="weave", fix="leave at least one")


def _fitted(table: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.bool_]:
    """The table cut, or filled up with False."""
    fitted = np.zeros((rows, columns), dtype=bool)
    part = table[:rows, :columns]
    fitted[: part.shape[0], : part.shape[1]] = part
    return fitted
