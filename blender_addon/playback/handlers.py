"""What playback does whenever Blender goes to another frame, saves a file or opens one."""

from __future__ import annotations

import bpy

from .follower import follow, release_all
from .paths import after_saving, before_saving


@bpy.app.handlers.persistent
def opened(*_) -> None:
    """Another blend file is open: its fabrics have other files."""
    release_all()
    follow(bpy.context.scene)


HANDLERS = (
    ("frame_change_post", follow),
    ("load_post", opened),
    ("save_pre", before_saving),
    ("save_post", after_saving),
    ("save_post_fail", after_saving),
)


def attach() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def detach() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    release_all()
