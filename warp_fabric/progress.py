"""Telling how a run goes: a bar for people, JSON lines for programs."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pathlib import Path

    from warp_fabric.solver.static import StaticReport
    from warp_fabric.solver.step import StepReport


class Progress:
    """What a run tells; this one keeps silent.

    A subclass overrides what it cares about. `begin` comes first and `close` last, also where the run fails.
    """

    def begin(self, facts: dict[str, Any]) -> None:
        """The run starts or goes on; for the facts see `JsonProgress`."""

    def step(self, report: StepReport, steps_done: int) -> None:
        """A step was taken."""

    def frame(self, index: int, time: float) -> None:
        """Frame `index` was kept; its time in s."""

    def iteration(self, report: StaticReport) -> None:
        """The search for an equilibrium went on."""

    def checkpoint(self, path: Path, steps_done: int, time: float) -> None:
        """A checkpoint was written; the time reached in s."""

    def done(self, totals: dict[str, Any]) -> None:
        """The run reached its end."""

    def close(self) -> None:
        """Nothing more will come."""


class JsonProgress(Progress):
    """One JSON object a line, flushed. Every object has an "event":

    - "start": version, device, integrator, picks, ends, crossings (of all panels together; of cut cloth those that
      there are; of bundles theirs), simulated (in words where these are not the real yarns, else null), frames (after
      frame 0), steps, steps_done (more than 0 where a run is resumed), duration [s]
    - "step": steps_done, time [s], newton_iterations and krylov_iterations (of that step), seconds_left; at most ten a
      second
    - "frame": frame (from 0), time [s]
    - "iteration" (static): iteration, largest_force [N], picks, ends (fewer than the cloth's while yarns are taken
      in bundles); at most ten a second
    - "checkpoint": path, steps_done, time [s]
    - "usd": path, frames (how many the USD file has from now on); from the command line
    - "done": totals, note (null, or what makes the run less certain than it looks: see `halved_note`); then, from the
      command line, "saved": path
    - "error": what, where, fix; "interrupted": checkpoint (null where there is none), resume (the command, likewise)

    Args:
        stream: Where to write.
    """

    INTERVAL = 0.1

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self._pace = Pace(self.INTERVAL)
        self._left = TimeLeft()

    def event(self, name: str, **values: Any) -> None:
        """Write one object."""
        self.stream.write(json.dumps(finite({"event": name, **values})) + "\n")
        self.stream.flush()

    def begin(self, facts: dict[str, Any]) -> None:
        self._left.begin(facts["steps"])
        self.event("start", **facts)

    def step(self, report: StepReport, steps_done: int) -> None:
        left = self._left.after(steps_done)
        if self._pace.due():
            self.event(
                "step",
                steps_done=steps_done,
                time=report.time,
                newton_iterations=report.newton_iterations,
                krylov_iterations=report.krylov_iterations,
                seconds_left=left,
            )

    def frame(self, index: int, time: float) -> None:
        self.event("frame", frame=index, time=time)

    def iteration(self, report: StaticReport) -> None:
        if self._pace.due():
            picks, ends = report.grid
            self.event(
                "iteration", iteration=report.iterations, largest_force=report.largest_force, picks=picks, ends=ends
            )

    def checkpoint(self, path: Path, steps_done: int, time: float) -> None:
        self.event("checkpoint", path=str(path), steps_done=steps_done, time=time)

    def done(self, totals: dict[str, Any]) -> None:
        self.event("done", totals=totals, note=halved_note(totals.get("halved_steps", 0), totals.get("steps", 0)))


class BarProgress(Progress):
    """A bar on stderr: time reached, frames, Newton and Krylov iterations a step, time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(bar_width=20), TextColumn("{task.fields[text]}"))
        self._bar = Bar(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task("run", total=None, text="preparing (kernels compile on first use)")
        self._pace, self._left = Pace(0.1), TimeLeft()
        self._facts: dict[str, Any] = {}
        self._newton = self._krylov = self._since = 0

    def begin(self, facts: dict[str, Any]) -> None:
        self._facts = facts
        self._left.begin(facts["steps"])
        total = facts["steps"] or None
        self._bar.update(self._task, total=total, completed=facts["steps_done"])
        if facts.get("simulated"):
            self._bar.console.print(facts["simulated"], highlight=False, markup=False, soft_wrap=True)
        self._bar.start()

    def step(self, report: StepReport, steps_done: int) -> None:
        self._newton += report.newton_iterations
        self._krylov += report.krylov_iterations
        self._since += 1
        left = self._left.after(steps_done)
        if not self._pace.due() and steps_done < self._facts["steps"]:
            return
        frames = self._facts["frames"]
        text = (
            f"{report.time:.4g}/{self._facts['duration']:.4g} s, "
            f"frame {frames * steps_done // self._facts['steps']}/{frames}, "
            f"{self._newton / self._since:.0f} Newton {self._krylov / self._since:.0f} Krylov a step, "
            f"{clock(left)} left"
        )
        self._newton = self._krylov = self._since = 0
        self._bar.update(self._task, completed=steps_done, text=text)

    def iteration(self, report: StaticReport) -> None:
        if self._pace.due():
            picks, ends = report.grid
            text = f"{picks}x{ends}, iteration {report.iterations}, largest net force {report.largest_force:.1e} N"
            self._bar.update(self._task, text=text)

    def done(self, totals: dict[str, Any]) -> None:
        if not self._facts["steps"]:  # an equilibrium's bar has had no length so far
            text = f"{totals['iterations']} iterations, largest net force {totals['largest_force']:.1e} N"
            self._bar.update(self._task, total=1, completed=1, text=text)
        if (note := halved_note(totals.get("halved_steps", 0), totals.get("steps", 0))) is not None:
            self._bar.console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        self._bar.stop()


def halved_note(halved: int, steps: int) -> str | None:
    """In words that some steps did not converge whole and went through in parts; None where all did."""
    if not halved:
        return None
    verb = "was" if halved == 1 else "were"
    return f"{halved} of {steps} steps {verb} halved: results depend on rounding there; take a smaller time.step"


class Pace:
    """Whether so many seconds have passed since it was last due; due at first."""

    def __init__(self, interval: float) -> None:
        self._interval, self._next = interval, -math.inf

    def due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._interval
        return True


class TimeLeft:
    """Estimates the seconds left, from the second step on (the first one compiles kernels)."""

    def begin(self, steps: int) -> None:
        """So many steps are to be taken."""
        self._steps, self._start, self._since = steps, 0, 0.0

    def after(self, steps_done: int) -> float | None:
        """Seconds left after so many of them; None where it is not known yet."""
        now = time.monotonic()
        if not self._start:
            self._start, self._since = steps_done, now
            return 0.0 if steps_done == self._steps else None
        return (self._steps - steps_done) * (now - self._since) / (steps_done - self._start)


def clock(seconds: float | None) -> str:
    """Seconds as h:mm:ss, -:-- for None."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def finite(value: Any) -> Any:
    """Nested dicts and lists with None for numbers that JSON has no form for."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
