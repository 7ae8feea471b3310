"""When the operators on simulated frames can be used. What they make is tested in `test_baking.py`."""

import bpy
import numpy as np
import pytest
from woven_objects import built, cached, seen

OPERATORS = ("bake", "detach", "clear_cache")


def usable():
    return [name for name in OPERATORS if getattr(bpy.ops.fabric, name).poll()]


@pytest.fixture
def played(addon, tmp_path):
    from blender_addon.playback.cache import attach_cache

    bpy.context.scene.frame_end = 4
    obj = built()
    assert not usable()
    run = cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    return obj, run


def test_with_frames(played):
    assert usable() == [*OPERATORS]
    bpy.ops.object.mode_set(mode="EDIT")
    assert not usable()


def test_back_to_rest_also_without_the_file(played, tmp_path):
    obj, run = played
    (tmp_path / "cloth.usdc").unlink()
    assert usable() == ["clear_cache"]
    assert bpy.ops.fabric.clear_cache() == {"FINISHED"}
    np.testing.assert_allclose(seen(obj), run.scene.build().position.reshape(-1, 3), atol=1e-9)
    assert not usable()


def test_not_while_it_is_simulated(played, monkeypatch):
    from blender_addon.job import tasks

    monkeypatch.setattr(tasks, "running", lambda obj, kind="": [obj])
    assert not usable()
