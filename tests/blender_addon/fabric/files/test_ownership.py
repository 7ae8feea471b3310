"""Each identity is one fabric's, whatever is copied, undone, saved or opened."""

import bpy
import pytest
from woven_objects import built, duplicated

from blender_addon.fabric.files.ownership import claim_identity, find_owners, owns_files


@pytest.mark.parametrize("name", ["A", "Z"])
def test_the_copy_gets_another_never_the_original(addon, name):
    obj = built()
    before = obj.fabric.identity
    copy = duplicated(obj)
    copy.name = name  # before and after the original's
    assert copy.fabric.identity == before
    assert owns_files(obj)
    assert not owns_files(copy)
    claim_identity(obj)
    assert obj.fabric.identity == before
    claim_identity(copy)
    other = copy.fabric.identity
    assert owns_files(copy)
    assert before != other
    claim_identity(copy)
    assert copy.fabric.identity == other


def test_where_the_original_is_gone_nobody_inherits(addon):
    obj = built()
    before = obj.fabric.identity
    copy = obj.copy()
    bpy.data.objects.remove(obj)
    assert not owns_files(copy)
    claim_identity(copy)
    assert copy.fabric.identity != before


def test_undo_and_redo(addon, blend_file):
    obj = built()
    bpy.ops.ed.undo_push()
    copy = duplicated(obj)
    names, before = (obj.name, copy.name), obj.fabric.identity
    bpy.ops.ed.undo_push()
    claim_identity(copy)
    claimed = copy.fabric.identity
    bpy.ops.ed.undo_push()
    bpy.ops.ed.undo()
    obj, copy = (bpy.data.objects[name] for name in names)
    assert (owns_files(obj), owns_files(copy), copy.fabric.identity) == (True, False, before)
    bpy.ops.ed.redo()
    obj, copy = (bpy.data.objects[name] for name in names)
    assert (owns_files(obj), owns_files(copy), copy.fabric.identity) == (True, True, claimed)


def test_a_saved_file_has_no_two_of_one_identity(blend_file):
    obj = built()
    before, name = obj.fabric.identity, obj.name
    duplicated(obj).name = "A"
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    assert bpy.data.objects[name].fabric.identity == before
    assert bpy.data.objects["A"].fabric.identity != before
    assert owns_files(bpy.data.objects[name])
    assert owns_files(bpy.data.objects["A"])


def test_in_a_recovered_file_the_one_that_is_called_so(addon, monkeypatch, tmp_path):
    from blender_addon.fabric.files import handlers

    obj = built()
    obj.copy().name = "A"
    bpy.context.collection.objects.link(bpy.data.objects["A"])
    monkeypatch.setattr(handlers, "claim_all", lambda: None)  # as Blender saves on its own, without handlers
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "quit.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "quit.blend"))
    here = {name: bpy.data.objects[name] for name in ("A", "Fabric")}
    assert here["A"].fabric.identity == here["Fabric"].fabric.identity
    assert {name: owns_files(each) for name, each in here.items()} == {"A": False, "Fabric": True}


def test_what_is_appended_is_a_copy_and_what_is_linked_has_no_files(blend_file, tmp_path):
    name = built().name
    identity = bpy.data.objects[name].fabric.identity
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for link in (False, True):
        with bpy.data.libraries.load(str(blend_file), link=link) as (_, wanted):
            wanted.objects = [name]
        (got,) = wanted.objects
        bpy.context.collection.objects.link(got)
        assert not owns_files(got)
        if not link:
            claim_identity(got)
            assert got.fabric.identity != identity


def test_switching_the_addon_off_and_on_changes_nothing(addon):
    obj = built()
    copy = obj.copy()
    copy.name = "A"
    obj.name = "Z"
    addon.unregister()
    addon.register()
    assert owns_files(obj)
    assert not owns_files(copy)
    find_owners()
    assert not owns_files(copy)
