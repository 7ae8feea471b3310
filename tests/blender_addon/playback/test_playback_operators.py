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
    from blender_addon.fabric.files.cache import attach_cache

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


def test_what_is_put_back_is_read_again(played, tmp_path):
    obj, run = played
    (tmp_path / "cloth.usdc").rename(tmp_path / "away")
    with pytest.raises(RuntimeError, match="is missing"):
        bpy.ops.fabric.reload()
    (tmp_path / "away").rename(tmp_path / "cloth.usdc")
    assert bpy.ops.fabric.reload() == {"FINISHED"}
    bpy.context.scene.frame_set(3)
    np.testing.assert_allclose(seen(obj), run.position[2].reshape(-1, 3), rtol=1e-6, atol=1e-9)


def test_a_cloth_without_a_surface_is_not_baked(addon, tmp_path):
    from blender_addon.fabric.files.cache import attach_cache

    bpy.context.scene.frame_end = 4
    obj = built(ends=1, picks=5)
    cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    with pytest.raises(RuntimeError, match="no surface to bake"):
        bpy.ops.fabric.bake()
    assert bpy.ops.fabric.bake(yarns=True) == {"FINISHED"}


def test_what_is_linked_is_not_changed(played, tmp_path):
    obj, _ = played
    path, name = tmp_path / "one" / "library.blend", obj.name
    path.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    (tmp_path / "two").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "two" / "shot.blend"))
    with bpy.data.libraries.load(str(path), link=True, relative=True) as (there, wanted):
        wanted.objects = list(there.objects)
    linked = next(each for each in wanted.objects if each.name == name)
    for overridden in (False, True):
        fabric = linked.override_create() if overridden else linked
        bpy.context.collection.objects.link(fabric)
        bpy.context.view_layer.objects.active = fabric
        assert not usable()
        assert not bpy.ops.fabric.simulate.poll()
        from blender_addon.fabric.files.cache import cache_state

        assert cache_state(fabric) == "ok"


def test_not_while_it_is_simulated(played, monkeypatch):
    from blender_addon.job import tasks

    monkeypatch.setattr(tasks, "running", lambda obj, kind="": [obj])
    assert not usable()
