"""Files that a scene names, after it was moved with them: where they are, and whether the scene is the same."""

from __future__ import annotations

import contextlib
import difflib
import filecmp
import os
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene


def names_files(scene: Scene) -> bool:
    """Whether the scene's text names other files."""
    return bool(_named(scene))


def moved(scene: Scene, before: str | None, file: str | os.PathLike) -> Scene:
    """The scene of a run's file, with the paths in it changed to where those files are now.

    Each is looked for where it was from the run's folder, if that is another now: a copy has its own files. Then
    where it was, and then beside the run, unless the scene names two files of that name.

    Args:
        scene: The scene, as the file has it.
        before: The folder that the file was written to; None: unknown.
        file: The file, a trajectory or a checkpoint.
    """
    named, run = _named(scene), Path(os.path.abspath(file))
    names = Counter(map(os.path.basename, set(named.values())))
    changes = {}
    for key, path in named.items():
        places = [path]
        if before is not None and not _same_file(before, run.parent) and (relative := _relative(path, before)):
            places.insert(0, os.path.abspath(run.parent / relative))
        if names[name := os.path.basename(path)] == 1:
            places.append(str(run.parent / name))
        found = next((each for each in places if os.path.exists(each) and not _is_own(each, run)), path)
        if found != path:
            changes[key] = found
    return scene.replace(changes) if changes else scene


def same_scene(one: str, one_folder: str | None, other: str, other_folder: str | None) -> bool:
    """Whether two texts are of one scene, wherever the files are that they name.

    An earlier run's is the same where its path is, from the folder of each text, or what is in it. Meshes are told
    apart by what is in them: see `meshes_digest`.
    """
    if one == other:
        return True
    (tree, state), (other_tree, other_state) = _placeless(one), _placeless(other)
    if tree != other_tree:
        return False
    if state is None or other_state is None:
        return state == other_state
    return _from(one_folder, state) == _from(other_folder, other_state) or _same_content(state, other_state)


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


def _is_own(file: str, run: Path) -> bool:
    """Whether a file is the run itself, or the one that a checkpoint is to become."""
    return _same_file(file, run) or _same_file(file, run.with_name(run.name.removesuffix(".checkpoint")))


def _same_file(one: str | Path, other: str | Path) -> bool:
    with contextlib.suppress(OSError):  # one of them is not there
        return os.path.samefile(one, other)
    return os.path.abspath(one) == os.path.abspath(other)


def _same_content(one: str, other: str) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _from(folder: str | None, file: str) -> str:
    """A file's path from a folder, or as it is where there is no such path."""
    return file if folder is None else _relative(file, folder) or file


def _relative(file: str, folder: str) -> str | None:
    try:
        return os.path.relpath(file, folder)
    except ValueError:  # on another drive of Windows
        return None


def _placeless(text: str) -> tuple[dict[str, Any], str | None]:
    """What a scene's text says but for the places of files, and the run that it starts from."""
    tree = tomllib.loads(text)
    for obstacle in tree.get("obstacles", []):
        if "file" in obstacle:
            obstacle["file"] = ""
    return tree, tree.get("initial", {}).pop("state", None)
