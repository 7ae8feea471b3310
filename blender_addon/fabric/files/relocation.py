"""Files of an unsaved blend file move beside it when it is saved: they are in a folder that Blender empties, or nobody.

They are copied before it is saved, so that what is saved leads to them, and those left behind are removed afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

import bpy

from ...job import tasks
from .ownership import owns_files
from .paths import PATHS, absolute, cache_path, home_of, is_extension, relative, run_path, unsaved_home
from .shown_files import is_growing

FORGOTTEN = 90 * 86400.0
"""Seconds after which nobody asks for the files of an unsaved file any more."""

_moved: dict[Path, Path] = {}
"""While a blend file is being saved: where folders have been copied."""
_played: dict[str, str] = {}
"""Meanwhile, the paths of Blender's cache files as they were, by name."""


def move_in(blend: str) -> None:
    """Before the blend file is saved: copy the folders of its fabrics, and let all paths lead there."""
    _moved.clear()
    _played.clear()
    busy = {run_path(each.obj).parent for each in tasks.living() if each.obj is not None}
    for folder in {run_path(each).parent for each in _fabrics() if owns_files(each)} - busy if blend else ():
        if folder.is_dir() and folder.parent == unsaved_home():
            there = home_of(Path(blend)) / folder.name
            with contextlib.suppress(OSError, shutil.Error):  # there is no room: they stay where they are
                shutil.copytree(folder, there, dirs_exist_ok=True)
                _moved[folder] = there
    for file in bpy.data.cache_files:
        if not file.library and (path := _other(absolute(file.filepath), _moved)):
            _played[file.name], file.filepath = file.filepath, str(path)
    _rename(_moved)


def tell_blender(blend: str) -> None:
    """Last before it is saved: the cache files' paths are relative to it, too."""
    for name in _played:
        file = bpy.data.cache_files[name]
        # Blender itself adapts them where the blend file goes elsewhere
        file.filepath = relative(Path(file.filepath), Path(bpy.data.filepath or blend).parent)


def moved_in(blend: str) -> None:
    """After it is saved: remove what was left behind. Where a copy was saved, or nothing, all is as it was before."""
    if bpy.data.filepath and Path(bpy.data.filepath) == Path(blend):
        played = {path for each in _fabrics() if (path := cache_path(each))}
        for folder, there in _moved.items():
            if not any(
                is_growing(path) for path in played if path.parent == there
            ):  # it may be read with its clips yet
                shutil.rmtree(folder, ignore_errors=True)
    else:
        for name, text in _played.items():
            bpy.data.cache_files[name].filepath = text
        _rename({there: folder for folder, there in _moved.items()})
    _moved.clear()
    _played.clear()


def remove_forgotten() -> None:
    """Remove files from the extension's folder that nobody has asked for for long."""
    if is_extension():
        for each in unsaved_home().iterdir():
            if time.time() - each.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(each, ignore_errors=True)


def _fabrics() -> list[bpy.types.Object]:
    return [each for each in bpy.data.objects if each.fabric.built and not (each.library or each.override_library)]


def _rename(folders: dict[Path, Path]) -> None:
    """Let all paths in fabrics' settings lead to other folders."""
    for each in _fabrics() if folders else ():
        for group, name in PATHS:
            settings = getattr(each.fabric, group)
            text = getattr(settings, name)
            if text and (path := _other(absolute(text), folders)):
                setattr(settings, name, str(path))


def _other(path: Path, folders: dict[Path, Path]) -> Path | None:
    for before, after in folders.items():
        if path.is_relative_to(before):
            return Path(os.path.normpath(after / path.relative_to(before)))
    return None
