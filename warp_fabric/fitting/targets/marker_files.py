"""Marker tracks, and reading them from CSV."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.checks import suggestion
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.target import checked_array

COLUMNS = ("time", "id", "x", "y", "z")
CROSSING_COLUMNS = ("pick", "end")
Crossing = tuple[int, int] | tuple[str, int, int]
"""Pick and end; with panels, before them the panel's name."""
HEADER = "start the file with a line such as: time,id,x,y,z"


@dataclass(eq=False)
class Markers:
    """Tracks of points on the cloth.

    Attributes:
        time: [T] s, increasing.
        ids: M names of the markers, each its own.
        position: [T, M, 3] m; not a number where a marker was lost.
        crossing: (pick, end) of each marker, or (panel, pick, end), where they are known.
        where: What errors call this.

    Raises:
        TargetError: where these are something else, or no marker was ever seen.
    """

    time: np.ndarray
    ids: Sequence[str]
    position: np.ndarray
    crossing: Sequence[Crossing] | None = None
    where: str = "markers"

    def __post_init__(self) -> None:
        fix = "give times [T], M ids, positions [T, M, 3] in m, and a crossing for each id or None"
        self.ids = [str(each) for each in self.ids]
        self.time = checked_array(self.time, (None,), f"{self.where}, time", fix).astype(float)
        shape = (len(self.time), len(self.ids), 3)
        self.position = checked_array(self.position, shape, f"{self.where}, position", fix).astype(float)
        if not np.isfinite(self.time).all() or (np.diff(self.time) <= 0.0).any():
            raise TargetError("times are not finite or do not increase", where=f"{self.where}, time", fix=fix)
        if len({*self.ids}) != len(self.ids):
            twice = next(each for each in self.ids if self.ids.count(each) > 1)
            raise TargetError(f"two markers are called {twice!r}", where=f"{self.where}, ids", fix="name them apart")
        if self.crossing is not None and len(self.crossing) != len(self.ids):
            raise TargetError(f"{len(self.crossing)} crossings of {len(self.ids)} markers", where=self.where, fix=fix)
        if np.isinf(self.position).any():
            raise TargetError("a position is infinite", where=self.where, fix="use nan for markers that were lost")
        self.position[np.isnan(self.position).any(axis=-1)] = np.nan
        if np.isnan(self.position).all():
            raise TargetError("no marker is ever seen", where=self.where, fix="give positions x, y, z in m")


def read_markers(path: str | os.PathLike) -> Markers:
    """Reads marker tracks: CSV with a header line and columns time [s], id, x, y, z [m], in any order.

    Columns `pick` and `end` say which crossing a marker is on, a column `panel` with them of which panel. A marker that
    was lost has no row for that time, or empty or nan coordinates. Blank lines and lines that start with # are skipped,
    and so are columns of other names.

    Raises:
        TargetError: where the file cannot be read, or a line is not like that.
    """
    rows = _Rows(Path(path), COLUMNS, CROSSING_COLUMNS)
    samples: dict[tuple[float, str], tuple[float, ...]] = {}
    crossings: dict[str, Crossing] = {}
    for row in rows:
        time, name = rows.number(row, "time"), rows.text(row, "id")
        if (time, name) in samples:
            raise rows.error(f"a second row for marker {name!r} at {time:g} s", "keep one row per time and marker")
        samples[time, name] = tuple(rows.number(row, axis, may_lack=True) for axis in "xyz")
        if "pick" in rows.column:
            crossing = rows.crossing(row)
            if crossings.setdefault(name, crossing) != crossing:
                what = f"marker {name!r} is on crossing {list(crossing)} here and on {list(crossings[name])} before"
                raise rows.error(what, "give each marker one crossing")
    if not samples:
        raise TargetError("there are no rows", where=str(path), fix="add rows of time,id,x,y,z below the header")
    ids = {name: k for k, name in enumerate(dict.fromkeys(name for _, name in samples))}
    time = np.unique([time for time, _ in samples])
    position = np.full((len(time), len(ids), 3), np.nan)
    frame = np.searchsorted(time, [time for time, _ in samples])
    position[frame, [ids[name] for _, name in samples]] = list(samples.values())
    return Markers(time, list(ids), position, [crossings[name] for name in ids] if crossings else None, str(path))


def read_crossings(path: str | os.PathLike) -> dict[str, Crossing]:
    """Reads which crossing each marker is on: CSV with columns id, pick, end, and of panels a column panel.

    Raises:
        TargetError: where the file cannot be read, or a line is not like that.
    """
    rows = _Rows(Path(path), ("id", "pick", "end"))
    found: dict[str, Crossing] = {}
    for row in rows:
        name = rows.text(row, "id")
        if name in found:
            raise rows.error(f"a second row for marker {name!r}", "keep one row per marker")
        found[name] = rows.crossing(row)
    return found


class _Rows:
    """The rows of a CSV file with a header, and what is wrong with the present one."""

    def __init__(self, path: Path, needed: Sequence[str], together: Sequence[str] = ()) -> None:
        self.path, self.line = path, 0
        try:
            self.lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise TargetError("this is not a text file", where=str(path), fix="save it as CSV in UTF-8") from error
        except (OSError, ValueError) as error:  # ValueError: a path that no file can have
            fix = "check the path"
            raise TargetError(f"the file cannot be read: {error}", where=str(path), fix=fix) from error
        self.rows = self._rows()
        self.header = [name.strip().lower() for name in next(self.rows, [])]
        self.column = {name: k for k, name in enumerate(self.header)}
        if len(self.column) < len(self.header):
            raise self.error("two columns have one name", "name columns apart")
        for name in [*needed, *(together if any(each in self.column for each in together) else ())]:
            if name not in self.column:
                fix = f"separate columns by commas; {HEADER}" if ";" in "".join(self.header) else HEADER
                if self.header:
                    fix += f" ({suggestion(name, self.header, 'its columns')})"
                raise self.error(f"there is no column {name!r}", fix)

    def __iter__(self):
        return self.rows

    def _rows(self):
        for number, text in enumerate(self.lines, 1):
            if not text.strip(" ,\t") or text.lstrip().startswith("#"):
                continue
            self.line = number
            row = [cell.strip() for cell in next(csv.reader([text], skipinitialspace=True))]
            if hasattr(self, "header") and len(row) != len(self.header):
                what = f"{len(row)} columns where the header has {len(self.header)}"
                raise self.error(what, "write one value per column; ids with a comma need quotes")
            yield row

    def error(self, what: str, fix: str) -> TargetError:
        where = f"{self.path}, line {self.line}" if self.line else str(self.path)
        return TargetError(what, where=where, fix=fix)

    def text(self, row: list[str], name: str) -> str:
        if not row[self.column[name]]:
            raise self.error(f"column {name!r} is empty", "give each row one")
        return row[self.column[name]]

    def number(self, row: list[str], name: str, may_lack: bool = False) -> float:
        text = row[self.column[name]]
        value = math.nan if may_lack and not text else self._converted(float, text, name)
        if math.isfinite(value) or (may_lack and math.isnan(value)):
            return value
        raise self.error(f"{name} is {text!r}", "give a finite number")

    def whole(self, row: list[str], name: str) -> int:
        return self._converted(int, row[self.column[name]], name)

    def crossing(self, row: list[str]) -> Crossing:
        """What the row's pick and end say, and its panel where it has one."""
        pair = (self.whole(row, "pick"), self.whole(row, "end"))
        panel = row[self.column["panel"]] if "panel" in self.column else ""
        return (panel, *pair) if panel else pair

    def _converted(self, kind: Any, text: str, name: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            needed = "a whole number" if kind is int else "a number, with a decimal point"
            raise self.error(f"{name} is {text!r}", f"give {needed}") from None
