"""Blender add-on: author a weave, build the cloth, simulate it, fit it to what was observed, export USD.

Each folder is one topic: its settings, operators and panels, listed in its `CLASSES`. Simulating, fitting and
exporting run in a process of their own (`job`); Blender's process imports neither Warp, h5py nor pxr.
"""

from __future__ import annotations

import atexit

import bpy

from . import cloth, export, fit, job, playback, settings, simulate, weave, yarn

TOPICS = (weave, yarn, cloth, playback, job, simulate, fit, export)
"""In the order of their panels. `settings` joins their property groups, so its classes come after theirs."""


def _classes() -> list[type]:
    groups = [each for topic in TOPICS for each in topic.CLASSES if issubclass(each, bpy.types.PropertyGroup)]
    others = [each for topic in TOPICS for each in topic.CLASSES if each not in groups]
    return [*groups, *settings.CLASSES, *others]


def register() -> None:
    """Make the add-on's classes, settings and handlers known to Blender, if they are not yet."""
    if settings.FabricSettings.is_registered:
        return
    for each in _classes():
        bpy.utils.register_class(each)
    settings.attach()
    for topic in TOPICS:
        if hasattr(topic, "attach"):
            topic.attach()
    if not bpy.app.binary_path:  # Blender as a Python module never ends while a handler is left
        atexit.register(unregister)


def unregister() -> None:
    """Leave nothing behind: stops jobs, frees previews, removes handlers and settings."""
    if not settings.FabricSettings.is_registered:
        return
    atexit.unregister(unregister)
    for topic in reversed(TOPICS):
        if hasattr(topic, "detach"):
            topic.detach()
    settings.detach()
    for each in reversed(_classes()):
        bpy.utils.unregister_class(each)
