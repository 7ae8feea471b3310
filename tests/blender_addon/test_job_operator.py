"""Operators of jobs: with a window they return at once and look at timers, without one they run to the end."""

from types import SimpleNamespace

import bpy
import pytest
from pretended_task import PretendedTask
from woven_objects import built

from blender_addon import job_operator
from blender_addon.job import tasks


class Operator(job_operator.JobOperator):
    """As Blender would run it."""

    kind, bl_label = "simulate", "Simulate"

    def __init__(self, *waiting, **options) -> None:
        self.obj, self.given, self.reports = built(), (waiting, options), []

    def start(self, context):
        waiting, options = self.given
        return PretendedTask(self.obj, *waiting, **options)

    def report(self, kind, text) -> None:
        self.reports.append((*kind, text))


class Manager:
    windows = ()

    def __init__(self) -> None:
        self.timers, self.modal = [], []

    def event_timer_add(self, interval, window):
        self.timers.append(interval)
        return interval

    def event_timer_remove(self, timer):
        self.timers.remove(timer)

    def modal_handler_add(self, operator):
        self.modal.append(operator)


@pytest.fixture
def context(monkeypatch):
    """A context with a window."""
    app = SimpleNamespace(background=False, is_job_running=lambda _kind: False)
    monkeypatch.setattr(job_operator, "bpy", SimpleNamespace(app=app, ops=bpy.ops))
    return SimpleNamespace(window=object(), window_manager=Manager())


TIMER, MOUSE = SimpleNamespace(type="TIMER"), SimpleNamespace(type="MOUSEMOVE")


def test_without_a_window_it_runs_to_the_end(addon):
    operator = Operator([{"event": "frame"}])
    assert operator.invoke(bpy.context, None) == {"FINISHED"}
    assert operator.reports == [("INFO", "Frame 3 of 20")]
    assert tasks.task_of(operator.obj, "simulate").finished == 1


def test_errors_are_reported(addon):
    operator = Operator(end="failed")
    assert operator.execute(bpy.context) == {"CANCELLED"}
    assert operator.reports == [("ERROR", "crossing [1, 2]: step 3 is not reached. take more substeps")]


def test_errors_say_nothing_of_the_command_line(addon, monkeypatch):
    from blender_addon.job.job import JobError

    operator = Operator(end="failed")
    start = operator.start

    def failing(context):
        task = start(context)
        monkeypatch.setattr(task.job, "error", JobError("it folds", "", "start again (--restart)"))
        monkeypatch.setattr(task.job, "tick", lambda: setattr(task.job, "state", "failed") or [])
        return task

    operator.start = failing
    operator.execute(bpy.context)
    assert operator.reports == [("ERROR", "it folds. start again")]


def test_with_a_window_it_never_waits(addon, context):
    operator = Operator([{"event": "frame"}], [])
    assert operator.invoke(context, None) == {"RUNNING_MODAL"}
    manager = context.window_manager
    assert (manager.timers, manager.modal) == ([job_operator.INTERVAL], [operator])
    task = tasks.task_of(operator.obj, "simulate")
    assert operator.modal(context, MOUSE) == {"PASS_THROUGH"}
    assert task.shown == 0
    assert operator.modal(context, TIMER) == {"PASS_THROUGH"}
    assert task.shown == 1
    assert operator.modal(context, TIMER) == {"PASS_THROUGH"}
    assert operator.modal(context, TIMER) == {"FINISHED"}
    assert manager.timers == []


def test_what_it_made_is_an_undo_step_of_its_own(addon, context, monkeypatch):
    pushed = []

    def push(message) -> None:
        pushed.append(message)

    push.poll = lambda: True
    monkeypatch.setattr(job_operator.bpy, "ops", SimpleNamespace(ed=SimpleNamespace(undo_push=push)))
    operator = Operator([])
    operator.invoke(context, None)
    assert pushed == ["Simulate"]
    operator.bl_options = set()
    operator.invoke(context, None)
    assert pushed == ["Simulate"]


def test_nothing_changes_while_blender_renders(addon, context):
    operator = Operator([{"event": "frame"}])
    operator.invoke(context, None)
    job_operator.bpy.app.is_job_running = lambda kind: kind == "RENDER"
    assert operator.modal(context, TIMER) == {"PASS_THROUGH"}
    assert tasks.task_of(operator.obj, "simulate").shown == 0


def test_a_closed_window_stops_the_job(addon, context):
    operator = Operator([{"event": "frame"}])
    operator.invoke(context, None)
    operator.cancel(context)
    assert tasks.task_of(operator.obj, "simulate").job.stopped
    assert context.window_manager.timers == []


def test_a_fault_of_ours_stops_the_job(addon, context, capsys):
    operator = Operator([{"event": "frame"}])
    operator.invoke(context, None)
    task = tasks.task_of(operator.obj, "simulate")
    task.take = None
    assert operator.modal(context, TIMER) == {"CANCELLED"}
    assert "TypeError" in operator.reports[0][1]
    assert task.job.stopped
    assert context.window_manager.timers == []


def test_what_cannot_start_changes_nothing(addon, context):
    operator = Operator()
    operator.start = lambda _context: (_ for _ in ()).throw(OSError(13, "Permission denied", "/there"))
    assert operator.invoke(context, None) == {"CANCELLED"}
    assert operator.reports == [("ERROR", "Permission denied: /there")]
    assert context.window_manager.timers == []


def test_one_job_of_a_kind_at_a_time(addon):
    assert not Operator.poll.__func__(PollStub, bpy.context)
    operator = Operator()
    assert Operator.poll.__func__(PollStub, bpy.context)
    tasks.begin(PretendedTask(operator.obj))
    assert not Operator.poll.__func__(PollStub, bpy.context)
    assert PollStub.said == ["Build a fabric first, or select one", "Already running for this fabric"]


class PollStub:
    kind, said = "simulate", []

    @classmethod
    def poll_message_set(cls, text):
        cls.said.append(text)
