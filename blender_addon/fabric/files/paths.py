"""Where a fabric's files lie: in a folder beside the blend file, or in a folder of the user's while that is unsaved."""

from __future__ import annotations

import os
from pathlib import Path

import bpy

from warp_fabric import TrajectoryError

from .ownership import claim_identity, owns_files

CACHE = "cloth.usdc"
RUN = "run.h5"
SCENE = "scene.toml"
CHECKPOINT = f"{RUN}.checkpoint"
"""Beside the run: what is left of one that was stopped."""
OBSTACLES = "obstacles"
"""The folder of the meshes that the cloth touches."""
FAILED = "run.failed.h5"
"""Beside the run: what is left of one that failed."""

UNCLAIMED = "copy"
"""In place of the identity of a copy that has none of its own yet: no such folder is ever made."""

PATHS = (("simulation", "cache"), ("fit", "folder"), ("fit", "path"))
"""Settings of a fabric that are paths: group and name."""

_PACKAGE = __name__.rpartition(".fabric.")[0]


def cache_folder(obj: bpy.types.Object) -> Path:
    """The folder for a fabric's new files, which need not exist yet. Not for use while drawing.

    It is `//<blend file>_fabric/<identity>`. A copy of a fabric gets an identity of its own here (see `ownership`), so
    that two fabrics never write to the same files.
    """
    claim_identity(obj)
    return _folder(obj)


def made_folder(obj: bpy.types.Object) -> Path:
    """The folder of a fabric's files, made where it is not there yet.

    Raises:
        TrajectoryError: where it cannot be made.
    """
    folder = cache_folder(obj)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what, fix = f"the folder for the simulation cannot be made: {error.strerror}", "save the blend file elsewhere"
        raise TrajectoryError(what, where=str(folder), fix=fix) from error
    return folder


def cache_path(obj: bpy.types.Object) -> Path | None:
    """The file that a fabric is played from, whether or not it exists; None where there is none."""
    files = [each.cache_file for each in obj.modifiers if each.type == "MESH_SEQUENCE_CACHE" and each.cache_file]
    if files:  # Blender keeps its path right when the blend file is saved elsewhere, but no other
        return absolute(files[0].filepath, files[0].library)
    override, text = obj.override_library, obj.fabric.simulation.cache
    return absolute(text, override.reference.library if override else obj.library) if text else None


def run_path(obj: bpy.types.Object) -> Path:
    """The trajectory file of a fabric's last run, beside its cache; where it would lie if there was none yet."""
    cache = cache_path(obj)
    return (cache.parent if cache else _folder(obj)) / RUN


def checkpoint_mark(obj: bpy.types.Object) -> str:
    """What tells the checkpoint that a fabric's last run left from later ones; empty where there is none."""
    try:
        return str(run_path(obj).with_name(CHECKPOINT).stat().st_mtime_ns)
    except OSError:
        return ""


def absolute(text: str, library: bpy.types.Library | None = None) -> Path:
    """Where a path leads that a blend file, or the library that it links, keeps relative to itself."""
    return Path(os.path.normpath(bpy.path.abspath(text, library=library)))


def stored(path: Path) -> str:
    """A path as the blend file keeps it: relative to it where that is possible."""
    return relative(path, Path(bpy.data.filepath).parent) if bpy.data.filepath else str(path)


_before: dict[tuple[str, str, str], Path] = {}
"""While a blend file is being saved: where paths lead, by object, group of settings and name."""


def before_saving(blend: str) -> None:
    """Before the blend file is saved, maybe elsewhere: paths relative to it still lead to the same files there.

    Those of files in its own folder are relative from now on.
    """
    _before.clear()
    for each in bpy.data.objects if blend else ():
        for group, name in PATHS if each.fabric.built and each.library is None else ():
            settings = getattr(each.fabric, group)
            text = getattr(settings, name)
            path = (name == "cache" and cache_path(each)) or absolute(text)
            if text.startswith("//") or (text and path.is_relative_to(home_of(Path(blend)))):
                _before[each.name, group, name] = path
                setattr(settings, name, relative(path, Path(blend).parent))


def after_saving() -> None:
    """Here as well, where a copy has been saved elsewhere."""
    for (each, group, name), path in _before.items():
        setattr(getattr(bpy.data.objects[each].fabric, group), name, stored(path))
    _before.clear()


def home_of(blend: Path) -> Path:
    """The folder that holds those of a saved blend file's fabrics."""
    return blend.with_name(f"{blend.stem}_fabric")


def unsaved_home() -> Path:
    """The folder that holds those of fabrics whose blend file is not saved yet."""
    if is_extension():
        return Path(bpy.utils.extension_path_user(_PACKAGE, path="cache", create=True))
    return Path(bpy.app.tempdir) / "fabric"


def is_extension() -> bool:
    """Whether this runs as an extension, which has a folder of the user's."""
    return _PACKAGE.startswith("bl_ext.")


def _folder(obj: bpy.types.Object) -> Path:
    home = home_of(Path(bpy.data.filepath)) if bpy.data.filepath else unsaved_home()
    return home / (obj.fabric.identity if owns_files(obj) else UNCLAIMED)


def relative(path: Path, start: Path) -> str:
    """A path as a blend file in a folder keeps it."""
    try:
        return bpy.path.relpath(str(path), start=str(start))
    except ValueError:  # on another drive
        return str(path)
