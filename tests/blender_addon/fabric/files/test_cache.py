"""A fabric played from its cache: what is seen at each frame is what was simulated."""

import shutil
import time

import bpy
import numpy as np
import pytest
from woven_objects import built, cached, duplicated, seen

import usd_export
from usd_export.options import Options
from usd_export.yarn_lines import YarnLines
from warp_fabric import SceneError

START = 11


@pytest.fixture(params=["Blender's own USD", "a reader"])
def obj(addon, request, monkeypatch):
    from blender_addon.fabric.files import follower

    monkeypatch.setattr(follower, "forced", request.param == "a reader")
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = START, START + 3
    return built(ends=6, picks=5)


def attach(obj, path, frames=4):
    from blender_addon.fabric.files.cache import attach_cache

    attach_cache(obj, path, START, frames)


def assert_shows(obj, run, frame):
    """What is seen at a frame of the scene is the run's frame."""
    bpy.context.scene.frame_set(START + frame)
    frame = min(max(frame, 0), len(run.time) - 1)
    shapes = YarnLines(run.scene.build(), Options()).at(run.position[frame], run.sliding[frame])
    np.testing.assert_allclose(seen(obj), run.position[frame].reshape(-1, 3), rtol=1e-6, atol=1e-9)
    for child, shape in zip(obj.children, shapes):
        np.testing.assert_allclose(seen(child), shape.reshape(-1, 3), rtol=1e-6, atol=1e-9)


def test_every_frame(obj, tmp_path):
    run = cached(obj, tmp_path / "with space, ümlaut")
    attach(obj, tmp_path / "with space, ümlaut" / "cloth.usdc")
    for frame in (0, 3, 1, 2, -5, 9):  # before and after it stands still
        assert_shows(obj, run, frame)


def test_the_cache_is_remembered(obj, tmp_path):
    from blender_addon.fabric.files.cache import cache_state
    from blender_addon.fabric.files.paths import cache_path, run_path

    assert cache_state(obj) == "none"
    cached(obj, tmp_path)
    attach(obj, tmp_path / "cloth.usdc")
    simulation = obj.fabric.simulation
    assert (simulation.start, simulation.frames) == (START, 4)
    assert cache_state(obj) == "ok"
    assert cache_path(obj) == tmp_path / "cloth.usdc"
    assert run_path(obj) == tmp_path / "run.h5"
    (tmp_path / "cloth.usdc").unlink()
    assert cache_state(obj) == "missing"
    bpy.context.scene.frame_set(START + 1)


def test_more_frames_come_in_another_file(obj, tmp_path):
    cached(obj, tmp_path / "short", frames=2)
    run = cached(obj, tmp_path / "long", frames=4)
    shutil.copy(tmp_path / "short" / "cloth.usdc", tmp_path / "cloth.growing.1.usdc")
    attach(obj, tmp_path / "cloth.growing.1.usdc", 2)
    files = [*bpy.data.cache_files]
    assert_shows(obj, run, 1)
    (tmp_path / "long" / "cloth.usdc").rename(tmp_path / "cloth.growing.2.usdc")
    attach(obj, tmp_path / "cloth.growing.2.usdc")
    (tmp_path / "cloth.growing.1.usdc").unlink()
    assert_shows(obj, run, 3)
    assert [*bpy.data.cache_files] == files


def test_a_file_that_is_put_back(obj, tmp_path):
    from blender_addon.fabric.files.cache import reload_cache

    run = cached(obj, tmp_path / "here")
    attach(obj, tmp_path / "here" / "cloth.usdc")
    (tmp_path / "here").rename(tmp_path / "away")
    bpy.context.scene.frame_set(START + 1)
    (tmp_path / "away").rename(tmp_path / "here")
    reload_cache(obj)
    assert_shows(obj, run, 2)


def test_copies_follow_their_original_and_not_the_other_way(obj, tmp_path):
    """Until a copy is simulated itself, it shows the files of its original."""
    from blender_addon.fabric.files.paths import cache_path

    cached(obj, tmp_path / "one")
    attach(obj, tmp_path / "one" / "cloth.usdc")
    copy = duplicated(obj)
    run = cached(obj, tmp_path / "two")
    shutil.copy(tmp_path / "two" / "cloth.usdc", tmp_path / "one" / "cloth.2.usdc")
    attach(obj, tmp_path / "one" / "cloth.2.usdc", 3)
    assert copy.fabric.simulation.frames == 3
    bpy.context.scene.frame_set(START + 2)
    np.testing.assert_allclose(seen(copy), run.position[2].reshape(-1, 3), rtol=1e-6, atol=1e-9)
    attach(copy, tmp_path / "two" / "cloth.usdc")
    assert (obj.fabric.simulation.frames, cache_path(obj)) == (3, tmp_path / "one" / "cloth.2.usdc")


def test_detaching_the_cache_shows_the_fabric_at_rest(obj, tmp_path):
    from blender_addon.fabric.files.cache import cache_state, detach_cache

    rest, lines = seen(obj), [seen(each) for each in obj.children]
    cached(obj, tmp_path)
    attach(obj, tmp_path / "cloth.usdc")
    bpy.context.scene.frame_set(START + 2)
    detach_cache(obj)
    assert cache_state(obj) == "none"
    np.testing.assert_allclose(seen(obj), rest, atol=1e-9)
    for child, expected in zip(obj.children, lines):
        np.testing.assert_allclose(seen(child), expected, atol=1e-9)
    assert not bpy.data.cache_files
    assert not [each for each in (obj, *obj.children) if "Fabric Cache" in each.modifiers]


def test_yarns_whose_names_are_in_another_order(obj, tmp_path):
    from blender_addon.fabric.design.weave_text import Weave
    from blender_addon.fabric.objects.yarn_objects import yarn_objects
    from warp_fabric.weave import pattern

    obj.fabric.weave.text = Weave.of(pattern("plain"), (0, 1), (0, 1)).to_text()
    obj.fabric.yarns[0].name, obj.fabric.yarns[1].name = "zephyr", "alpaca"
    bpy.ops.fabric.rebuild()
    run = cached(obj, tmp_path)
    attach(obj, tmp_path / "cloth.usdc")
    bpy.context.scene.frame_set(START + 2)
    lines = YarnLines(run.scene.build(), Options())
    for group, shape in zip(lines.groups, lines.at(run.position[2], run.sliding[2])):
        child = yarn_objects(obj)[group.direction, ("zephyr", "alpaca").index(group.yarn.name)]
        np.testing.assert_allclose(seen(child), shape.reshape(-1, 3), rtol=1e-6, atol=1e-9)


def test_another_file_takes_the_place_of_the_first(obj, tmp_path):
    cached(obj, tmp_path / "one")
    run = cached(obj, tmp_path / "two")
    attach(obj, tmp_path / "one" / "cloth.usdc")
    attach(obj, tmp_path / "two" / "cloth.usdc")
    assert_shows(obj, run, 1)
    assert len(bpy.data.cache_files) <= 1


def test_yarns_that_changed_since(obj, tmp_path):
    from blender_addon.fabric.design.weave_text import Weave
    from warp_fabric.weave import pattern

    cached(obj, tmp_path)
    obj.fabric.weave.text = Weave.of(pattern("plain"), (1,), (1,)).to_text()
    with pytest.raises(SceneError, match="Rebuild"):
        attach(obj, tmp_path / "cloth.usdc")


def test_rebuilding_ends_the_playback(obj, tmp_path):
    from blender_addon.fabric.files.cache import cache_state

    cached(obj, tmp_path)
    attach(obj, tmp_path / "cloth.usdc")
    bpy.ops.fabric.rebuild()
    assert cache_state(obj) == "none"


def test_a_moved_blend_file(obj, tmp_path):
    from blender_addon.fabric.files.cache import cache_state
    from blender_addon.fabric.files.paths import cache_folder

    here, there = tmp_path / "here", tmp_path / "there ö"
    here.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(here / "cloth.blend"))
    folder = cache_folder(obj)
    run = cached(obj, folder)
    attach(obj, folder / "cloth.usdc")
    assert obj.fabric.simulation.cache.startswith("//")
    bpy.ops.wm.save_mainfile()
    name = obj.name
    here.rename(there)
    bpy.ops.wm.open_mainfile(filepath=str(there / "cloth.blend"))
    obj = bpy.data.objects[name]
    assert cache_state(obj) == "ok"
    assert_shows(obj, run, 2)


def test_saving_elsewhere_keeps_the_cache(obj, tmp_path):
    from blender_addon.fabric.files.cache import cache_state
    from blender_addon.fabric.files.paths import cache_folder

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cloth.blend"))
    run = cached(obj, cache_folder(obj))
    attach(obj, cache_folder(obj) / "cloth.usdc")
    (tmp_path / "sub").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "sub" / "other.blend"))
    assert cache_state(obj) == "ok"
    assert obj.fabric.simulation.cache.startswith("//..")
    assert_shows(obj, run, 2)


def test_points_have_velocities(addon, tmp_path):
    obj = built(ends=6, picks=5)
    run = cached(obj, tmp_path)
    attach(obj, tmp_path / "cloth.usdc")
    bpy.context.scene.frame_set(START + 2)
    np.testing.assert_allclose(seen(obj, "velocity"), run.velocity[2].reshape(-1, 3), rtol=1e-5, atol=1e-6)
    if bpy.app.version >= (4, 4):  # earlier ones do not read those of curves; Cycles blurs them by their points then
        assert np.abs(seen(obj.children[0], "velocity")).max() > 0.0


def test_cycles_blurs_by_velocities(addon, tmp_path):
    """Yarns that move by 5 mm a frame are as much wider with the shutter open all the time."""
    obj, scene = built(ends=6, picks=6), bpy.context.scene
    run = cached(obj, tmp_path)
    step = np.array([0.005, 0.0, 0.0])
    run.position[:] = run.scene.build().position + np.arange(4)[:, None, None, None] * step
    run.velocity[:] = step * run.scene.time.frames_per_second
    usd_export.export(run, tmp_path / "cloth.usdc")
    attach(obj, tmp_path / "cloth.usdc")
    bpy.ops.object.camera_add(location=(0.005, -0.1, obj.location.z - 0.004), rotation=(np.pi / 2, 0.0, 0.0))
    scene.camera = bpy.context.object
    scene.camera.data.type, scene.camera.data.ortho_scale = "ORTHO", 0.03
    scene.camera.data.clip_start = 1e-3
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 32, False
    scene.render.resolution_x = scene.render.resolution_y = 60
    scene.render.film_transparent, scene.render.filepath = True, str(tmp_path / "seen.png")
    scene.frame_set(START + 1)
    width = {}
    for blur in (False, True):
        scene.render.use_motion_blur, scene.render.motion_blur_shutter = blur, 1.0
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        seen_in = np.array(image.pixels).reshape(60, 60, 4)[..., 3].max(axis=0) > 0.02
        bpy.data.images.remove(image)
        width[blur] = np.ptp(np.nonzero(seen_in)[0]) * 0.03 / 60
    assert width[True] - width[False] == pytest.approx(0.005, abs=0.0011)


def test_a_large_cloth_plays_at_frame_rate(addon, tmp_path):
    """In seconds of the processor, as tests may share it with others."""
    obj = built(ends=100, picks=100)
    cached(obj, tmp_path)
    attach(obj, tmp_path / "cloth.usdc")
    bpy.context.scene.frame_set(START)
    begun = time.process_time()
    for _ in range(5):
        for frame in range(1, 4):
            bpy.context.scene.frame_set(START + frame)
    assert time.process_time() - begun < 15 / 24
