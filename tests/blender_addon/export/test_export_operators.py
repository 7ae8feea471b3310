"""The operator that exports: what it writes is what the public API writes."""

import bpy
import pytest
from pxr import Sdf
from woven_objects import built, cached

import usd_export

OPTIONS = {
    "samples_per_crossing": 3,
    "plies": 2,
    "ply_twist": 200.0,
    "surface_purpose": "guide",
    "velocities": False,
    "sim_curves": True,
    "unit": "cm",
    "up_axis": "Y",
    "time_codes_per_second": 48.0,
}


@pytest.fixture
def simulated(addon):
    from blender_addon.fabric.files.cache import attach_cache
    from blender_addon.fabric.files.paths import cache_folder

    bpy.context.scene.frame_end = 4
    obj = built(ends=6, picks=5)
    run = cached(obj, cache_folder(obj))
    attach_cache(obj, cache_folder(obj) / "cloth.usdc", 1, 4)
    return obj, run


def text(path) -> str:
    return Sdf.Layer.OpenAsAnonymous(str(path)).ExportToString()


@pytest.mark.parametrize(
    "options", [{}, OPTIONS, {"layers": True, "materials": False}], ids=["as is", "many", "layers"]
)
def test_as_the_public_api(simulated, options, tmp_path):
    obj, _ = simulated
    for name, value in options.items():
        setattr(obj.fabric.export, name, value)
    (tmp_path / "one ü").mkdir()
    (tmp_path / "two").mkdir()
    path = tmp_path / "one ü" / "out.usdc"
    assert bpy.ops.fabric.export_usd(filepath=str(path)) == {"FINISHED"}
    from blender_addon.fabric.files.paths import run_path

    usd_export.export(run_path(obj), tmp_path / "two" / "out.usdc", **options)
    assert text(path) == text(tmp_path / "two" / "out.usdc")
    assert sorted(each.name for each in path.parent.iterdir()) == sorted(
        each.name for each in (tmp_path / "two").iterdir()
    )


def test_a_name_without_a_suffix(simulated, tmp_path):
    bpy.ops.fabric.export_usd(filepath=str(tmp_path / "cloth 1.5"))
    assert (tmp_path / "cloth 1.5.usdc").is_file()


def test_a_path_from_where_blender_is(simulated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert bpy.ops.fabric.export_usd(filepath="out.usdc") == {"FINISHED"}
    assert (tmp_path / "out.usdc").is_file()


@pytest.mark.parametrize("path", ["", "//", "{folder}", "{folder}/"])
def test_no_file_is_named(simulated, path, tmp_path):
    with pytest.raises(RuntimeError, match="no file is named"):
        bpy.ops.fabric.export_usd(filepath=path.format(folder=tmp_path))


def test_impossible_options_are_reported(simulated, tmp_path):
    obj, _ = simulated
    obj.fabric.export.layers, obj.fabric.export.clips = True, 2
    with pytest.raises(RuntimeError, match="exclude each other"):
        bpy.ops.fabric.export_usd(filepath=str(tmp_path / "out.usdc"))
    assert not (tmp_path / "out.usdc").exists()


def test_a_folder_that_is_not_there(simulated, tmp_path):
    with pytest.raises(RuntimeError, match="no such folder"):
        bpy.ops.fabric.export_usd(filepath=str(tmp_path / "nowhere" / "out.usdc"))


def test_nothing_to_export(addon):
    assert not bpy.ops.fabric.export_usd.poll()
    built()
    assert not bpy.ops.fabric.export_usd.poll()
