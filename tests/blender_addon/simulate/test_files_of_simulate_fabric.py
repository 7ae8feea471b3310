"""Whose files simulations write, where they are, and what is left of them."""

import shutil
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from pxr import Usd
from simulated import followed, started, sticks_to, windy
from woven_objects import duplicated, seen

import warp_fabric as wf
from blender_addon.fabric.files.cache import cache_state
from blender_addon.fabric.files.paths import CHECKPOINT, cache_folder, cache_path, made_folder, run_path
from blender_addon.job import tasks
from blender_addon.simulate.simulate_fabric import interrupted, simulation_of


def test_a_blend_file_that_moves_takes_its_cache_along(addon, blend_file, tmp_path):
    obj = windy(4)
    bpy.ops.fabric.simulate()
    run = wf.load_trajectory(run_path(obj))
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    moved = tmp_path / "wo anders"
    shutil.move(blend_file.parent, moved)
    bpy.ops.wm.open_mainfile(filepath=str(moved / blend_file.name))
    obj = bpy.context.object
    assert cache_state(obj) == "ok"
    sticks_to(obj, run, [3])
    bpy.context.scene.frame_end += 2
    assert bpy.ops.fabric.simulate(from_frame=7) == {"FINISHED"}
    assert np.array_equal(wf.load_trajectory(run_path(obj)).position[:3], run.position[:3])
    shutil.rmtree(cache_folder(obj))
    assert cache_state(obj) == "missing"
    assert bpy.ops.fabric.simulate() == {"FINISHED"}


@pytest.mark.slow
def test_a_copy_goes_on_from_the_originals_frames_in_its_own_files(addon, blend_file):
    obj = windy(4)
    bpy.ops.fabric.simulate()
    before = run_path(obj).read_bytes()
    copy = duplicated(obj)
    bpy.context.scene.frame_end += 2
    assert bpy.ops.fabric.simulate(from_frame=7) == {"FINISHED"}
    assert run_path(copy) != run_path(obj)
    assert run_path(obj).read_bytes() == before


@pytest.mark.slow
def test_a_copy_is_simulated_while_its_original_is(addon, blend_file):
    obj = windy(3000)
    first = started(obj)
    followed(first, lambda task: obj.fabric.simulation.frames >= 2)
    copy = duplicated(obj)
    assert made_folder(obj) == first.folder
    assert tasks.running(copy) == []
    bpy.context.scene.frame_end = 8
    second = started(copy)
    assert second.folder != first.folder
    while second.job.living:
        first.tick()
        second.tick()
        time.sleep(0.01)
    assert (first.job.state, second.job.state) == ("running", "done")
    assert tasks.running(obj) == [first]
    sticks_to(copy, wf.load_trajectory(run_path(copy)), [3])
    first.job.stop(300.0)


def test_a_copy_has_nothing_of_a_run_without_frames(addon, blend_file):
    obj = windy(4)
    (made_folder(obj) / CHECKPOINT).write_text("cancelled before its first frame")
    copy = duplicated(obj)
    assert interrupted(obj)
    assert not interrupted(copy)
    assert not run_path(copy).exists()


def test_two_simulations_never_write_to_one_folder(addon, blend_file):
    obj = windy(4)
    task = started(obj)
    with pytest.raises(wf.TrajectoryError, match="another simulation still writes there"):
        simulation_of(obj, bpy.context)
    task.job.stop(300.0)


def test_frames_survive_a_crash_before_they_are_saved(addon, blend_file):
    obj = windy(3)
    bpy.ops.wm.save_mainfile()
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run = wf.load_trajectory(run_path(obj))
    assert not bpy.ops.fabric.show_found.poll()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    obj = bpy.context.object
    assert cache_state(obj) == "none"
    with pytest.raises(RuntimeError, match="no simulation was stopped"):
        bpy.ops.fabric.simulate(resume=True)
    assert bpy.ops.fabric.show_found() == {"FINISHED"}
    sticks_to(obj, run)
    assert bpy.ops.fabric.export_usd(filepath=str(blend_file.with_name("out.usdc"))) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="no simulation was stopped"):
        bpy.ops.fabric.simulate(resume=True)


def test_an_unsaved_file_has_its_frames_elsewhere(addon):
    obj = windy(3)
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    assert Path(bpy.app.tempdir) in cache_path(obj).parents
    sticks_to(obj, wf.load_trajectory(run_path(obj)), [2])


def test_a_stopped_runs_frames_are_exported(addon, blend_file):
    obj = windy(3000)
    task = started(obj)
    followed(task, lambda task: obj.fabric.simulation.frames >= 3)
    assert not bpy.ops.fabric.export_usd.poll()
    task.job.cancel()
    followed(task)
    path = blend_file.with_name("out.usdc")
    assert bpy.ops.fabric.export_usd(filepath=str(path)) == {"FINISHED"}
    stage = Usd.Stage.Open(str(path))
    assert stage.GetEndTimeCode() == obj.fabric.simulation.frames - 1
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 2)
    points = np.array(stage.GetAttributeAtPath("/Cloth/Surface.points").Get(2.0))
    np.testing.assert_allclose(seen(obj), points, atol=1e-9)
