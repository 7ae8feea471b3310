"""The Export panel in every state, and the entry in File > Export."""

from types import SimpleNamespace

import bpy
import pytest
from drawn_panel import RecordedLayout, drawn
from woven_objects import built, cached


def test_every_state(addon, tmp_path):
    assert "fabric.export_usd" not in drawn("FABRIC_PT_export").said
    obj = built()
    said = " ".join(drawn("FABRIC_PT_export").said)
    assert "fabric.export_usd" in said
    assert "Simulate the fabric first" in said
    assert "ply_twist" not in said
    obj.fabric.export.plies = 3
    assert "ply_twist" in drawn("FABRIC_PT_export").said
    from blender_addon.fabric.files.cache import attach_cache
    from blender_addon.fabric.files.paths import cache_folder

    bpy.context.scene.frame_end = 4
    cached(obj, cache_folder(obj))
    attach_cache(obj, cache_folder(obj) / "cloth.usdc", 1, 4)
    bpy.ops.fabric.export_usd(filepath=str(tmp_path / "out.usdc"))
    assert "Exported out.usdc" in drawn("FABRIC_PT_export").said
    obj.fabric.export.yarns = obj.fabric.export.surface = False
    with pytest.raises(RuntimeError, match="are both off"):
        bpy.ops.fabric.export_usd(filepath=str(tmp_path / "out.usdc"))
    assert "are both off" in " ".join(drawn("FABRIC_PT_export").said)


def test_the_menu(addon):
    from blender_addon.export.export_panel import draw_menu

    layout = RecordedLayout()
    draw_menu(SimpleNamespace(layout=layout), bpy.context)
    assert layout.said == ["fabric.export_usd"]


def test_of_several_that_were_simulated_together(addon):
    obj = built()
    assert "together" not in " ".join(drawn("FABRIC_PT_export").said)
    obj.fabric.simulation.panel = "Fabric"
    assert "Writes all fabrics that were simulated together" in " ".join(drawn("FABRIC_PT_export").said)
