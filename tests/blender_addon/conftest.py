"""Blender for the add-on's tests: empty and fresh for each, and nothing of the add-on left in it afterwards.

Where bpy is not installed, these tests are not collected.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("bpy") else ["*"]

# Presets and preferences of whoever runs the tests are none of their business. Read when bpy is first imported.
_USER_FOLDER = tempfile.TemporaryDirectory(prefix="blender-user-", ignore_cleanup_errors=True)
os.environ["BLENDER_USER_RESOURCES"] = _USER_FOLDER.name


@pytest.fixture
def addon(monkeypatch) -> Iterator[ModuleType]:
    """The add-on, registered in an empty Blender."""
    import bpy
    from traces import left_behind

    import blender_addon
    from blender_addon.fabric.files import follower

    monkeypatch.setattr(follower, "PATIENCE", 300.0)  # a busy machine is no fault
    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    try:
        yield blender_addon
    finally:
        blender_addon.unregister()
        bpy.ops.wm.read_factory_settings(use_empty=True)
    assert not left_behind()


@pytest.fixture
def blend_file(addon: ModuleType, tmp_path: Path) -> Path:
    """A saved blend file, open in Blender, in a folder of its own with a difficult name."""
    import bpy

    path = tmp_path / "Röcke für morgen" / "my cloth.blend"
    path.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path
