"""Removing what a growing cache has left: files that Blender was shown, once it reads others.

Where a file is gone that Blender has yet to open, it shows nothing; where one of the clips is gone that an open file
names, Blender crashes. So a file goes before its clips, and they stay where it cannot go, as it is open on Windows.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from pathlib import Path

import bpy

from .paths import CACHE, absolute, cache_path

GROWING = ".growing."
"""In the names of files that have the first frames of an unfinished run."""
FINISHED = re.compile(rf"{Path(CACHE).stem}(\.\d+)?\.usdc")
"""Names of those that have all."""


def is_growing(path: Path) -> bool:
    """Whether a cache is that of a run that has not reached its end, or had not when it was made."""
    return GROWING in path.name


def remove_shown(files: list[Path], kept: Collection[Path]) -> None:
    """Remove a file that was shown, and then its clips, but for those that others need.

    Args:
        files: The file and its clips.
        kept: What stays.
    """
    root, *clips = files
    if root in kept:
        return
    with contextlib.suppress(OSError):
        root.unlink(missing_ok=True)
        for each in clips:
            if each not in kept:
                each.unlink(missing_ok=True)


def remove_unplayed(folder: Path, needed: list[Path]) -> None:
    """Remove what earlier simulations have left in a folder, unless one of them is played somewhere.

    Args:
        folder: Of a fabric's files.
        needed: The cache that is played now, and its clips. While it is a growing one, the finished one stays, too.
    """
    played = {absolute(each.filepath, each.library) for each in bpy.data.cache_files}
    played |= {path for each in bpy.data.objects if each.fabric.built and (path := cache_path(each))}
    if any(is_growing(each) for each in played - {*needed} if each.parent == folder):
        return
    left = {each for each in folder.glob(f"{Path(CACHE).stem}.*") if each.suffix == ".usdc"} - played - {*needed}
    if is_growing(needed[0]):
        left = {each for each in left if not FINISHED.fullmatch(each.name)}
    with contextlib.suppress(OSError):
        for each in sorted(left, key=lambda each: not is_growing(each)):
            each.unlink(missing_ok=True)
