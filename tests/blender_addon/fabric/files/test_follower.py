"""Playback by a reader. That it shows every frame is tested in `test_cache.py`."""

import signal
import sys

import bpy
import numpy as np
import pytest
from woven_objects import built, cached, seen

from warp_fabric import UsdError


@pytest.fixture
def obj(addon, monkeypatch, tmp_path):
    from blender_addon.fabric.files import follower
    from blender_addon.fabric.files.cache import attach_cache

    monkeypatch.setattr(follower, "forced", True)
    bpy.context.scene.frame_end = 4
    obj = built(ends=6, picks=5)
    cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    return obj


def processes():
    from blender_addon.fabric.files import follower

    return [each._process for each in follower._readers.values()]


def test_no_process_is_left(obj):
    from blender_addon.fabric.files import follower

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
    from blender_addon.fabric.files import follower

    obj.children[0][follower.PRIM] = "/Cloth/Yarns/nowhere"
    with pytest.raises(UsdError, match="no points at /Cloth/Yarns/nowhere"):
        follower.show(obj, 2)


def test_points_of_another_number_are_left_alone(obj):
    from blender_addon.fabric.files import follower

    before = seen(obj)
    follower.put(obj, np.ones((3, 3)))
    np.testing.assert_array_equal(seen(obj), before)


def test_where_blender_reads_usd_nothing_runs(obj, monkeypatch):
    from blender_addon.fabric.files import follower

    follower.release(obj)
    monkeypatch.setattr(follower, "forced", False)
    if not follower.needed():
        bpy.context.scene.frame_set(3)
        assert not processes()


def test_fabrics_that_hang_on_a_fabric_play_their_own_files(obj, tmp_path):
    from blender_addon.fabric.files import follower
    from blender_addon.fabric.files.cache import attach_cache, stop

    child = built(ends=6, picks=5)
    cached(child, tmp_path / "other")
    attach_cache(child, tmp_path / "other" / "cloth.usdc", 1, 4)
    child.parent = obj
    assert follower.players(obj) == [obj, *(each for each in obj.children if each != child)]
    stop(obj)
    assert len(follower.players(child)) == 3


def test_a_fabrics_reader_goes_with_it(obj):
    (process,) = processes()
    bpy.data.objects.remove(obj)
    bpy.context.scene.frame_set(2)
    assert process.poll() == 0


def test_releasing_a_reader_that_died(obj):
    from blender_addon.fabric.files import follower

    (process,) = processes()
    process.kill()
    process.wait()
    follower._readers[obj.session_uid]._asks.write(b"not flushed yet")
    follower.release(obj)
    assert not processes()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_reader_that_hangs_is_given_up(obj, monkeypatch):
    from blender_addon.fabric.files import follower

    (process,) = processes()
    monkeypatch.setattr(follower, "PATIENCE", 0.1)
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(UsdError, match="has not answered"):
        follower.show(obj, 2)
    assert process.poll() is not None
