"""Playback by a reader. That it shows every frame is tested in `test_cache.py`."""

import bpy
import numpy as np
import pytest
from woven_objects import built, cached, seen

from warp_fabric import UsdError


@pytest.fixture
def obj(addon, monkeypatch, tmp_path):
    from blender_addon.playback import follower
    from blender_addon.playback.cache import attach_cache

    monkeypatch.setattr(follower, "forced", True)
    bpy.context.scene.frame_end = 4
    obj = built(ends=6, picks=5)
    cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    return obj


def processes():
    from blender_addon.playback import follower

    return [each._process for each in follower._readers.values()]


def test_no_process_is_left(obj):
    from blender_addon.playback import follower

    (process,) = processes()
    follower.release(obj)
    assert process.poll() == 0
    bpy.context.scene.frame_set(2)  # starts another
    (process,) = processes()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert process.poll() == 0
    assert not processes()


def test_a_reader_that_died_is_started_again(obj, capfd):
    (process,) = processes()
    process.kill()
    process.wait()
    bpy.context.scene.frame_set(2)
    assert "has ended" in capfd.readouterr().err
    before = seen(obj)
    bpy.context.scene.frame_set(3)
    assert np.abs(seen(obj) - before).max() > 0.0


def test_a_file_without_these_yarns(obj):
    from blender_addon.playback import follower

    obj.children[0][follower.PRIM] = "/Cloth/Yarns/nowhere"
    with pytest.raises(UsdError, match="no points at /Cloth/Yarns/nowhere"):
        follower.show(obj, 2)


def test_points_of_another_number_are_left_alone(obj):
    from blender_addon.playback import follower

    before = seen(obj)
    follower.put(obj, np.ones((3, 3)))
    np.testing.assert_array_equal(seen(obj), before)


def test_where_blender_reads_usd_nothing_runs(obj, monkeypatch):
    from blender_addon.playback import follower

    follower.release(obj)
    monkeypatch.setattr(follower, "forced", False)
    if not follower.needed():
        bpy.context.scene.frame_set(3)
        assert not processes()
