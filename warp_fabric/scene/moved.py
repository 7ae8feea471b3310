"""Files that a scene names, after it was moved with them: where they are, and whether the scene is the same."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene


def names_files(scene: Scene) -> bool:
    """Whether the scene's text names other files."""
    return bool(_named(scene))


def moved(scene: Scene, before: str | None, now: str | os.PathLike) -> Scene:
    """The scene of a file, with the paths of files that are gone taken along to where that file is now.

    Args:
        scene: The scene, as the file has it.
        before: The folder that the file was written to; None: unknown.
        now: The folder that it is in.
    """
    found = {key: _along(file, before, now) for key, file in _named(scene).items() if not os.path.exists(file)}
    changes = {key: str(file) for key, file in found.items() if file is not None}
    return scene.replace(changes) if changes else scene


def same_scene(one: str, one_folder: str | None, other: str, other_folder: str | None) -> bool:
    """Whether two texts are of one scene, wherever the files are that they name.

    An earlier run's is the same where its path is, from the folder of each text. Meshes are told apart by what is in
    them: see `meshes_digest`.
    """
    return one == other or _placeless(one, one_folder) == _placeless(other, other_folder)


def scene_difference(one: str, other: str) -> str:
    """The first lines in which two texts of scenes differ, but for the files of meshes."""
    changed = [line for line in difflib.ndiff(one.splitlines(), other.splitlines()) if line[:2] in ("- ", "+ ")]
    lines = [line for line in changed if line.strip(" +-") and not line[2:].startswith("file = ")]
    shown = "; ".join(line if len(line) <= 60 else f"{line[:57]}..." for line in lines[:2])
    return shown + ("; ..." if len(lines) > 2 else "")


def _named(scene: Scene) -> dict[str, str]:
    """The paths that the scene's text has, by their keys."""
    files = {f"obstacles.{k}.file": each.file for k, each in enumerate(scene.obstacles) if each.file is not None}
    return files | ({"initial.state": scene.initial.state} if scene.initial.state is not None else {})


def _along(file: str, before: str | None, now: str | os.PathLike) -> Path | None:
    """Where a file is that was moved along with the folder, or into it."""
    places = [Path(now, os.path.basename(file))]
    if before is not None and (relative := _relative(file, before)) is not None:
        places.insert(0, Path(os.path.abspath(os.path.join(now, relative))))
    return next((place for place in places if place.exists()), None)


def _relative(file: str, folder: str) -> str | None:
    try:
        return os.path.relpath(file, folder)
    except ValueError:  # on another drive of Windows
        return None


def _placeless(text: str, folder: str | None) -> dict[str, Any]:
    tree = tomllib.loads(text)
    for obstacle in tree.get("obstacles", []):
        if "file" in obstacle:
            obstacle["file"] = ""
    initial = tree.get("initial", {})
    if folder is not None and "state" in initial:
        initial["state"] = _relative(initial["state"], folder) or initial["state"]
    return tree
