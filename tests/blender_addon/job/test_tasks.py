"""What runs for fabrics is found again, follows its job, and is stopped before another file is opened."""

import bpy
from pretended_task import PretendedTask
from woven_objects import built

from blender_addon.job import tasks


def test_a_task_follows_its_job(addon):
    task = PretendedTask(built(), [{"event": "frame"}], [])
    assert task.tick()
    assert (task.taken, task.shown, task.finished) == ([{"event": "frame"}], 1, 0)
    assert not task.tick()  # nothing new
    assert task.tick()  # its end
    assert (task.shown, task.finished) == (3, 1)
    assert not task.tick()
    assert task.finished == 1


def test_several_fabrics_have_their_own(addon):
    one, other = built(), built()
    first, second = PretendedTask(one), PretendedTask(other)
    tasks.begin(first)
    tasks.begin(second)
    assert tasks.task_of(one, "simulate") is first
    assert tasks.task_of(other, "simulate") is second
    assert tasks.task_of(other, "fit") is None
    assert tasks.running(one) == [first]
    assert tasks.running(one, "fit") == []
    first.tick()
    assert tasks.running(one) == []
    assert tasks.task_of(one, "simulate") is first
    assert bpy.ops.fabric.cancel() == {"FINISHED"}  # of the active one
    second.tick()
    assert second.job.state == "cancelled"
    assert not bpy.ops.fabric.cancel.poll()


def test_the_task_of_a_deleted_fabric_is_cancelled(addon):
    obj = built()
    task = PretendedTask(obj, [{"event": "frame"}])
    bpy.data.objects.remove(obj)
    task.tick()
    assert (task.job.state, task.taken) == ("cancelling", [])
    task.tick()
    assert (task.job.state, task.finished) == ("cancelled", 0)


def test_a_copy_takes_nothing_from_the_original(addon):
    obj = built()
    obj.name = "Z"
    task = PretendedTask(obj, [{"event": "frame"}], [])
    tasks.begin(task)
    copy = obj.copy()
    copy.name = "A"
    assert task.obj == obj
    assert (tasks.running(obj), tasks.running(copy), tasks.living()) == ([task], [], [task])
    assert tasks.task_of(copy, "simulate") is None
    bpy.data.objects.remove(obj)
    task.tick()
    assert (task.taken, task.job.state) == ([], "cancelling")


def test_a_job_about_what_is_no_more_is_cancelled(addon, monkeypatch):
    task = PretendedTask(built(), [{"event": "frame"}])
    monkeypatch.setattr(task, "fits", lambda obj: False)
    task.tick()
    assert (task.job.state, task.taken) == ("cancelling", [])


def test_another_file_stops_all(addon, blend_file):
    task = PretendedTask(built())
    tasks.begin(task)
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    assert task.job.stopped
    assert tasks.running(built()) == []
