"""What a simulation notes beside its cache, so that its frames are found where the blend file tells nothing of them.

Blender may have crashed before it was saved, or an edit been undone since.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import NamedTuple

import bpy

from ..design.fabric_description import MADE_AS
from .cache import Prims, attach_cache, cache_state
from .paths import run_path

NOTE = "frames.json"


class Found(NamedTuple):
    """The cache that was played last; see `attach_cache`."""

    cache: Path
    start: int
    frames: int
    prims: Prims


def note_frames(obj: bpy.types.Object, made: Found) -> None:
    """Note what a fabric plays from now on. Where that cannot be written, nothing is lost but this."""
    note = {"cache": made.cache.name, "start": made.start, "frames": made.frames, "made_as": obj.get(MADE_AS)}
    note["prims"] = [[*key, prim] for key, prim in made.prims.items()]
    with contextlib.suppress(OSError):
        made.cache.with_name(NOTE).write_text(json.dumps(note), encoding="utf-8")


def found_frames(obj: bpy.types.Object) -> Found | None:
    """The last cache of a fabric as it is built now, whether or not it is played. Cheap, for use while drawing."""
    try:
        note = json.loads(run_path(obj).with_name(NOTE).read_text(encoding="utf-8"))
        prims = {(direction, int(yarn)): prim for direction, yarn, prim in note["prims"]}
        found = Found(run_path(obj).with_name(note["cache"]), int(note["start"]), int(note["frames"]), prims)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if note.get("made_as") == obj.get(MADE_AS) and found.cache.is_file() else None


def show_found(obj: bpy.types.Object, found: Found) -> bool:
    """Play what was found; see `attach_cache`."""
    return attach_cache(obj, *found)


@bpy.app.handlers.persistent
def mend(*_) -> None:
    """Play the last cache where a fabric should play an earlier one of the same folder that was removed for it.

    So it is where the blend file was saved, or an undo step taken, while a simulation ran.
    """
    for each in bpy.data.objects:
        if each.fabric.built and not each.library and cache_state(each) == "missing":
            found = found_frames(each)
            if found is not None:
                show_found(each, found)
