"""What a simulation notes beside its cache, so that its frames are found where the blend file tells nothing of them.

Blender may have crashed before it was saved, or an edit been undone since.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from ..design.fabric_description import MADE_AS
from .cache import Prims, attach_cache, cache_state
from .paths import made_folder, run_path

NOTE = "frames.json"


class Found(NamedTuple):
    """The cache that was played last; see `attach_cache`."""

    cache: Path
    start: int
    frames: int
    prims: Prims
    panel: str = ""


def note_frames(obj: bpy.types.Object, made: Found, *others: tuple[bpy.types.Object, Found]) -> None:
    """Note what a fabric plays from now on. Where that cannot be written, nothing is lost but this.

    Args:
        others: Fabrics that were simulated with it; what they play from its cache.
    """
    note = {"cache": made.cache.name, "start": made.start, "frames": made.frames}
    if not made.panel:
        note |= _part(obj, made)
    else:
        note["lead"], note["panels"] = made.panel, {each.panel: _part(of, each) for of, each in ((obj, made), *others)}
    with contextlib.suppress(OSError):
        made.cache.with_name(NOTE).write_text(json.dumps(note), encoding="utf-8")
        for of, each in others:
            pointer = {"beside": os.path.relpath(made.cache.parent, made_folder(of)), "panel": each.panel}
            (made_folder(of) / NOTE).write_text(json.dumps(pointer), encoding="utf-8")


def _part(obj: bpy.types.Object, made: Found) -> dict[str, Any]:
    return {"made_as": obj.get(MADE_AS), "prims": [[*key, prim] for key, prim in made.prims.items()]}


def found_frames(obj: bpy.types.Object) -> Found | None:
    """The last cache of a fabric as it is built now, whether or not it is played. Cheap, for use while drawing."""
    folder, panel = run_path(obj).parent, obj.fabric.simulation.panel
    try:
        note = _noted(folder)
        if "beside" in note:  # it was simulated with another fabric, and put to rest since
            folder, panel = Path(os.path.normpath(folder / note["beside"])), note["panel"]
            note = _noted(folder)
        part = note["panels"][panel or note["lead"]] if "panels" in note else note
        prims = {(direction, int(yarn)): prim for direction, yarn, prim in part["prims"]}
        panel = panel or note.get("lead", "")
        found = Found(folder / note["cache"], int(note["start"]), int(note["frames"]), prims, panel)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if part.get("made_as") == obj.get(MADE_AS) and found.cache.is_file() else None


def _noted(folder: Path) -> dict[str, Any]:
    return json.loads((folder / NOTE).read_text(encoding="utf-8"))


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
