"""What playback does whenever Blender goes to another frame, saves a file or opens one."""

from __future__ import annotations

import bpy

from ...handler_lists import add_handler, remove_handler
from .follower import follow, release_all
from .found_frames import mend
from .ownership import claim_all, find_owners, forget_owners
from .paths import after_saving, before_saving
from .relocation import move_in, moved_in, remove_forgotten, tell_blender


@bpy.app.handlers.persistent
def opened(*_) -> None:
    """Another blend file is open: its fabrics have other files."""
    release_all()
    forget_owners()
    find_owners()
    mend()
    follow(bpy.context.scene)


@bpy.app.handlers.persistent
def saving(blend: str, *_) -> None:
    """The blend file is about to be saved there."""
    claim_all()
    move_in(blend)
    before_saving(blend)
    tell_blender(blend)


@bpy.app.handlers.persistent
def saved(blend: str, *_) -> None:
    """It has been saved, or could not be."""
    after_saving()
    moved_in(blend)


HANDLERS = (
    ("frame_change_post", follow),
    ("load_post", opened),
    ("save_pre", saving),
    ("save_post", saved),
    ("save_post_fail", saved),
    ("undo_post", mend),
    ("redo_post", mend),
)


def attach() -> None:
    for name, handler in HANDLERS:
        add_handler(name, handler)
    if hasattr(bpy.data, "objects"):  # not while Blender itself starts up
        find_owners()
    remove_forgotten()


def detach() -> None:
    for name, handler in HANDLERS:
        remove_handler(name, handler)
    release_all()
