"""Files of an unsaved blend file move beside it when it is saved."""

import os
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from pretended_task import PretendedTask
from woven_objects import built, cached, duplicated, seen

from blender_addon.fabric.files import follower, paths, relocation
from blender_addon.fabric.files.cache import attach_cache, cache_state
from blender_addon.fabric.files.paths import cache_folder, cache_path, run_path
from blender_addon.job import tasks


@pytest.fixture(params=["Blender's own USD", "a reader"])
def unsaved(addon, request, monkeypatch):
    """A fabric of an unsaved file with its frames, its run, and their folder."""
    monkeypatch.setattr(follower, "forced", request.param == "a reader")
    bpy.context.scene.frame_end = 4
    obj = built()
    folder = cache_folder(obj)
    run = cached(obj, folder)
    (folder / "fit").mkdir()
    attach_cache(obj, folder / "cloth.usdc", 1, 4)
    obj.fabric.fit.folder = str(folder / "fit")
    return obj, run, folder


def shows(obj, run) -> None:
    for frame in (2, 4, 3):
        bpy.context.scene.frame_set(frame)
        np.testing.assert_allclose(seen(obj), run.position[frame - 1].reshape(-1, 3), rtol=1e-6, atol=1e-9)


def test_they_move_along(unsaved, tmp_path):
    obj, run, folder = unsaved
    copy = duplicated(obj).name
    name, path = obj.name, tmp_path / "my ü.blend"
    there = tmp_path / "my ü_fabric" / obj.fabric.identity
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    for each in (obj, bpy.data.objects[copy]):
        assert cache_path(each) == there / "cloth.usdc"
        shows(each, run)
    assert run_path(obj) == there / "run.h5"
    assert not folder.exists()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for each in (path, there.parent):
        each.rename(moved / each.name)
    bpy.ops.wm.open_mainfile(filepath=str(moved / path.name))
    obj = bpy.data.objects[name]
    assert cache_state(obj) == "ok"
    shows(obj, run)
    assert obj.fabric.simulation.cache.startswith("//")
    assert obj.fabric.fit.folder.startswith("//")
    assert Path(bpy.path.abspath(obj.fabric.fit.folder)).is_dir()


def test_a_copy_has_a_copy_of_them(unsaved, tmp_path):
    obj, run, folder = unsaved
    name, path = obj.name, tmp_path / "copy.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    assert cache_path(obj) == folder / "cloth.usdc"
    assert obj.fabric.fit.folder == str(folder / "fit")
    shows(obj, run)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    obj = bpy.data.objects[name]
    assert cache_path(obj).is_relative_to(tmp_path)
    shows(obj, run)


def test_where_there_is_no_room_they_stay(unsaved, tmp_path):
    obj, run, folder = unsaved
    (tmp_path / "my_fabric").write_text("in the way")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "my.blend"))
    assert cache_path(obj) == folder / "cloth.usdc"
    shows(obj, run)


def test_what_is_being_written_moves_the_next_time(unsaved, tmp_path):
    obj, run, folder = unsaved
    task = PretendedTask(obj)
    tasks.begin(task)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "my.blend"))
    assert cache_path(obj) == folder / "cloth.usdc"
    task.tick()
    (tmp_path / "sub").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "sub" / "other.blend"))
    assert cache_path(obj) == tmp_path / "sub" / "other_fabric" / folder.name / "cloth.usdc"
    shows(obj, run)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "sub" / "other.blend"))
    shows(bpy.context.object, run)


def test_clips_that_may_be_read_stay(unsaved, tmp_path):
    obj, _, folder = unsaved
    (folder / "cloth.usdc").rename(folder / "cloth.growing.2.usdc")
    attach_cache(obj, folder / "cloth.growing.2.usdc", 1, 4)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "my.blend"))
    assert cache_path(obj).is_relative_to(tmp_path)
    assert (folder / "cloth.growing.2.usdc").exists()


def test_files_in_the_extensions_folder_are_forgotten_one_day(addon, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "_PACKAGE", "bl_ext.user_default.fabric")
    monkeypatch.setattr(bpy.utils, "extension_path_user", lambda package, path, create: str(tmp_path))
    for name, days in (("old", 100), ("young", 10)):
        (tmp_path / name).mkdir()
        then = time.time() - 86400 * days
        os.utime(tmp_path / name, (then, then))
    relocation.remove_forgotten()
    assert [each.name for each in tmp_path.iterdir()] == ["young"]
