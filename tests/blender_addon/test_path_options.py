"""Options of path properties in the Blender at hand."""

import bpy


def test_blender_knows_the_options_and_has_them(addon):
    from blender_addon.path_options import RELATIVE

    known = bpy.app.version >= (4, 5)
    assert bool(RELATIVE) is known
    cache = bpy.context.scene.fabric.simulation.bl_rna.properties["cache"]
    assert cache.subtype == "FILE_PATH"
    if known:
        assert cache.is_path_supports_blend_relative
