"""What playback does whenever Blender goes to another frame, saves a file or opens one."""

from __future__ import annotations

import contextlib

import bpy

from .follower import follow, release_all
from .found_frames import mend
from .ownership import find_owners, forget_owners
from .paths import after_saving, before_saving


@bpy.app.handlers.persistent
def opened(*_) -> None:
    """Another blend file is open: its fabrics have other files."""
    release_all()
    forget_owners()
    find_owners()
    mend()
    follow(bpy.context.scene)


HANDLERS = (
    ("frame_change_post", follow),
    ("load_post", opened),
    ("save_pre", before_saving),
    ("save_post", after_saving),
    ("save_post_fail", after_saving),
    ("undo_post", mend),
    ("redo_post", mend),
)


def attach() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)
    if hasattr(bpy.data, "objects"):  # not while Blender itself starts up
        find_owners()


def detach() -> None:
    for name, handler in HANDLERS:
        with contextlib.suppress(ValueError):  # a script has cleared the list
            getattr(bpy.app.handlers, name).remove(handler)
    release_all()
