"""What Blender keeps of a weave."""

import bpy

from blender_addon.fabric.design.weave_text import Weave
from warp_fabric.weave import pattern


def test_a_weave_is_saved_with_the_file(blend_file):
    text = Weave.of(pattern("herringbone")).to_text()
    bpy.context.scene.fabric.weave.text = text
    bpy.context.scene.fabric.weave.view = "INTERLACEMENT"
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    assert bpy.context.scene.fabric.weave.text == text
    assert bpy.context.scene.fabric.weave.view == "INTERLACEMENT"


def test_the_largest_weave_fits_into_its_text(addon):
    text = Weave.of(pattern("twill22").repeated(2000, 2000)).to_text()
    bpy.context.scene.fabric.weave.text = text
    assert bpy.context.scene.fabric.weave.text == text
