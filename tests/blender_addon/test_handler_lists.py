"""Handlers come and go, whatever other scripts have done to the lists."""

import bpy

from blender_addon.handler_lists import add_handler, remove_handler


def test_they_come_and_go():
    def handler(*_) -> None:
        pass

    add_handler("load_post", handler)
    assert bpy.app.handlers.load_post[-1] is handler
    remove_handler("load_post", handler)
    assert handler not in bpy.app.handlers.load_post
    remove_handler("load_post", handler)
