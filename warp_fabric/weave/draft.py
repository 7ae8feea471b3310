"""Draft: threading, tie-up and treadling (or a lift plan), as weavers write a weave down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warp_fabric.errors import DraftError
from warp_fabric.weave.numbers import MAX_CELLS, MAX_YARNS, check_size, members, number_sets

_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, eq=False)
class Draft:
    """A weave draft. Compared by content; its arrays cannot be written to.

    Args:
        threading: int[ends], the shaft each end is threaded on, from 1; 0 is an end on no shaft, which never rises.
        tie_up: bool[shafts, treadles], True where the treadle raises the shaft.
        treadling: bool[picks, treadles], True where the treadle is pressed; several in one pick are allowed.
        lift_plan: bool[picks, shafts], True where the shaft is raised. Give this, or `tie_up` and `treadling`.
        end_colors: "#rrggbb" for each end, or None where the draft says nothing about colour.
        pick_colors: "#rrggbb" for each pick, or None.
        name: What people call it; one line.

    Raises:
        DraftError: If the parts do not fit each other.
    """

    threading: NDArray[np.int64]
    tie_up: NDArray[np.bool_] | None = None
    treadling: NDArray[np.bool_] | None = None
    lift_plan: NDArray[np.bool_] | None = None
    end_colors: tuple[str, ...] | None = None
    pick_colors: tuple[str, ...] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        def put(field: str, value: object) -> None:
            object.__setattr__(self, field, value)

        put("name", " ".join("".join(c if c.isprintable() else " " for c in self.name).split()))
        put("threading", self._threading())
        for field in ("tie_up", "treadling", "lift_plan"):
            if getattr(self, field) is not None:
                put(field, self._table(field))
        self._check_fit()
        put("end_colors", self._colors("end_colors", self.end_count))
        put("pick_colors", self._colors("pick_colors", self.pick_count))

    # Checks

    def _error(self, what: str, key: str, fix: str) -> DraftError:
        return DraftError(what, where=f"draft {self.name!r}, {key}" if self.name else f"draft, {key}", fix=fix)

    def _threading(self) -> NDArray[np.int64]:
        given = np.asarray(self.threading)
        if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iu":
            raise self._error("threading is not a list of shaft numbers", "threading", "give one shaft number per end")
        if given.size > MAX_YARNS:
            raise self._error(f"{given.size} ends are too many", "threading", f"use at most {MAX_YARNS} ends")
        if given.min() < 0:
            end = int(np.argmin(given)) + 1
            raise self._error(f"end {end} is on shaft {given.min()}", "threading", "use shafts from 1, or 0 for none")
        return _frozen(given.astype(np.int64))

    def _table(self, field: str) -> NDArray[np.bool_]:
        axes = {"tie_up": "shafts, treadles", "treadling": "picks, treadles", "lift_plan": "picks, shafts"}[field]
        given = np.asarray(getattr(self, field))
        if given.ndim != 2 or given.size == 0 or given.dtype.kind not in "biu":
            raise self._error(f"{field} is not a table [{axes}]", field, f"give a non-empty bool[{axes}]")
        if given.size > MAX_CELLS:
            raise self._error(f"{field} is too large: {given.shape}", field, f"use at most {MAX_CELLS} cells")
        return _frozen(given.astype(bool))

    def _check_fit(self) -> None:
        if self.lift_plan is not None:
            if self.tie_up is not None or self.treadling is not None:
                raise self._error("both a lift plan and a tie-up or treadling", "lift_plan", "give one or the other")
        elif self.tie_up is None or self.treadling is None:
            missing = "tie_up" if self.tie_up is None else "treadling"
            raise self._error(f"{missing} is missing", missing, "give tie_up and treadling, or a lift_plan")
        elif self.tie_up.shape[1] != self.treadling.shape[1]:
            what = f"the tie-up has {self.tie_up.shape[1]} treadles, the treadling {self.treadling.shape[1]}"
            raise self._error(what, "treadling", "tie up every treadle that is pressed")
        if self.threading.max() > self.shaft_count:
            end = int(np.argmax(self.threading)) + 1
            what = f"end {end} is on shaft {self.threading.max()}, but there are {self.shaft_count} shafts"
            raise self._error(
                what, "threading", "thread it on another shaft, or add the shaft to the tie-up or lift plan"
            )
        check_size(self.pick_count, self.end_count, f"draft {self.name!r}")

    def _colors(self, field: str, count: int) -> tuple[str, ...] | None:
        given = getattr(self, field)
        if given is None:
            return None
        colors = tuple(str(color).lower() for color in given)
        if len(colors) != count:
            raise self._error(f"{len(colors)} colours for {count} yarns", field, "give one colour per yarn")
        for color in set(colors):
            if not _COLOR.fullmatch(color):
                raise self._error(f"{color!r} is not a colour", field, 'write colours as "#rrggbb"')
        return colors

    # What follows from it

    @property
    def end_count(self) -> int:
        return len(self.threading)

    @property
    def pick_count(self) -> int:
        return len(self._lifting)

    @property
    def shaft_count(self) -> int:
        return self.lift_plan.shape[1] if self.lift_plan is not None else len(self.tie_up)  # type: ignore[arg-type]

    @property
    def treadle_count(self) -> int:
        """Number of treadles; 0 for a draft with a lift plan."""
        return 0 if self.tie_up is None else self.tie_up.shape[1]

    @property
    def _lifting(self) -> NDArray[np.bool_]:
        lifting = self.lift_plan if self.lift_plan is not None else self.treadling
        assert lifting is not None  # checked on construction
        return lifting

    @cached_property
    def raised(self) -> NDArray[np.bool_]:
        """bool[picks, shafts]: the shafts that are up in each pick, whichever way the draft says it."""
        if self.tie_up is None:
            return self._lifting
        # float32 because it multiplies fast; counts of treadles are exact in it
        return _frozen(self._lifting.astype(np.float32) @ self.tie_up.T.astype(np.float32) > 0.5)

    @cached_property
    def drawdown(self) -> NDArray[np.bool_]:
        """bool[picks, ends]: True where the end is on top of the pick."""
        return _frozen(self.raised[:, self.threading - 1] & (self.threading > 0))

    # Other drafts made from it

    def repeated(self, picks: int, ends: int) -> Draft:
        """The same weave repeated (or cut) to `picks` x `ends`, starting at the same corner.

        Raises:
            DraftError: If a count is below 1 or the cloth is too large.
        """
        check_size(picks, ends, f"draft {self.name!r}, repeat")
        end, pick = np.arange(ends) % self.end_count, np.arange(picks) % self.pick_count
        return replace(
            self,
            threading=self.threading[end],
            treadling=None if self.treadling is None else self.treadling[pick],
            lift_plan=None if self.lift_plan is None else self.lift_plan[pick],
            end_colors=None if self.end_colors is None else tuple(self.end_colors[i] for i in end),
            pick_colors=None if self.pick_colors is None else tuple(self.pick_colors[i] for i in pick),
        )

    def with_lift_plan(self) -> Draft:
        """The same draft with a lift plan in place of tie-up and treadling."""
        return replace(self, tie_up=None, treadling=None, lift_plan=self.raised)

    @classmethod
    def from_drawdown(cls, drawdown: ArrayLike, **rest: object) -> Draft:
        """The draft with the fewest shafts and treadles that weaves a drawdown.

        Args:
            drawdown: bool[picks, ends], True where the end is on top.
            rest: `end_colors`, `pick_colors`, `name`.
        """
        table = np.asarray(drawdown)
        if table.ndim != 2 or table.size == 0 or table.dtype.kind not in "biu":
            fix = "give a non-empty bool[picks, ends]"
            raise DraftError("the drawdown is not a table [picks, ends]", where="draft, drawdown", fix=fix)
        table = table.astype(bool)
        first_end, shaft = _classes(table.T)
        first_pick, treadle = _classes(table)
        pressed = np.zeros((len(table), len(first_pick)), dtype=bool)
        pressed[np.arange(len(table)), treadle] = True
        tie_up = table[np.ix_(first_pick, first_end)].T
        return cls(threading=shaft + 1, tie_up=tie_up, treadling=pressed, **rest)  # type: ignore[arg-type]

    @classmethod
    def from_lists(
        cls,
        threading: Sequence[int],
        tie_up: Sequence[int | Sequence[int]] | None = None,
        treadling: Sequence[int | Sequence[int]] | None = None,
        lift_plan: Sequence[int | Sequence[int]] | None = None,
        *,
        shafts: int = 0,
        **rest: object,
    ) -> Draft:
        """A draft from lists of numbers from 1, as WIF and the scene file write them; 0 stands for none.

        Args:
            threading: Shaft of each end.
            tie_up: For each treadle, the shafts it raises.
            treadling: For each pick, the treadle or treadles pressed.
            lift_plan: For each pick, the shafts raised; in place of `tie_up` and `treadling`.
            shafts: Number of shafts, if more than the tie-up or lift plan names.
            rest: `end_colors`, `pick_colors`, `name`.

        Raises:
            DraftError: If something is not a list of numbers, or the parts do not fit each other.
        """
        threaded = np.array([_only(numbers) for numbers in number_sets("threading", threading)])
        given = {"tie_up": tie_up, "treadling": treadling, "lift_plan": lift_plan}
        sets = {key: dict(enumerate(number_sets(key, value), 1)) for key, value in given.items() if value is not None}
        raised = (n for key in ("tie_up", "lift_plan") for numbers in sets.get(key, {}).values() for n in numbers)
        shafts = max([shafts, 1, *raised])
        pressed = (n for numbers in sets.get("treadling", {}).values() for n in numbers)
        treadles = len(sets["tie_up"]) if "tie_up" in sets else max([1, *pressed])
        widths = {"tie_up": shafts, "treadling": treadles, "lift_plan": shafts}
        for key, rows in sets.items():
            rest[key] = members(rows, len(rows), widths[key], f"draft, {key}")
        if "tie_up" in sets:
            rest["tie_up"] = rest["tie_up"].T  # type: ignore[attr-defined]
        return cls(threading=threaded, **rest)  # type: ignore[arg-type]

    # Comparison

    def _content(self) -> tuple:
        tables = (self.threading, self.tie_up, self.treadling, self.lift_plan)
        shapes = tuple(None if table is None else (table.shape, table.tobytes()) for table in tables)
        return (*shapes, self.end_colors, self.pick_colors, self.name)

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if isinstance(other, Draft) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        lifting = f"{self.treadle_count} treadles" if self.tie_up is not None else "lift plan"
        size = f"{self.end_count} ends x {self.pick_count} picks, {self.shaft_count} shafts, {lifting}"
        return f"Draft({self.name!r}, {size})"


def _frozen(table: np.ndarray) -> np.ndarray:
    table.setflags(write=False)
    return table


def _classes(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal rows together: the first row of each class, in order of appearance, and the class of each row."""
    _, first, inverse = np.unique(np.packbits(rows, axis=1), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[np.reshape(inverse, -1)]


def _only(numbers: list[int]) -> int:
    if len(numbers) > 1:
        raise DraftError(f"an end on shafts {numbers}", where="draft, threading", fix="thread each end on one shaft")
    return numbers[0] if numbers else 0
