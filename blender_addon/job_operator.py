"""Operators that run a job: with a window, beside everything else; without one (`EXEC_DEFAULT`), to the end."""

import time

import bpy
from bpy.props import StringProperty

from .fabric.active import fabric_object
from .job import tasks
from .job.messages import in_panel_words, one_line
from .job.tasks import Task
from .operator import is_local, reported

INTERVAL = 0.2
"""Seconds between two looks at a job."""


class JobOperator:
    """Base of such operators. A subclass has `kind` and `start`."""

    kind = ""
    bl_options = {"UNDO"}
    _task: Task
    _timer = None

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None:
            cls.poll_message_set("Build a fabric first, or select one")
            return False
        if not is_local(cls, obj):
            return False
        if tasks.running(obj, cls.kind):
            cls.poll_message_set("Already running for this fabric")
            return False
        return True

    def start(self, context: bpy.types.Context) -> Task:
        """Start the job of the active fabric.

        Raises:
            WarpFabricError, OSError: where it cannot be started.
        """
        raise NotImplementedError

    @reported
    def execute(self, context):
        task = self._begin(context)
        try:
            while task.job.living:
                task.tick()
                time.sleep(0.01)
        except BaseException:
            task.job.stop(5.0)
            raise
        return self._ended(context)

    @reported
    def invoke(self, context, event):
        if bpy.app.background or context.window is None:
            return self.execute(context)
        self._begin(context)
        if "UNDO" in self.bl_options and bpy.ops.ed.undo_push.poll():  # what is undone meanwhile is not what it made
            bpy.ops.ed.undo_push(message=self.bl_label)
        manager = context.window_manager
        self._timer = manager.event_timer_add(INTERVAL, window=context.window)
        manager.modal_handler_add(self)
        redraw(context)
        return {"RUNNING_MODAL"}

    @reported
    def modal(self, context, event):
        if event.type != "TIMER" or bpy.app.is_job_running("RENDER"):  # which reads what a tick may change
            return {"PASS_THROUGH"}
        try:
            if self._task.tick():
                redraw(context)
        except Exception:
            self.cancel(context)
            raise
        if self._task.job.living:
            return {"PASS_THROUGH"}
        return self._ended(context)

    def cancel(self, context):
        """Its window is closed, or another file opened."""
        self._task.job.stop(5.0)
        self._remove_timer(context)

    def _begin(self, context) -> Task:
        self._task = self.start(context)
        tasks.begin(self._task)
        return self._task

    def _ended(self, context):
        self._remove_timer(context)
        redraw(context)
        job = self._task.job
        if job.state == "failed":
            assert job.error is not None
            self.report({"ERROR"}, in_panel_words(one_line(job.error)))
            return {"CANCELLED"}
        self.report({"INFO"}, self._task.outcome())
        return {"FINISHED"}

    def _remove_timer(self, context) -> None:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None


def redraw(context: bpy.types.Context) -> None:
    """Draw the sidebars anew, not all of the view."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type == "VIEW_3D" else ():
                if region.type == "UI":
                    region.tag_redraw()


class FABRIC_OT_cancel(bpy.types.Operator):
    """Stop what runs."""

    bl_idname = "fabric.cancel"
    bl_label = "Cancel"
    bl_description = "Stop what is running for this fabric. What is done so far is kept and can be resumed"

    kind: StringProperty(
        name="What", description="What to stop; empty: everything running for the fabric", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None or not tasks.running(obj):
            cls.poll_message_set("Nothing is running for the selected fabric")
            return False
        return True

    @reported
    def execute(self, context):
        for task in tasks.running(fabric_object(context), self.kind):
            task.job.cancel()
        redraw(context)
        return {"FINISHED"}


CLASSES = (FABRIC_OT_cancel,)
