"""The command line of an export."""

import os
from pathlib import Path

import bpy
import pytest
from pretended_task import PretendedTask
from pxr import Usd
from woven_objects import built, cached

from blender_addon.export.export_task import export_of, hindrance, run_to_export
from blender_addon.fabric.files.cache import attach_cache
from blender_addon.fabric.files.paths import cache_folder, cache_path, run_path
from blender_addon.job import tasks
from usd_export.options import Options
from warp_fabric import TrajectoryError, UsdError
from warp_fabric.checkpoint import FRAME, STATE, Checkpoint, Snapshot

PLACED = {"panel_frames"}
"""Options that are no choice of an artist: an export has all panels where they lie."""


def test_every_option_can_be_chosen(addon):
    from blender_addon.fabric.settings.export_settings import ExportSettings

    known = {each.identifier for each in ExportSettings.bl_rna.properties} - {"rna_type", "name"}
    assert known == {*Options.__dataclass_fields__} - PLACED


def test_defaults_are_the_exporters(addon):
    from blender_addon.export.export_task import arguments

    settings, defaults = bpy.context.scene.fabric.export, Options()
    purposes = dict.fromkeys(("yarn_purpose", "surface_purpose", "obstacle_purpose"), "AUTO")
    automatic = {"ply_twist": 0.0, "time_codes_per_second": 0.0, **purposes}
    for name in {*Options.__dataclass_fields__} - PLACED:
        assert getattr(settings, name) == automatic.get(name, getattr(defaults, name)), name
    said = arguments(settings, Path("run.h5"), Path("out.usdc"))
    assert said[:4] == ["export", "run.h5", "-o", "out.usdc"]
    assert "--no-sim-curves" in said
    assert not {"--ply-twist", "--yarn-purpose", "--layers"} & {*said}


@pytest.fixture
def played(blend_file):
    """A fabric that plays a run of four frames."""
    bpy.context.scene.frame_end = 4
    obj = built()
    run = cached(obj, cache_folder(obj))
    attach_cache(obj, cache_folder(obj) / "cloth.usdc", 1, 4)
    return obj, run


def play_growing(obj, frames: int) -> Path:
    path = cache_folder(obj) / "cloth.2.growing.3.usdc"
    path.write_bytes((cache_folder(obj) / "cloth.usdc").read_bytes())
    attach_cache(obj, path, 1, frames)
    return path


def keep(run, path: Path, frames: int) -> Path:
    """The first frames of a run as a checkpoint."""
    arrays = {name: getattr(run, name)[:frames] for name in FRAME}
    state = {name: array[-1] for name, array in arrays.items() if name in STATE}
    identity = {"scene": run.scene.to_toml(), "version": "1.2.3", "device": "cpu"}
    checkpoint = Checkpoint(path, identity, run.position.shape[1:3])
    checkpoint.write(Snapshot(1, state, None, run.time[:frames], arrays, []))
    return path


def test_what_cannot_be_started(addon, tmp_path):
    obj = built()
    assert hindrance(obj) == "Simulate the fabric first"
    with pytest.raises(TrajectoryError, match="Simulate the fabric first"):
        export_of(obj, tmp_path / "out.usdc")
    run_path(obj).parent.mkdir(parents=True)
    run_path(obj).touch()  # it plays nothing of it: it was put to rest, or rebuilt
    assert hindrance(obj) == "Simulate the fabric first"


def test_where_the_files_are_gone(played, tmp_path):
    obj, _ = played
    assert hindrance(obj) == ""
    assert run_to_export(obj) == run_path(obj)
    with pytest.raises(UsdError, match="no such folder"):
        export_of(obj, tmp_path / "nowhere" / "out.usdc")
    run_path(obj).unlink()
    assert "simulate again" in hindrance(obj)
    cache_path(obj).unlink()
    assert "missing" in hindrance(obj)


def test_not_while_other_frames_come(played):
    obj, _ = played
    tasks.begin(PretendedTask(obj))
    assert hindrance(obj).startswith("Wait for the end")


def test_what_plays_of_a_stopped_run_is_exported(played, tmp_path):
    obj, run = played
    path = play_growing(obj, 3)
    assert "simulate again" in hindrance(obj)
    keep(run, path.with_name("run.h5.checkpoint"), 3)
    assert bpy.ops.fabric.export_usd(filepath=str(tmp_path / "out.usdc")) == {"FINISHED"}
    stage = Usd.Stage.Open(str(tmp_path / "out.usdc"))
    assert stage.GetEndTimeCode() == 2.0
    obj.fabric.simulation.frames = 4
    with pytest.raises(TrajectoryError, match="the last 1 of the frames"):
        export_of(obj, tmp_path / "out.usdc")


def test_what_plays_of_a_failed_run_is_exported(played):
    obj, run = played
    failed = cache_folder(obj) / "run.failed.h5"
    run.save(failed)
    os.utime(failed, ns=(0, 0))
    path = play_growing(obj, 4)
    assert run_to_export(obj) is None  # it is of an earlier one
    os.utime(failed, ns=(0, path.stat().st_mtime_ns))
    assert run_to_export(obj) == failed


@pytest.mark.parametrize("name", ["cloth.usdc", "CLOTH.usda"])
def test_a_fabrics_own_file_is_not_exported_to(played, name):
    obj, _ = played
    before = cache_path(obj).read_bytes()
    with pytest.raises(RuntimeError, match="a fabric is played from this file"):
        bpy.ops.fabric.export_usd(filepath=str(cache_folder(obj) / ".." / cache_folder(obj).name / name))
    assert cache_path(obj).read_bytes() == before
