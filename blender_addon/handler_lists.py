"""Blender's lists of handlers, which any script may have changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import bpy


def add_handler(name: str, handler: Callable) -> None:
    """Have Blender call a handler when the event of a list of `bpy.app.handlers` happens."""
    getattr(bpy.app.handlers, name).append(handler)


def remove_handler(name: str, handler: Callable) -> None:
    """Have it not called any more; nothing happens where a script has removed it already."""
    with contextlib.suppress(ValueError):
        getattr(bpy.app.handlers, name).remove(handler)
