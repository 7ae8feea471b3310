"""Settings of the next fabric and of built ones."""

import bpy
import pytest
from drawn_panel import drawn
from woven_objects import built

from warp_fabric.weave import pattern


def test_every_scene_has_yarns_to_begin_with(addon):
    assert [each.name for each in bpy.context.scene.fabric.yarns] == ["ends", "picks"]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert len(bpy.context.scene.fabric.yarns) == 2


def test_a_scene_made_later_can_be_woven_in(addon):
    bpy.ops.scene.new(type="EMPTY")
    assert bpy.ops.fabric.build() == {"FINISHED"}
    assert len(bpy.context.object.fabric.yarns) == 2


def test_a_built_fabric_has_settings_of_its_own(addon):
    from blender_addon.fabric.design.weave_text import Weave

    settings = bpy.context.scene.fabric
    settings.weave.text = Weave.of(pattern("twill22")).to_text()
    settings.yarns[0].color, settings.cloth.friction = (0.25, 0.5, 0.75), 0.25
    target = bpy.data.objects.new("target", None)
    settings.cloth.pins.add().target = target
    obj = built()
    settings.yarns[0].color, settings.weave.text = (1.0, 1.0, 1.0), ""
    settings.yarns.remove(1)
    assert tuple(obj.fabric.yarns[0].color) == (0.25, 0.5, 0.75)
    assert len(obj.fabric.yarns) == 2
    assert Weave.from_text(obj.fabric.weave.text).draft.name == "twill22"
    assert obj.fabric.cloth.pins[0].target == target
    assert obj.fabric.cloth.friction == 0.25


def test_a_scene_without_yarns_gets_some_when_it_is_woven_in(addon):
    with bpy.context.temp_override(scene=bpy.data.scenes.new("Made by a script")):
        assert bpy.ops.fabric.build() == {"FINISHED"}
        assert len(bpy.context.scene.fabric.yarns) == 2


@pytest.mark.parametrize("panel", ["FABRIC_PT_weave", "FABRIC_PT_yarns"])
def test_a_new_scene_has_yarns_soon_after_its_panels_are_drawn(addon, panel):
    from blender_addon.fabric.settings.fabric_settings import _give_missing

    drawn(panel)
    assert not bpy.app.timers.is_registered(_give_missing)
    bpy.ops.scene.new(type="NEW")
    drawn(panel)
    drawn(panel)
    assert bpy.app.timers.is_registered(_give_missing)
    _give_missing()  # timers do not run here
    assert len(bpy.context.scene.fabric.yarns) == 2
