"""What a fit tells while it runs; see `warp_fabric.progress` for that of a simulation."""

from __future__ import annotations

from typing import Any

import numpy as np


class FitProgress:
    """Told of a fit's progress; this one says nothing."""

    def begin(self, steps: int, unknowns: int, method: str, entries: list[dict[str, Any]]) -> None:
        """A fit begins: time steps of one simulation, number of unknowns, and the history it goes on from."""

    def step(self) -> None:
        """One more time step, forward or back."""

    def evaluation(self, entry: dict[str, Any]) -> None:
        """One more entry of the history."""

    def uncertainty(self) -> None:
        """The search is over; what is left are the uncertainties."""

    def close(self) -> None:
        """The fit is over, one way or the other."""


def bar() -> FitProgress:
    """A bar on stderr."""
    return BarFitProgress()


class BarFitProgress(FitProgress):
    """A bar on stderr for the evaluation that runs; a line with loss and values for each that is done."""

    VALUES = 6

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(bar_width=20), TextColumn("{task.fields[text]}"))
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("fit", total=None, text="preparing (kernels compile on first use)")
        self._done, self._count = 0, 0

    def begin(self, steps: int, unknowns: int, method: str, entries: list[dict[str, Any]]) -> None:
        passes = 1 if method == "gauss-newton" else 2  # L-BFGS-B goes forward and back
        self._count = len(entries)
        self._bar.update(self._task, total=passes * steps)
        self._bar.start()

    def step(self) -> None:
        self._done += 1
        self._bar.update(self._task, completed=self._done)

    def evaluation(self, entry: dict[str, Any]) -> None:
        self._done, self._count = 0, entry["evaluation"]
        self._bar.console.print(self._line(entry), highlight=False)
        self._bar.update(self._task, completed=0, text=f"evaluation {self._count + 1}")

    def uncertainty(self) -> None:
        self._done = 0
        self._bar.update(self._task, completed=0, total=None, text="uncertainties")

    def close(self) -> None:
        self._bar.stop()

    def _line(self, entry: dict[str, Any]) -> str:
        shown = []
        for name, value in entry["values"].items():
            if len(shown) == self.VALUES:
                shown.append("...")
                break
            if np.ndim(value) == 0:
                shown.append(f"{'.'.join(name.split('.')[1:])} {value:.5g}")
        mark = "" if entry["best"] else "  (no better)"
        return f"{entry['evaluation']:>4}  loss {entry['loss']:.3e}  {', '.join(shown)}{mark}"
