"""The command line of an export."""

from pathlib import Path

import bpy
import pytest

from usd_export.options import Options
from warp_fabric import TrajectoryError, UsdError


def test_every_option_can_be_chosen(addon):
    from blender_addon.export.export_settings import ExportSettings

    known = {each.identifier for each in ExportSettings.bl_rna.properties} - {"rna_type", "name"}
    assert known == {*Options.__dataclass_fields__}


def test_defaults_are_the_exporters(addon):
    from blender_addon.export.export_task import arguments

    settings, defaults = bpy.context.scene.fabric.export, Options()
    automatic = {"ply_twist": 0.0, "time_codes_per_second": 0.0, "yarn_purpose": "AUTO", "surface_purpose": "AUTO"}
    for name in Options.__dataclass_fields__:
        assert getattr(settings, name) == automatic.get(name, getattr(defaults, name)), name
    said = arguments(settings, Path("run.h5"), Path("out.usdc"))
    assert said[:4] == ["export", "run.h5", "-o", "out.usdc"]
    assert "--no-sim-curves" in said
    assert not {"--ply-twist", "--yarn-purpose", "--layers"} & {*said}


def test_what_cannot_be_started(addon, tmp_path):
    from blender_addon.export.export_task import export_of
    from blender_addon.playback.paths import run_path

    assert bpy.ops.fabric.build() == {"FINISHED"}
    obj = bpy.context.object
    with pytest.raises(TrajectoryError, match="press Simulate"):
        export_of(obj, tmp_path / "out.usdc")
    run_path(obj).parent.mkdir(parents=True)
    run_path(obj).touch()
    with pytest.raises(UsdError, match="no such folder"):
        export_of(obj, tmp_path / "nowhere" / "out.usdc")
