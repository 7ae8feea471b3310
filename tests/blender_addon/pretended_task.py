"""Jobs and tasks that only pretend, for tests of what follows them."""

from __future__ import annotations

from blender_addon.job.job import JobError
from blender_addon.job.tasks import Task


class PretendedJob:
    """A job without a process, whose ticks give what is in `waiting`; an empty list ends it as `end` says."""

    def __init__(self, *waiting: list[dict], end: str = "done") -> None:
        self.state, self.message, self.progress, self.frames_done = "running", "Frame 3 of 20", 0.25, 4
        self.seconds_left, self.error, self.losses, self.values, self.found = 65.0, None, [], {}, None
        self.waiting, self.end = list(waiting), end
        self.stopped = False

    @property
    def living(self) -> bool:
        return self.state in ("running", "cancelling")

    def tick(self) -> list[dict]:
        if self.waiting:
            return self.waiting.pop(0)
        self.state = "cancelled" if self.state == "cancelling" else self.end
        if self.state == "failed":
            self.error = JobError("step 3 is not reached", "crossing [1, 2]", "take more substeps")
        return []

    def cancel(self) -> None:
        if self.living:
            self.state = "cancelling"

    def stop(self, seconds: float) -> None:
        self.stopped, self.state = True, "cancelled"


class PretendedTask(Task):
    kind = "simulate"

    def __init__(self, obj, *waiting, **options) -> None:
        super().__init__(obj, PretendedJob(*waiting, **options))
        self.taken, self.shown, self.finished = [], 0, 0

    def take(self, event, obj) -> None:
        self.taken.append(event)

    def show(self, obj) -> None:
        self.shown += 1

    def finish(self, obj) -> None:
        self.finished += 1
