"""What follows Blender's own changes comes and goes with the add-on."""

import bpy

import blender_addon

FOLLOWERS = {"engine", "group_names", "whole_fabric"}


def ours():
    menu = getattr(bpy.types.VIEW3D_MT_object_context_menu.draw, "_draw_funcs", ())
    called = (*bpy.app.handlers.load_post, *bpy.app.handlers.render_init, *menu)
    return {each.__module__.rpartition(".")[2] for each in called} & FOLLOWERS


def test_all_are_there_and_go(addon):
    assert ours() == FOLLOWERS
    blender_addon.unregister()
    assert not ours()
    blender_addon.register()
    assert ours() == FOLLOWERS
