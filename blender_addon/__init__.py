"""Blender add-on: author a weave, build the cloth, simulate it, fit it to what was observed, export USD.

Each panel has a folder with its operators, listed in its `CLASSES`. No panel knows another: what they share is what a
fabric is (`fabric`), and commands in processes of their own (`job`), in which simulating, fitting and exporting run.
Blender's process imports neither Warp, h5py nor pxr.
"""

from __future__ import annotations

import atexit

import bpy

from . import cloth, export, fabric, fit, job, job_operator, playback, simulate, weave, yarn
from .fabric.settings import FabricSettings

TOPICS = (fabric, job, job_operator, weave, yarn, cloth, playback, simulate, fit, export)
"""What panels stand on, and then the panels in their order."""


def _classes() -> list[type]:
    return [each for topic in TOPICS for each in getattr(topic, "CLASSES", ())]


def register() -> None:
    """Make the add-on's classes, settings and handlers known to Blender, if they are not yet."""
    if FabricSettings.is_registered:
        return
    for each in _classes():
        bpy.utils.register_class(each)
    for topic in TOPICS:
        if hasattr(topic, "attach"):
            topic.attach()
    if not bpy.app.binary_path:  # Blender as a Python module never ends while a handler is left
        atexit.register(unregister)


def unregister() -> None:
    """Leave nothing behind: stops jobs, frees previews, removes handlers and settings."""
    if not FabricSettings.is_registered:
        return
    atexit.unregister(unregister)
    for topic in reversed(TOPICS):
        if hasattr(topic, "detach"):
            topic.detach()
    for each in reversed(_classes()):
        bpy.utils.unregister_class(each)
