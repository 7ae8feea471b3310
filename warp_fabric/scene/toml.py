"""The scene file: TOML in and out."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warp_fabric.atomic import replacing
from warp_fabric.errors import SceneError
from warp_fabric.file_kind import FileKind, mistaken
from warp_fabric.scene.collision import APART
from warp_fabric.scene.scene import Scene
from warp_fabric.scene.tree import LISTS, scene_from_tree, scene_tree

LINE = 110


def load_scene(path: str | os.PathLike) -> Scene:
    """Reads a scene file.

    Raises:
        SceneError: where the file cannot be read or anything in it is wrong; it names the file, the key and the fix.
    """
    path = Path(path)
    if (wrong := mistaken(path, FileKind.SCENE)) is not None:
        raise SceneError(wrong[0], where=str(path), fix=wrong[1])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SceneError("there is no such scene file", where=str(path), fix="check the path") from None
    except (OSError, ValueError) as error:
        fix = "give the path of a scene file, a text in UTF-8"
        raise SceneError(f"the scene file cannot be read: {error}", where=str(path), fix=fix) from error
    return scene_from_toml(text, where=str(path), folder=path.parent)


def scene_from_toml(text: str, *, where: str | None = None, folder: str | os.PathLike | None = None) -> Scene:
    """A scene from the text of a scene file; see `Scene.from_toml`."""
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also numbers and dates past what Python reads
        what = f"this is not TOML: {error or 'too deeply nested'}"
        raise SceneError(what, where=where or "scene", fix="write `key = value` lines under [table] names") from error
    try:
        return scene_from_tree(tree, folder)
    except SceneError as error:
        if where is None:
            raise
        raise SceneError(error.what, where=f"{where}: {error.where}", fix=error.fix) from error


def scene_to_toml(scene: Scene, names: Mapping[str, str] | None = None) -> str:
    """The text of a scene file that needs no other file but `initial.state` and the meshes of obstacles.

    Args:
        scene: The scene.
        names: What files of meshes are called in it, by their paths; those without are called by their paths.
    """
    tree = scene_tree(scene)
    lists, yarns = {name: tree.pop(name) for name in LISTS}, tree.pop("yarns")
    for obstacle in lists["obstacles"]:
        if names and "file" in obstacle:
            obstacle["file"] = names.get(obstacle["file"], obstacle["file"])
    tables = []
    if scene.initial.state is None:
        del tree["initial"]
    if scene.collision == APART:
        del tree["collision"]
    for name, table in tree.items():
        tables.append((f"[{name}]", table))
        if name == "fabric":
            tables += [("[[panels]]", panel) for panel in lists["panels"]]
            tables += [(f"[yarns.{_key(yarn)}]", values) for yarn, values in yarns.items()]
        if name == "environment":
            tables += [("[[pins]]", pin) for pin in lists["pins"]]
            tables += [("[[obstacles]]", obstacle) for obstacle in lists["obstacles"]]
    return "\n".join(_lines(head, table) for head, table in tables if table)


def save_scene(scene: Scene, path: str | os.PathLike) -> Path:
    """Writes a scene file, whole or not at all; see `Scene.save`."""
    path = Path(path)
    try:
        with replacing(path) as temporary:
            temporary.write_text(scene_to_toml(scene), encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        fix = "give a path in a folder that exists, can be written to and has room"
        raise SceneError(f"the scene cannot be saved: {error}", where=str(path), fix=fix) from error
    return path


def _lines(head: str, table: dict[str, Any]) -> str:
    return "".join([head + "\n", *(f"{key} = {_value(value)}\n" for key, value in table.items())])


def _value(value: Any) -> str:
    """One value; lists on one line where they fit (tomli_w would give every entry its own)."""
    if isinstance(value, str):
        import tomli_w  # only files that are written need it

        return tomli_w.dumps({"k": value})[4:-1]
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, list):
        return repr(value)  # a number: Python writes them as TOML does
    items = [_value(item) for item in value]
    if sum(len(item) + 2 for item in items) <= LINE:
        return f"[{', '.join(items)}]"
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > LINE:
            lines.append("")
        lines[-1] += f"{item}, "
    return "[\n" + "".join(f"    {line.rstrip()}\n" for line in lines) + "]"


def _key(name: str) -> str:
    import tomli_w

    return tomli_w.dumps({name: 0})[: -len(" = 0\n")]
