"""Handlers stay when another file is opened, and go with the add-on."""

import bpy


def test_they_stay_and_go(addon):
    from blender_addon.fabric.files.handlers import HANDLERS

    bpy.ops.wm.read_factory_settings(use_empty=True)
    for name, handler in HANDLERS:
        assert handler in getattr(bpy.app.handlers, name)
    addon.unregister()
    for name, handler in HANDLERS:
        assert handler not in getattr(bpy.app.handlers, name)
    addon.register()
