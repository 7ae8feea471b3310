"""Fabrics follow the scene's render engine: when it is chosen, also by undoing, in opened files, before each render."""

from __future__ import annotations

import bpy

from ..handler_lists import add_handler, remove_handler
from .tubes import follow_engine

_owner = object()
"""Of the subscription to the engine's changes."""
UNDOING = ("undo_post", "redo_post")
"""An undo step holds the fabrics as they were before they were told of its engine."""


@bpy.app.handlers.persistent
def _chosen(*_) -> None:
    for scene in bpy.data.scenes:
        follow_engine(scene)


@bpy.app.handlers.persistent
def _opened(*_) -> None:
    _subscribe()  # opening a file ends subscriptions
    _chosen()


@bpy.app.handlers.persistent
def _renders(scene: bpy.types.Scene, *_) -> None:
    """For scripts, which are not told of changes before they end; and for a fabric that is in several scenes."""
    follow_engine(scene)


def _subscribe() -> None:
    bpy.msgbus.subscribe_rna(key=(bpy.types.RenderSettings, "engine"), owner=_owner, args=(), notify=_chosen)


def attach() -> None:
    add_handler("load_post", _opened)
    add_handler("render_init", _renders)
    for name in UNDOING:
        add_handler(name, _chosen)
    _subscribe()


def detach() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    for name in UNDOING:
        remove_handler(name, _chosen)
    remove_handler("render_init", _renders)
    remove_handler("load_post", _opened)
