"""Finished frames are found where the blend file tells nothing of them."""

import bpy
import pytest
from woven_objects import built, cached, seen

from blender_addon.fabric.files.cache import attach_cache, cache_state, detach_cache, prims_of
from blender_addon.fabric.files.found_frames import NOTE, Found, found_frames, note_frames, show_found
from blender_addon.fabric.files.paths import cache_folder, cache_path


@pytest.fixture
def made(blend_file):
    """A fabric with a finished cache, which is not played, and its run."""
    bpy.context.scene.frame_end = 4
    obj = built()
    run = cached(obj, cache_folder(obj))
    note_frames(obj, Found(cache_folder(obj) / "cloth.usdc", 11, 4, prims_of(obj, run.scene.build())))
    return obj, run


def test_they_are_found_and_shown(made):
    obj, run = made
    found = found_frames(obj)
    assert (found.start, found.frames) == (11, 4)
    show_found(obj, found)
    bpy.context.scene.frame_set(13)
    assert seen(obj) == pytest.approx(run.position[2].reshape(-1, 3), rel=1e-6, abs=1e-9)


def test_not_of_another_fabric(made):
    obj, _ = made
    copy = obj.copy()
    assert found_frames(copy) is None
    obj.fabric.cloth.ends += 1
    bpy.ops.fabric.rebuild()
    assert found_frames(obj) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"prims": 3}', '{"prims": [], "cache": "gone.usdc", "start": 1, "frames": 2}']
)
def test_a_damaged_note(made, text):
    obj, _ = made
    (cache_folder(obj) / NOTE).write_text(text)
    assert found_frames(obj) is None


def test_a_cache_that_was_removed_for_the_finished_one(made, blend_file):
    obj, run = made
    folder = cache_folder(obj)
    growing = folder / "cloth.growing.3.usdc"
    growing.write_bytes((folder / "cloth.usdc").read_bytes())
    attach_cache(obj, growing, 11, 2)
    bpy.ops.wm.save_mainfile()
    growing.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    obj = bpy.context.object
    assert (cache_path(obj), cache_state(obj), obj.fabric.simulation.frames) == (folder / "cloth.usdc", "ok", 4)
    bpy.context.scene.frame_set(14)
    assert seen(obj) == pytest.approx(run.position[3].reshape(-1, 3), rel=1e-6, abs=1e-9)
    (folder / "cloth.usdc").unlink()  # a finished one is missing: that is said
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    assert cache_state(bpy.context.object) == "missing"


def test_it_is_so_after_an_undo(made):
    obj, _ = made
    name, folder = obj.name, cache_folder(obj)
    growing = folder / "cloth.growing.3.usdc"
    growing.write_bytes((folder / "cloth.usdc").read_bytes())
    attach_cache(obj, growing, 11, 2)
    bpy.ops.ed.undo_push()
    show_found(obj, found_frames(obj))
    bpy.ops.ed.undo_push()
    growing.unlink()
    bpy.ops.ed.undo()
    obj = bpy.data.objects[name]
    assert (cache_path(obj), obj.fabric.simulation.frames) == (folder / "cloth.usdc", 4)


def test_put_to_rest_they_can_be_shown_again(made):
    obj, _ = made
    show_found(obj, found_frames(obj))
    detach_cache(obj)
    assert found_frames(obj) is not None
