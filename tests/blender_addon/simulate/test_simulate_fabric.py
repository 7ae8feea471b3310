"""Simulating from Blender gives what the package gives, and survives what happens to jobs and files."""

import os
import re
import signal
import sys

import bpy
import numpy as np
import pytest
from simulated import followed, started, sticks_to, windy
from woven_objects import built, seen

import warp_fabric as wf
from blender_addon.fabric.design.weave_text import Weave
from blender_addon.fabric.files.cache import cache_state, detach_cache
from blender_addon.fabric.files.paths import CHECKPOINT, cache_folder, cache_path, run_path
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fabric.simulation_task import run_scene
from blender_addon.job import tasks
from blender_addon.simulate.simulate_fabric import can_continue, interrupted
from usd_export import scene_of
from warp_fabric.weave import pattern


def test_every_frame_is_that_of_the_public_api(addon, blend_file):
    obj = windy()
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    simulation = obj.fabric.simulation
    assert (simulation.start, simulation.frames) == (5, 20)
    assert simulation.cache.startswith("//")
    assert cache_path(obj).parent == cache_folder(obj)
    scene = build_scene(obj.fabric, bpy.context, obj)
    expected = wf.simulate(scene)
    assert expected.frame_count == 20
    assert np.abs(expected.position[-1] - expected.position[0]).max() > 1e-3
    sticks_to(obj, expected)
    kept = wf.load_trajectory(run_path(obj))
    assert np.array_equal(kept.position, expected.position)
    assert kept.scene == scene
    assert not interrupted(obj)


def test_wavy_cotton_that_flattens_and_is_damped(addon, blend_file):
    for yarn in bpy.context.scene.fabric.yarns:
        yarn.take(wf.library_yarn("cotton"))
        yarn.cohesion = 4.0
    obj = windy(3, crimp="TOUCHING", crossings_give=True, shear_by="RIGIDITY", end_sett=20.0, pick_sett=20.0)
    obj.fabric.cloth.damping = 3.0
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    scene, run = build_scene(obj.fabric, bpy.context, obj), wf.load_trajectory(run_path(obj))
    assert run.scene == scene == wf.Scene.from_toml(scene_of(cache_path(obj)))
    expected = wf.simulate(scene)
    assert np.abs(expected.interchange[-1]).max() > 1e-9
    assert np.array_equal(run.interchange, expected.interchange)
    assert np.array_equal(run.flattening, expected.flattening)
    bpy.context.scene.frame_set(7)
    np.testing.assert_allclose(seen(obj), run.position[2].reshape(-1, 3), rtol=0, atol=1e-8)


def test_all_yarns_of_bundles_are_shown(addon, blend_file):
    obj = windy(3, ends=13, picks=9, bundle=2)
    obj.vertex_groups.new(name="held").add([13 * 8 + 12], 1.0, "REPLACE")  # the last crossing of the real yarns
    obj.fabric.cloth.pins.add().group = "held"
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run = wf.load_trajectory(run_path(obj))
    assert run.scene == build_scene(obj.fabric, bpy.context, obj)
    assert run.position.shape[1:3] == (5, 7)
    assert run.scene.pins[-1].crossing == (8, 12)
    assert np.abs(run.position[-1] - run.position[0]).max() > 1e-4
    bpy.context.scene.frame_set(5 + run.frame_count - 1)
    np.testing.assert_allclose(seen(obj), run.real_position(-1).reshape(-1, 3), rtol=0, atol=1e-7)
    obj.fabric.cloth.bundle = 3
    with pytest.raises(RuntimeError, match="no simulation was stopped"):
        bpy.ops.fabric.simulate(resume=True)
    assert build_scene(obj.fabric, bpy.context, obj, bundles=False).bundling is None  # as it is fitted


def test_going_on_from_a_frame_with_other_wind(addon, blend_file):
    obj = windy(8)
    bpy.ops.fabric.simulate()
    first = wf.load_trajectory(run_path(obj))
    assert can_continue(obj, 12, bpy.context.scene)
    assert not can_continue(obj, 13, bpy.context.scene)
    assert not can_continue(obj, 4, bpy.context.scene)
    bpy.data.objects["Wind" if "Wind" in bpy.data.objects else "Force"].field.strength = -20.0
    bpy.context.scene.frame_end = 14
    assert bpy.ops.fabric.simulate(from_frame=8) == {"FINISHED"}
    run = wf.load_trajectory(run_path(obj))
    assert np.array_equal(run.position[:4], first.position[:4])
    assert not np.array_equal(run.position[4], first.position[4])
    assert obj.fabric.simulation.frames == run.frame_count == 10
    sticks_to(obj, run)
    with pytest.raises(RuntimeError, match="frame 40 is not in the cache"):
        bpy.ops.fabric.simulate(from_frame=40)
    bpy.context.scene.frame_start = 4
    with pytest.raises(RuntimeError, match="the cached frames start at 5"):
        bpy.ops.fabric.simulate(from_frame=8)


def test_cancelled_its_frames_stay_and_it_goes_on(addon, blend_file):
    obj = windy(3000)
    task = started(obj)
    followed(task, lambda task: obj.fabric.simulation.frames >= 3)
    assert cache_state(obj) == "ok"
    assert bpy.ops.fabric.cancel() == {"FINISHED"}
    followed(task)
    assert task.job.state == "cancelled"
    assert "Resume" in task.outcome()
    assert interrupted(obj)
    frames = obj.fabric.simulation.frames
    assert frames == task.job.frames_done
    bpy.context.scene.frame_set(5 + frames - 1)
    last = seen(obj)
    task = started(obj, resume=True)
    followed(task, lambda task: obj.fabric.simulation.frames > frames)
    assert np.array_equal(seen(obj), last)
    # another file: what there is stays
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    assert not task.job.living
    obj = bpy.context.object
    assert interrupted(obj)
    assert cache_state(obj) == "ok"
    assert bpy.ops.fabric.simulate.poll()
    # a file of an earlier version, which knows less of what may be in a scene, is of the same run
    path = run_path(obj).with_name("scene.toml")
    path.write_text(
        re.sub(r"(?m)^(damping|cohesion|shear_damping|twist_rigidity|.*crimp.*) = .*\n", "", path.read_text())
    )
    task = started(obj, resume=True)
    assert bpy.ops.fabric.cancel() == {"FINISHED"}
    followed(task)
    # under other settings it is not that run
    obj.fabric.simulation.substeps += 1
    with pytest.raises(RuntimeError, match="settings have changed"):
        bpy.ops.fabric.simulate(resume=True)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_killed_solver_is_an_error_and_loses_little(addon, blend_file):
    obj = windy(3000)
    task = started(obj)
    followed(task, lambda task: cache_folder(obj).joinpath(CHECKPOINT).exists() and obj.fabric.simulation.frames > 2)
    os.kill(task.job.pid, signal.SIGKILL)
    followed(task)
    assert task.job.state == "failed"
    assert "SIGKILL" in task.job.error.what
    assert cache_state(obj) == "ok"
    frames = obj.fabric.simulation.frames
    bpy.context.scene.frame_set(7)
    seen(obj)
    task = started(obj, resume=True)
    followed(task, lambda task: task.job.frames_done > frames)
    task.job.stop(300.0)


def test_after_a_crash_it_goes_on(addon, blend_file):
    """The blend file was saved before, so it tells nothing of the simulation."""
    obj = windy(3000)
    bpy.ops.wm.save_mainfile()
    task = started(obj)
    followed(task, lambda task: obj.fabric.simulation.frames >= 3)
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    obj = bpy.context.object
    assert cache_state(obj) == "none"
    assert interrupted(obj)
    task = started(obj, resume=True)
    followed(task, lambda task: task.job.frames_done > 0)
    assert task.job.frames_done >= 3
    task.job.stop(300.0)


def test_put_to_rest_it_does_not_go_on(addon, blend_file):
    obj = windy(4)
    checkpoint = cache_folder(obj) / CHECKPOINT
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("first")
    assert interrupted(obj)
    detach_cache(obj)
    assert not interrupted(obj)
    os.utime(checkpoint, ns=(0, 5))  # another run's
    assert interrupted(obj)


@pytest.mark.slow
def test_yarns_and_weave_may_change_meanwhile(addon, blend_file):
    obj = windy(6)
    task = started(obj)
    obj.fabric.yarns[0].name = "another name"
    obj.fabric.weave.text = Weave.of(pattern("plain"), (1,), (1,)).to_text()
    followed(task)
    assert task.job.state == "done"
    sticks_to(obj, wf.load_trajectory(run_path(obj)), [5])


def test_rebuilt_meanwhile_it_is_cancelled(addon, blend_file):
    obj = windy(3000)
    task = started(obj)
    followed(task, lambda task: obj.fabric.simulation.frames >= 1)
    obj.fabric.cloth.ends += 2
    bpy.ops.fabric.rebuild()
    followed(task)
    assert (task.job.state, cache_state(obj)) == ("cancelled", "none")
    assert len(seen(obj)) == 80


def test_yarns_that_are_gone_are_told_at_once(addon, blend_file):
    obj = windy(4)
    scene = build_scene(obj.fabric, bpy.context, obj)
    bpy.data.objects.remove(obj.children[0])
    with pytest.raises(wf.SceneError, match="Rebuild"):
        run_scene(obj, scene, 5)


def test_an_undo_in_between_does_no_harm(addon, blend_file):
    obj = windy(6)
    task = started(obj)
    followed(task, lambda task: obj.fabric.simulation.frames >= 1)
    detach_cache(obj)
    followed(task)
    assert (task.job.state, obj.fabric.simulation.frames) == ("done", 6)
    sticks_to(obj, wf.load_trajectory(run_path(obj)), [0, 5])


@pytest.mark.slow
def test_two_fabrics_at_once(addon, blend_file):
    one, other = windy(6), windy(6)
    both = [started(one), started(other)]
    assert both[0].folder != both[1].folder
    for task in both:
        followed(task)
    for obj in (one, other):
        sticks_to(obj, wf.load_trajectory(run_path(obj)), [5])


def test_the_rest_shape(addon, blend_file):
    obj = built(ends=6, picks=6)
    obj.fabric.simulation.integrator = "static"
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    assert obj.fabric.simulation.frames == 1
    assert [each.name for each in cache_path(obj).parent.glob("cloth*")] == ["cloth.usdc"]  # no clips are left
    sticks_to(obj, wf.simulate(build_scene(obj.fabric, bpy.context, obj)))


def test_the_solvers_error_is_reported_with_its_fix(addon, blend_file):
    obj = windy(4)
    obj.fabric.simulation.device = "cuda:0"
    import warp

    if warp.is_cuda_available():
        pytest.skip("there is one")
    with pytest.raises(RuntimeError, match=r"(?s)no device 'cuda:0'.*give one of auto, cpu"):
        bpy.ops.fabric.simulate()
    assert tasks.task_of(obj, "simulate").job.error.where == "solver.device"


def test_a_file_in_the_folders_place(addon, blend_file):
    obj = windy(4)
    cache_folder(obj).parent.write_text("in the way")
    with pytest.raises(RuntimeError, match=r"(?s)folder for the simulation cannot be made.*save the blend file"):
        bpy.ops.fabric.simulate()


def test_poll_and_description(addon):
    assert not bpy.ops.fabric.simulate.poll()
    windy(3)
    assert bpy.ops.fabric.simulate.poll()
    properties = bpy.ops.fabric.simulate.get_rna_type().properties
    assert {"resume", "from_frame"} <= {*properties.keys()}
