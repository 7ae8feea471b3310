"""What is known of the crossing that was clicked: its numbers in the frame shown, and their course as a plot."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.quantities import QUANTITIES, Quantity, named, scale_of, spoken

if TYPE_CHECKING:
    import viser

Array = NDArray[np.float64]

HEIGHT = "height"
"""What can be plotted besides the quantities."""
INVITATION = "Click on a crossing to see its numbers and how they change."
POSITION_DIGITS = 6
MARK = {"label": "now", "stroke": "#777777", "width": 1, "dash": [4, 3], "points": {"show": False}}
COLORS = ("#1f6bb8", "#ee8522", "#339944", "#994fa6", "#8c5940")


class CrossingPanel:
    """The part of the page that is about one crossing.

    Args:
        server: Whose page it is.
        quantities: What can be plotted, besides a crossing's height.
        changed: Called where another quantity is to be plotted.
    """

    def __init__(self, server: viser.ViserServer, quantities: Sequence[Quantity], changed: Callable[[], None]) -> None:
        self._gui = server.gui
        self._folder = self._gui.add_folder("Crossing")
        with self._folder:
            self._text = self._gui.add_html("")
            names = [each.name for each in quantities] + [HEIGHT]
            self._choice = self._gui.add_dropdown("Plot", names, initial_value=names[0], visible=False)
            self._choice.on_update(lambda _event: changed())
        self._plot: viser.GuiUplotHandle | None = None
        self._course: list[Array] = []
        self._now: float | None = None
        self.clear()

    @property
    def plotted(self) -> str:
        """The quantity that is plotted."""
        return self._choice.value

    def clear(self) -> None:
        """No crossing."""
        self._text.content = _padded(INVITATION)
        self._choice.visible = False
        self.hide_course()

    def hide_course(self) -> None:
        """No plot."""
        if self._plot is not None:
            self._plot.visible = False

    def show_numbers(self, cloths: Sequence[Cloth], frames: Sequence[int], pick: int, end: int) -> None:
        """Say what a crossing is like in these frames of these runs."""
        self._text.content = _padded(numbers(cloths, frames, pick, end))

    def show_course(self, cloths: Sequence[Cloth], pick: int, end: int) -> None:
        """Plot a crossing's course in these runs."""
        data, series, unit = course(cloths, self.plotted, pick, end)
        self._choice.visible = len(data[0]) > 1
        if len(data[0]) == 1:  # a moment has no course
            self.hide_course()
            return
        lines = [
            {"label": label, "stroke": COLORS[k // 2 % len(COLORS)], "width": 2, "dash": [6, 4] if k % 2 else []}
            for k, label in enumerate(series)
        ]
        title = f"{self.plotted} [{unit}]"
        self._course, self._now = data, None
        settings = {
            "data": tuple(with_mark(data, float(data[0][0]))),
            "series": ({"label": "time [s]"}, *lines, MARK),
            # values that are not numbers, where a run or the mark is not, would leave uPlot without a range of its own
            "scales": {"x": {"time": False}, "y": {"range": plot_range(data)}},
        }
        if self._plot is None or len(self._plot.series) != len(settings["series"]) or self._plot.title != title:
            if self._plot is not None:
                self._plot.remove()
            with self._folder:
                self._plot = self._gui.add_uplot(
                    **settings,
                    title=title,
                    axes=({"label": "time [s]", "size": 40}, {"size": 62}),
                    height=190,
                )
        else:
            self._plot.data, self._plot.series = settings["data"], settings["series"]
            self._plot.scales = settings["scales"]
        self._plot.visible = True

    def show_moment(self, time: float) -> None:
        """Mark a time [s] in the plot, if there is one."""
        if self._plot is not None and self._plot.visible and time != self._now:
            self._plot.data, self._now = tuple(with_mark(self._course, time)), time


def with_mark(data: Sequence[Array], now: float) -> list[Array]:
    """A plot's data with one more series: an upright line at the last of its times up to `now`.

    Args:
        data: The times [s], increasing, and the values of each series.
        now: s

    Returns:
        The same with that time twice, so that a line can go up there, all over the range of the plot.
    """
    time = data[0]
    k = max(int(np.searchsorted(time, now + 1e-9 * max(1.0, abs(now)), side="right")) - 1, 0)
    mark = np.full(len(time) + 1, np.nan)
    mark[k : k + 2] = plot_range(data)
    return [*(np.insert(each, k, each[k]) for each in data), mark]


def plot_range(data: Sequence[Array]) -> tuple[float, float]:
    """From where to where a plot's values go, with a margin; for `data` see `with_mark`."""
    finite = np.concatenate([np.zeros(0), *(each[np.isfinite(each)] for each in data[1:])])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    margin = 0.08 * (high - low) or 0.1 * abs(low) or 1.0
    return low - margin, high + margin


def numbers(cloths: Sequence[Cloth], frames: Sequence[int], pick: int, end: int) -> str:
    """A table (HTML) of a crossing's numbers, a column for each run."""
    first = cloths[0]
    fabric = first.fabric
    yarns = fabric.yarns[fabric.pick_yarn[pick]].name, fabric.yarns[fabric.end_yarn[end]].name
    top = "end" if fabric.drawdown[pick, end] else "pick"
    head = (
        f"<b>Pick {pick}</b> ({html.escape(yarns[0])}), <b>end {end}</b> ({html.escape(yarns[1])}); "
        f"the {top} is on top."
    )
    several = len(cloths) > 1
    rows = [["", *(f"<b>{html.escape(each.name)}</b>" for each in cloths)]] if several else []
    at = [each.run.position[frame, pick, end].tolist() for each, frame in zip(cloths, frames)]
    rows += [[axis, *(spoken(each[k], "m", POSITION_DIGITS) for each in at)] for k, axis in enumerate("xyz")]
    there = [each for each in QUANTITIES if any(each in cloth.quantities() for cloth in cloths)]
    for quantity in there:
        columns = [_value(each, quantity, frame, pick, end) for each, frame in zip(cloths, frames)]
        for k, which in enumerate(("",) if quantity.shared else (" of the pick", " of the end")):
            rows.append([f"{quantity.name}{which}", *(each[k] for each in columns)])
    cell = "padding: 0 1em 0 0; border: 0; line-height: 1.35"
    cells = (
        f"<tr><td style='{cell}; opacity: .7'>{row[0]}</td>"
        + "".join(f"<td style='{cell}; white-space: nowrap'>{each}</td>" for each in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"{head}<table style='margin: .4em 0 0 0; border: 0'>{''.join(cells)}</table>"


def course(cloths: Sequence[Cloth], name: str, pick: int, end: int) -> tuple[list[Array], list[str], str]:
    """A crossing's course over time.

    Returns:
        The times [s] and the value of each series at them, not a number where a run has none; the series' names; and
        the unit that the values are in.
    """
    time = np.unique(np.concatenate([each.time for each in cloths]))
    quantity, found, labels = named(name), [], []
    for cloth in cloths:
        if quantity is None:
            values, kinds = cloth.run.position[:, pick, end, 2:], [HEIGHT]
        elif quantity in cloth.quantities():
            values = cloth.course(quantity, pick, end)
            kinds = [name] if quantity.shared else ["pick", "end"]
        else:
            continue
        for k, kind in enumerate(kinds):
            found.append(np.interp(time, cloth.time, values[:, k], left=np.nan, right=np.nan))
            labels.append(kind if len(cloths) == 1 else f"{cloth.name}, {kind}")
    largest = max((float(np.nanmax(np.abs(each))) for each in found), default=1.0)
    size, unit = scale_of(largest, "m" if quantity is None else quantity.unit)
    return [time, *(each / size for each in found)], labels, unit


def _value(cloth: Cloth, quantity: Quantity, frame: int, pick: int, end: int) -> tuple[str, str]:
    if quantity not in cloth.quantities():
        return "-", "-"
    pair = cloth.course(quantity, pick, end)[frame]
    return spoken(float(pair[0]), quantity.unit), spoken(float(pair[1]), quantity.unit)


def _padded(text: str) -> str:
    return f'<div style="padding: 0 1em 0.5em 1em; font-size: 0.85em; line-height: 1.5">{text}</div>'
