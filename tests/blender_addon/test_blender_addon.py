"""The add-on comes and goes without a trace, as often as one likes."""

import bpy
import pytest
from traces import left_behind

import blender_addon


@pytest.mark.parametrize("times", [1, 2])
def test_it_comes_and_goes(times):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for _ in range(times):
        blender_addon.register()
        assert {"Scene.fabric", "Object.fabric", "class FabricSettings", "handler load_post"} <= {*left_behind()}
        blender_addon.unregister()
        assert left_behind() == []


def test_once_more_or_once_less_does_no_harm(addon):
    blender_addon.register()
    for each in (bpy.app.handlers.load_pre, bpy.app.handlers.load_post):  # as some scripts do
        kept = [handler for handler in each if not handler.__module__.startswith("blender_addon")]
        each.clear()
        each.extend(kept)
    blender_addon.unregister()
    assert left_behind() == []
    blender_addon.unregister()
    blender_addon.register()


def test_every_file_has_yarns(addon, blend_file):
    assert [yarn.name for yarn in bpy.context.scene.fabric.yarns] == ["ends", "picks"]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert len(bpy.context.scene.fabric.yarns) == 2
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    assert len(bpy.context.scene.fabric.yarns) == 2
