"""Where a fabric's files lie."""

import os
from pathlib import Path

import bpy
import pytest
from woven_objects import built


def test_beside_the_blend_file(blend_file):
    from blender_addon.fabric.files.paths import cache_folder

    obj = built()
    assert cache_folder(obj) == blend_file.with_name("my cloth_fabric") / obj.fabric.identity


def test_while_the_blend_file_is_unsaved(addon):
    from blender_addon.fabric.files.paths import cache_folder, stored

    obj = built()
    assert cache_folder(obj).is_relative_to(bpy.app.tempdir)
    assert stored(Path("/there/cloth.usdc")) == str(Path("/there/cloth.usdc"))


def test_of_an_extension_in_the_users_folder(addon, monkeypatch, tmp_path):
    from blender_addon.fabric.files import paths

    assert addon.__name__ == paths._PACKAGE
    monkeypatch.setattr(paths, "_PACKAGE", "bl_ext.user_default.fabric")
    monkeypatch.setattr(bpy.utils, "extension_path_user", lambda package, path, create: str(tmp_path / package / path))
    obj = built()
    assert paths.cache_folder(obj) == tmp_path / "bl_ext.user_default.fabric" / "cache" / obj.fabric.identity


def test_a_copy_has_files_of_its_own(addon):
    from blender_addon.fabric.files.paths import cache_folder

    obj = built()
    before = cache_folder(obj)
    copy = obj.copy()
    assert copy.fabric.identity == obj.fabric.identity
    assert cache_folder(copy) != before
    assert cache_folder(obj) == before
    assert cache_folder(copy) == cache_folder(copy)


def test_relative_to_the_blend_file(blend_file):
    from blender_addon.fabric.files.paths import stored

    path = blend_file.parent / "a ü" / "cloth.usdc"
    assert stored(path).replace("\\", "/") == "//a ü/cloth.usdc"


def test_the_run_lies_beside_the_cache(blend_file):
    from blender_addon.fabric.files.paths import cache_folder, cache_path, run_path

    obj = built()
    assert cache_path(obj) is None
    assert run_path(obj) == cache_folder(obj) / "run.h5"
    obj.fabric.simulation.cache = "//else where/cloth.usdc"
    assert cache_path(obj) == blend_file.parent / "else where" / "cloth.usdc"
    assert run_path(obj) == blend_file.parent / "else where" / "run.h5"


@pytest.mark.parametrize("copy", [False, True])
def test_paths_move_along_when_saved_elsewhere(blend_file, copy):
    from blender_addon.fabric.files.paths import cache_path

    obj = built()
    obj.fabric.simulation.cache = "//there/cloth.usdc"
    fit = obj.fabric.fit
    fit.folder, fit.path = "//there/fit", "//target.h5"
    (blend_file.parent / "sub").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(blend_file.parent / "sub" / "b.blend"), copy=copy)
    assert cache_path(obj) == blend_file.parent / "there" / "cloth.usdc"
    for text, end in ((fit.folder, "there/fit"), (fit.path, "target.h5")):
        assert Path(os.path.normpath(bpy.path.abspath(text))) == blend_file.parent / end
