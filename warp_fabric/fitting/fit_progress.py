"""What a fit tells while it runs; see `warp_fabric.progress` for that of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from warp_fabric.progress import JsonProgress, Pace, TimeLeft, clock

if TYPE_CHECKING:
    from warp_fabric.fitting.result import FitResult


class FitProgress:
    """What a fit tells; this one keeps silent.

    A subclass overrides what it cares about. `begin` comes first and `close` last, also where the fit fails.
    """

    def begin(self, facts: dict[str, Any]) -> None:
        """The fit starts or goes on; for the facts see `JsonFitProgress`."""

    def step(self) -> None:
        """One more time step, forward or back."""

    def evaluation(self, entry: dict[str, Any]) -> None:
        """One more entry of the history."""

    def uncertainty(self, steps: int) -> None:
        """The search is over; the uncertainties take so many time steps (0: not known)."""

    def done(self, result: FitResult) -> None:
        """The fit reached its end."""

    def close(self) -> None:
        """Nothing more will come."""


class JsonFitProgress(FitProgress):
    """One JSON object a line, flushed. Every object has an "event":

    - "start": version, device, method, parameters (names), unknowns (how many numbers), steps (of one evaluation; 0:
      not known), evaluations (at most), evaluations_done (more than 0 where a fit is resumed)
    - "step": evaluation (the one that runs; null: uncertainties), steps_done, steps, seconds_left (of it; null: not
      known yet); at most ten a second
    - "evaluation": evaluation (from 1), loss [m2], best (whether it is the best so far), seconds, values (by name),
      gradient_accuracy (null: not known), halved_steps
    - "uncertainty": steps; what is left are the standard errors
    - "done": outcome (see `FitResult`), evaluations, loss [m2], noise [m], seconds, values, standard_errors (null: not
      determined, or not worked out), statements, notes (as in the summary), gradient_accuracy, steps_taken,
      halved_steps; then, from the command line, "saved": path, plot (null where none is drawn)
    - "error": what, where, fix; "interrupted": history (null where there is none), resume (the command, likewise)

    Values and standard errors of more than `History.LONG` numbers are left out.

    Args:
        stream: Where to write.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._lines = JsonProgress(stream)
        self._pace = Pace(JsonProgress.INTERVAL)
        self._steps = self._steps_done = 0
        self._evaluation: int | None = 1
        self._left = TimeLeft()

    def event(self, name: str, **values: Any) -> None:
        """Write one object."""
        self._lines.event(name, **values)

    def begin(self, facts: dict[str, Any]) -> None:
        self._steps, self._evaluation = facts["steps"], facts["evaluations_done"] + 1
        self._left.begin(self._steps)
        self.event("start", **facts)

    def step(self) -> None:
        self._steps_done += 1
        left = self._left.after(self._steps_done) if self._steps else None
        if self._pace.due():
            now = {"evaluation": self._evaluation, "steps_done": self._steps_done, "steps": self._steps}
            self.event("step", **now, seconds_left=None if left is None else max(left, 0.0))

    def evaluation(self, entry: dict[str, Any]) -> None:
        self._steps_done, self._evaluation = 0, entry["evaluation"] + 1
        self._left.begin(self._steps)
        self.event("evaluation", **entry)

    def uncertainty(self, steps: int) -> None:
        self._steps_done, self._steps, self._evaluation = 0, steps, None
        self._left.begin(steps)
        self.event("uncertainty", steps=steps)

    def done(self, result: FitResult) -> None:
        from warp_fabric.fitting.history import short_values

        self.event(
            "done",
            outcome=result.outcome,
            evaluations=result.evaluations,
            loss=result.loss,
            noise=result.noise,
            seconds=result.seconds,
            values=short_values(result.values),
            standard_errors=short_values(result.standard_errors),
            statements=result.statements,
            notes=result.notes(),
            gradient_accuracy=result.gradient_accuracy,
            steps_taken=result.steps_taken,
            halved_steps=result.halved_steps,
        )


class BarFitProgress(FitProgress):
    """A bar on stderr for the evaluation that runs; a line with loss and values for each that is done."""

    NUMBERS = 6
    """Shown of the values, at most."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(bar_width=20), TextColumn("{task.fields[text]}", markup=False))
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("fit", total=None, text="preparing (kernels compile on first use)")
        self._pace, self._left = Pace(JsonProgress.INTERVAL), TimeLeft()
        self._steps = self._steps_done = 0
        self._what = ""

    def begin(self, facts: dict[str, Any]) -> None:
        self._bar.start()
        if facts["evaluations_done"]:
            self._say(f"going on after {facts['evaluations_done']} evaluations")
        self._start(f"evaluation {facts['evaluations_done'] + 1}", facts["steps"])

    def step(self) -> None:
        self._steps_done += 1
        left = self._left.after(self._steps_done) if self._steps else None
        if self._pace.due():
            total = f"/{self._steps}" if self._steps else ""
            text = f"{self._what}, step {self._steps_done}{total}"
            text += "" if left is None else f", {clock(max(left, 0.0))} left"
            self._bar.update(self._task, completed=self._steps_done, text=text)

    def evaluation(self, entry: dict[str, Any]) -> None:
        mark = "" if entry["best"] else "  (no better)"
        self._say(f"{entry['evaluation']:>4}  loss {entry['loss']:.3e} m2  {self._values(entry['values'])}{mark}")
        self._start(f"evaluation {entry['evaluation'] + 1}", self._steps)

    def uncertainty(self, steps: int) -> None:
        self._start("standard errors", steps)

    def close(self) -> None:
        self._bar.stop()

    def _start(self, what: str, steps: int) -> None:
        self._what, self._steps, self._steps_done = what, steps, 0
        self._left.begin(steps)
        self._bar.update(self._task, completed=0, total=steps or None)

    def _say(self, line: str) -> None:
        self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _values(self, values: dict[str, Any]) -> str:
        shown, left = [], self.NUMBERS
        for name, value in values.items():
            left -= np.size(value)
            if left < 0:
                shown.append("...")
                break
            key = name.split(".", 1)[-1]
            numbers = " ".join(f"{number:.5g}" for number in np.ravel(value))
            shown.append(f"{key} {numbers}" if np.ndim(value) == 0 else f"{key} [{numbers}]")
        return ", ".join(shown)
