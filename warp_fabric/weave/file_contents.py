"""What a weave file says, whichever format it is written in, and the draft that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from warp_fabric.errors import DraftError
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.numbers import members

Sets = Mapping[int, Collection[int]]
"""What is in each numbered row. Rows that are not there are empty, and so are those that hold 0 alone."""
Note = Callable[[str], None]
"""Called with a sentence about something doubtful in a file that is read all the same."""


@dataclass(frozen=True)
class FileContents:
    """A weave file's contents. Ends, picks, shafts and treadles count from 1; 0 stands for none.

    Attributes:
        name: The draft's name.
        threading: The shafts that each end is threaded on.
        tie_up: The shafts tied to each treadle.
        treadling: The treadles pressed in each pick.
        lift_plan: The shafts raised in each pick; not used where tie-up and treadling weave something.
        end_count, pick_count: How many there are, blank ones included.
        shaft_count, treadle_count: How many the file declares, or 0; it may use more shafts.
        rising_shed: False if the shafts that are named sink.
        end_colors, pick_colors: "#rrggbb" of each, or None.
    """

    name: str
    threading: Sets
    tie_up: Sets
    treadling: Sets
    lift_plan: Sets
    end_count: int
    pick_count: int
    shaft_count: int = 0
    treadle_count: int = 0
    rising_shed: bool = True
    end_colors: tuple[str, ...] | None = None
    pick_colors: tuple[str, ...] | None = None

    def draft(self, note: Note) -> Draft:
        """The draft. A sinking shed becomes the rising shed that weaves the same cloth, and an end on several shafts
        gets a shaft of its own, which rises with any of them.

        Args:
            note: Called with a sentence about each thing that was changed.

        Raises:
            DraftError: If a number or the draft is impossible.
        """
        by_treadle = is_treadled(self.tie_up, self.treadling, self.lift_plan)
        raised_by = self.tie_up if by_treadle else self.lift_plan
        shafts = max([1, self.shaft_count, *_named(self.threading), *_named(raised_by)])
        threading, joined = self._single_shafts(shafts)
        if joined:
            note(f"{len(joined)} group(s) of ends on several shafts: each group was given a shaft of its own")
        parts: dict[str, np.ndarray] = {}
        if by_treadle:
            treadles = max([self.treadle_count, *self.tie_up])
            if (pressed := max(_named(self.treadling), default=0)) > treadles:
                what = f"the treadling presses treadle {pressed}, but there are {treadles} treadles"
                raise DraftError(what, fix="tie up the treadle, or correct the treadling")
            tie_up = members(self.tie_up, treadles, shafts, "tie-up")
            parts["tie_up"] = np.hstack([tie_up, _any_of(tie_up, joined)]).T
            parts["treadling"] = members(self.treadling, self.pick_count, treadles, "treadling")
        else:
            lift_plan = members(self.lift_plan, self.pick_count, shafts, "lift plan")
            parts["lift_plan"] = np.hstack([lift_plan, _any_of(lift_plan, joined)])
        if not self.rising_shed:
            note("sinking shed: shafts that sink were turned into shafts that stay down")
            parts = _risen(parts)
        return Draft(
            threading=threading, **parts, end_colors=self.end_colors, pick_colors=self.pick_colors, name=self.name
        )

    def _single_shafts(self, shaft_count: int) -> tuple[np.ndarray, list[frozenset[int]]]:
        """One shaft per end, and the sets of shafts that those past `shaft_count` stand for."""
        threads = {end: frozenset(shafts) - {0} for end, shafts in self.threading.items()}
        joined = list(dict.fromkeys(one for one in threads.values() if len(one) > 1))
        number = {one: shaft_count + place for place, one in enumerate(joined, 1)}
        threading = np.zeros(self.end_count, dtype=np.int64)
        for end, shafts in threads.items():
            threading[end - 1] = number[shafts] if len(shafts) > 1 else max(shafts, default=0)
        return threading, joined


def is_treadled(tie_up: Sets, treadling: Sets, lift_plan: Sets) -> bool:
    """Whether a file's picks are those of its treadling: if it has one, unless only its lift plan weaves something.

    Raises:
        DraftError: If the file has no way to raise shafts.
    """
    if tie_up and treadling:
        return not lift_plan or bool(_named(tie_up) and _named(treadling))
    if not lift_plan:
        what = "a lift plan, or a tie-up with its treadling, is missing"
        raise DraftError(what, fix="add a lift plan, or both a tie-up and a treadling")
    return False


def yarn_count(used: int, declared: int, named: Iterable[int], sure: bool = True) -> int:
    """How many ends or picks a file speaks of, those at the edge that do nothing included.

    Args:
        used: The last one that is threaded, treadled or lifted.
        declared: How many the file says there are; 0 if it does not.
        named: The numbers of those that it says something else about, such as their colours.
        sure: Whether `declared` is enough. It never is for more than twice the yarns used: that is the size of the
            sheet that some programs draw on.
    """
    named = (number for number in named if not declared or number <= declared)
    return max([used, *named, declared if sure and declared <= 2 * used else 0])


def _named(sets: Sets) -> set[int]:
    """All numbers in the rows, but for 0."""
    return {number for numbers in sets.values() for number in numbers} - {0}


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
