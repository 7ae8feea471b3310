"""What runs for fabrics: jobs, and what is done in Blender with their events. Works without a window."""

from __future__ import annotations

import bpy

from ..handler_lists import add_handler, remove_handler
from .job import Event, Job

_tasks: dict[tuple[str, int], Task] = {}
"""By kind, and Blender's number of the fabric (`session_uid`), which renaming and undoing keep."""


class Task:
    """A job of one fabric. What it does in Blender is in `take` and `finish` of a subclass.

    Nothing of Blender is held between two ticks: undoing, for one, makes all of it anew.

    Args:
        obj: The fabric.
        job: Its job, just started.
    """

    kind = ""

    def __init__(self, obj: bpy.types.Object, job: Job) -> None:
        self.uid, self.job = obj.session_uid, job

    @property
    def uids(self) -> set[int]:
        """Of all fabrics that it is about."""
        return {self.uid}

    @property
    def obj(self) -> bpy.types.Object | None:
        """The fabric, None where it has been deleted."""
        return next((each for each in bpy.data.objects if each.session_uid == self.uid), None)

    def fits(self, obj: bpy.types.Object) -> bool:
        """Whether a fabric is still such that what the job finds is about it."""
        return True

    def tick(self) -> bool:
        """Take in what the job has said; whether anything is new. A job whose fabric is gone is cancelled."""
        if not self.job.living:
            return False
        before, obj = (self.job.state, self.job.message), self.obj
        if obj is None or not self.fits(obj):
            obj = None
            self.job.cancel()
        events = self.job.tick()
        if obj is not None:
            for event in events:
                self.take(event, obj)
            self.show(obj)
            if not self.job.living:
                self.finish(obj)
        return bool(events) or before != (self.job.state, self.job.message)

    def take(self, event: Event, obj: bpy.types.Object) -> None:
        """Follow one event."""

    def show(self, obj: bpy.types.Object) -> None:
        """Show what is new, as often as that is sensible; called with every tick."""

    def finish(self, obj: bpy.types.Object) -> None:
        """The job has ended, in whatever way."""

    def outcome(self) -> str:
        """How it ended well, in one sentence."""
        return self.job.message


def begin(task: Task) -> None:
    """Keep a task, in the place of that kind's last one for the fabric."""
    _tasks[task.kind, task.uid] = task


def task_of(obj: bpy.types.Object, kind: str) -> Task | None:
    """The task of a kind that runs for a fabric, or the last one that did since the file was opened."""
    return _tasks.get((kind, obj.session_uid))


def running(obj: bpy.types.Object, kind: str = "") -> list[Task]:
    """Tasks that run for a fabric."""
    return [each for each in living() if obj.session_uid in each.uids and kind in ("", each.kind)]


def living() -> list[Task]:
    """All tasks that run."""
    return [each for each in _tasks.values() if each.job.living]


@bpy.app.handlers.persistent
def stop_all(*_) -> None:
    """Cancel all, and wait a moment: what has been simulated is kept, and can go on later."""
    for task in _tasks.values():
        task.job.cancel()
    for task in _tasks.values():
        task.job.stop(5.0)
    _tasks.clear()


def attach() -> None:
    add_handler("load_pre", stop_all)


def detach() -> None:
    remove_handler("load_pre", stop_all)
    stop_all()
