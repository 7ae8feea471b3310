"""What follows Blender's own changes comes and goes with the add-on."""

import bpy

import blender_addon

FOLLOWERS = {"fabric_settings", "tubes", "vertex_groups", "handlers"}


def ours():
    called = (*bpy.app.handlers.load_post, *bpy.app.handlers.render_init)
    return {each.__module__.rpartition(".")[2] for each in called if each.__module__.startswith("blender_addon.fabric")}


def test_all_are_there_and_go(addon):
    assert ours() == FOLLOWERS
    blender_addon.unregister()
    assert not ours()
    blender_addon.register()
    assert ours() == FOLLOWERS
