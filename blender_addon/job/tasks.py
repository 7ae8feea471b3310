"""What runs for fabrics: jobs, and what is done in Blender with their events. Works without a window."""

from __future__ import annotations

import bpy

from .job import Event, Job

_tasks: dict[tuple[str, str], Task] = {}


class Task:
    """A job of one fabric. What it does in Blender is in `take` and `finish` of a subclass.

    Nothing of Blender is held between two ticks: undoing, for one, makes all of it anew.

    Args:
        obj: The fabric.
        job: Its job, just started.
    """

    kind = ""

    def __init__(self, obj: bpy.types.Object, job: Job) -> None:
        self.identity, self.job = obj.fabric.identity, job
        self._uid = _uid(obj)

    @property
    def obj(self) -> bpy.types.Object | None:
        """The fabric, None where it has been deleted (and has no copy that shows the same)."""
        return find(self.identity, self._uid)

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


def find(identity: str, uid: int | None) -> bpy.types.Object | None:
    """The fabric of a number (see `_uid`), or else another one of an identity, which copies share."""
    found = None
    for each in bpy.data.objects:
        if uid is not None and _uid(each) == uid:
            return each
        if found is None and each.fabric.built and each.fabric.identity == identity:
            found = each
    return found


def _uid(obj: bpy.types.Object) -> int | None:
    """Blender's number of an object, which renaming and undoing keep; None where Blender does not tell it."""
    return getattr(obj, "session_uid", None)


def begin(task: Task) -> None:
    """Keep a task, in the place of that kind's last one for the fabric."""
    _tasks[task.kind, task.identity] = task


def task_of(obj: bpy.types.Object, kind: str) -> Task | None:
    """The task of a kind that runs for a fabric, or the last one that did since the file was opened."""
    return _tasks.get((kind, obj.fabric.identity))


def running(obj: bpy.types.Object, kind: str = "") -> list[Task]:
    """Tasks that run for a fabric."""
    return [task for (each, _), task in _tasks.items() if kind in ("", each) and task.job.living and task.obj == obj]


@bpy.app.handlers.persistent
def stop_all(*_) -> None:
    """Cancel all, and wait a moment: what has been simulated is kept, and can go on later."""
    for task in _tasks.values():
        task.job.cancel()
    for task in _tasks.values():
        task.job.stop(5.0)
    _tasks.clear()


def attach() -> None:
    bpy.app.handlers.load_pre.append(stop_all)


def detach() -> None:
    bpy.app.handlers.load_pre.remove(stop_all)
    stop_all()
