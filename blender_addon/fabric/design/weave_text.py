"""Weave: one repeat, its draft and which yarn each end and pick is. Immutable; kept in Blender as one line of text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from warp_fabric import Draft, DraftError
from warp_fabric.weave import pattern


@dataclass(frozen=True)
class Weave:
    """One repeat of a weave.

    Attributes:
        draft: Threading, tie-up and treadling or lift plan. Its own colours are not used: a yarn has a colour.
        end_yarns: For each end of the repeat the index of its yarn in the fabric's list.
        pick_yarns: Likewise for each pick.

    Raises:
        DraftError: where the lists' lengths are not the draft's.
    """

    draft: Draft
    end_yarns: tuple[int, ...]
    pick_yarns: tuple[int, ...]

    def __post_init__(self) -> None:
        for kind, yarns, count in (
            ("end", self.end_yarns, self.draft.end_count),
            ("pick", self.pick_yarns, self.draft.pick_count),
        ):
            if len(yarns) != count:
                what = f"{len(yarns)} yarns for {count} {kind}s"
                raise DraftError(what, where="weave", fix=f"give the index of one yarn for each {kind}")

    @classmethod
    def of(cls, draft: Draft, end_yarns: tuple[int, ...] = (0,), pick_yarns: tuple[int, ...] = (1,)) -> Weave:
        """A weave of a draft, with yarns repeated along it."""
        plain = replace(draft, end_colors=None, pick_colors=None)
        ends = tuple(end_yarns[k % len(end_yarns)] for k in range(draft.end_count))
        return cls(plain, ends, tuple(pick_yarns[k % len(pick_yarns)] for k in range(draft.pick_count)))

    def renumbered(self, new: Callable[[int], int]) -> Weave:
        """This weave after its list of yarns has changed; `new` gives a yarn's index now for that before."""
        return replace(self, end_yarns=tuple(map(new, self.end_yarns)), pick_yarns=tuple(map(new, self.pick_yarns)))

    def to_text(self) -> str:
        """JSON in one line, keys as in the scene file: shafts and treadles count from 1."""
        draft = self.draft
        data: dict[str, object] = {"name": draft.name, "threading": draft.threading.tolist()}
        if draft.lift_plan is not None:
            data |= {"shafts": draft.shaft_count, "lift_plan": _numbers(draft.lift_plan)}
        else:
            data |= {"shafts": draft.shaft_count, "tie_up": _numbers(draft.tie_up.T)}  # type: ignore[union-attr]
            data |= {"treadling": _numbers(draft.treadling)}
        data |= {"end_yarns": self.end_yarns, "pick_yarns": self.pick_yarns}
        return json.dumps(data, separators=(",", ":"))

    @staticmethod
    @lru_cache(maxsize=64)
    def from_text(text: str) -> Weave:
        """The weave of a text; plain weave of the first two yarns where it is empty.

        Raises:
            DraftError: where the text is damaged.
        """
        if not text:
            return Weave.of(pattern("plain"))
        try:
            data = json.loads(text)
            rows, count = data.get("lift_plan"), int(data["shafts"])
            plan = {}
            if rows is not None:
                plan["lift_plan"] = _table(rows, count)
            else:
                plan["tie_up"] = _table(data["tie_up"], count).T
                plan["treadling"] = _table(data["treadling"], len(data["tie_up"]))
            draft = Draft(threading=data["threading"], name=data.get("name", ""), **plan)
            return Weave(draft, tuple(data["end_yarns"]), tuple(data["pick_yarns"]))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            fix = "choose a weave from the library, or import one"
            raise DraftError(f"the weave's text is damaged: {error}", where="weave", fix=fix) from error


@lru_cache(maxsize=64)
def library_weave(name: str, yarn_count: int) -> Weave:
    """A weave of the library in the first two yarns of a list; where its own colours alternate, these do.

    Raises:
        DraftError: where there is none of that name.
    """
    draft = pattern(name)
    last = max(yarn_count, 1) - 1
    if draft.end_colors is None or draft.pick_colors is None:
        return Weave.of(draft, (0,), (min(1, last),))
    order = [*dict.fromkeys((*draft.end_colors, *draft.pick_colors))]
    ends, picks = (tuple(min(order.index(c), last) for c in side) for side in (draft.end_colors, draft.pick_colors))
    return Weave.of(draft, ends, picks)


def _numbers(table) -> list[list[int]]:
    """The columns that are set in each row, from 1."""
    return [[k + 1 for k, is_set in enumerate(row) if is_set] for row in table.tolist()]


def _table(rows: list[list[int]], width: int):
    import numpy as np

    table = np.zeros((len(rows), width), bool)
    for row, numbers in zip(table, rows):
        for number in numbers:
            if not 1 <= number <= width:
                raise ValueError(f"{number} is not among 1 to {width}")
            row[number - 1] = True
    return table
