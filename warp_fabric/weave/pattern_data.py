"""From dtx-to-wif's PatternData to a Draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import members

Sets = dict[int, set[int]]
Colors = tuple[str, ...] | None


def draft_from_pattern_data(
    data: Any,
    *,
    where: str,
    name: str,
    note: Callable[[str], None],
    end_count: int | None = None,
    pick_count: int | None = None,
    treadle_count: int | None = None,
    colors: tuple[Colors, Colors] | None = None,
) -> Draft:
    """A draft from what dtx-to-wif read.

    A sinking shed, which dtx-to-wif reads but does not apply, becomes the rising shed that weaves the same cloth. An
    end on several shafts gets a shaft of its own that rises with any of them. Yarns past the last one that the file
    threads or treadles are left out, however many it declares.

    Args:
        data: dtx_to_wif.PatternData.
        where: The file, for errors.
        name: The draft's name.
        note: Called with a sentence about each thing that was changed.
        end_count, pick_count, treadle_count: How many there are [as many as used].
        colors: Of ends and of picks, in place of the data's own.

    Raises:
        DraftError: If a number or the draft is impossible.
    """
    by_treadle = bool(data.tieup and data.treadling)
    lifting: Sets = data.treadling if by_treadle else data.liftplan
    end_count = int(max(data.threading)) if end_count is None else end_count
    pick_count = int(max(lifting)) if pick_count is None else pick_count
    raised_by = _cut(data.tieup, treadle_count) if by_treadle else _cut(lifting, pick_count)
    threads = _cut(data.threading, end_count)
    shaft_count = max([1, data.num_shafts, *(max(one) for one in [*threads.values(), *raised_by.values()] if one)])
    if treadle_count is None:
        treadle_count = int(max([data.num_treadles, *data.tieup, *(max(one) for one in data.treadling.values())]))

    threading, joined = _single_shafts(threads, end_count, shaft_count)
    if joined:
        note(f"{len(joined)} group(s) of ends on several shafts: each group was given a shaft of its own")
    parts: dict[str, np.ndarray] = {}
    if by_treadle:
        tie_up = members(raised_by, treadle_count, shaft_count, where)
        parts["tie_up"] = np.hstack([tie_up, _any_of(tie_up, joined)]).T
        parts["treadling"] = members(_cut(lifting, pick_count), pick_count, treadle_count, where)
    else:
        lift_plan = members(raised_by, pick_count, shaft_count, where)
        parts["lift_plan"] = np.hstack([lift_plan, _any_of(lift_plan, joined)])
    if not data.is_rising_shed:
        note("sinking shed: shafts that sink were turned into shafts that stay down")
        parts = _risen(parts)
    return Draft(
        threading=threading,
        **parts,
        end_colors=_colors(data, "warp", end_count) if colors is None else colors[0],
        pick_colors=_colors(data, "weft", pick_count) if colors is None else colors[1],
        name=name,
    )


def _cut(sets: Sets, count: int | None) -> Sets:
    """Only yarns (or treadles) up to `count`, and without the 0 that stands for none."""
    return {key: value - {0} for key, value in sets.items() if count is None or key <= count}


def _single_shafts(threads: Sets, end_count: int, shaft_count: int) -> tuple[np.ndarray, list[frozenset[int]]]:
    """One shaft per end, and the sets of shafts that those past `shaft_count` stand for."""
    joined = list(dict.fromkeys(frozenset(one) for one in threads.values() if len(one) > 1))
    number = {one: shaft_count + place for place, one in enumerate(joined, 1)}
    threading = np.zeros(end_count, dtype=np.int64)
    for end, shafts in threads.items():
        threading[end - 1] = number[frozenset(shafts)] if len(shafts) > 1 else max(shafts, default=0)
    return threading, joined


def _any_of(table: np.ndarray, groups: list[frozenset[int]]) -> np.ndarray:
    """bool[rows, groups]: True where any of a group's columns, from 1, is set."""
    columns = [table[:, [number - 1 for number in group]].any(axis=1) for group in groups]
    return np.stack(columns, axis=1) if columns else np.zeros((len(table), 0), dtype=bool)


def _risen(parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sinking shafts as rising ones: up is whatever does not sink."""
    if "lift_plan" in parts:
        return {"lift_plan": ~parts["lift_plan"]}
    tie_up, treadling = parts["tie_up"], parts["treadling"]
    if (treadling.sum(axis=1) == 1).all():
        return {"tie_up": ~tie_up, "treadling": treadling}
    # With no treadle or several, what stays up is not what single treadles leave up: only a lift plan can say it.
    return {"lift_plan": ~(treadling.astype(np.float32) @ tie_up.T.astype(np.float32) > 0.5)}


def _colors(data: Any, side: str, count: int) -> tuple[str, ...] | None:
    low, high = data.color_range
    index, default = getattr(data, f"{side}_colors"), getattr(data, side).color
    hexes = {
        number: "#" + "".join(f"{round(255 * (part - low) / (high - low)):02x}" for part in rgb)
        for number, rgb in data.color_table.items()
    }
    return tuple(hexes[index.get(number, default)] for number in range(1, count + 1))
