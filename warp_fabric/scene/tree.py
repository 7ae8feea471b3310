"""A scene as a tree of plain dicts and lists, shaped like the scene file, and back."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from warp_fabric.checks import Settings, check_keys, from_table, shown
from warp_fabric.errors import SceneError
from warp_fabric.scene.collision import APART, Collision
from warp_fabric.scene.contact import Contact
from warp_fabric.scene.obstacle import Obstacle
from warp_fabric.scene.outlined import OUTLINE_KEYS
from warp_fabric.scene.panels import Panel
from warp_fabric.scene.scene import Scene
from warp_fabric.scene.settings import Environment, Initial, Pin, SolverSettings, Time
from warp_fabric.scene.weaving import FabricSettings
from warp_fabric.yarn import Yarn, yarn_from_table

SECTIONS: dict[str, type[Settings]] = {
    "fabric": FabricSettings,
    "contact": Contact,
    "environment": Environment,
    "collision": Collision,
    "time": Time,
    "initial": Initial,
    "solver": SolverSettings,
}
LISTS: dict[str, type[Settings]] = {"pins": Pin, "obstacles": Obstacle, "panels": Panel}
FILES_OF_FABRIC = ("draft", "outline", "present")
"""The keys of [fabric], and so of panels, that may have the path of a file."""
SIZE = ("ends", "picks")
TABLES = (
    *("fabric", "yarns", "contact", "environment", "pins", "collision", "obstacles", "time", "initial", "solver"),
    "panels",
)


def settings_tree(settings: Settings) -> dict[str, Any]:
    """One part of a scene as a dict without the keys that are None (and without a yarn's name, its key elsewhere)."""
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}  # pyright: ignore[reportArgumentType]
    if isinstance(settings, Yarn):
        del values["name"]
    return {key: _plain(value) for key, value in values.items() if value is not None}


def scene_tree(scene: Scene) -> dict[str, Any]:
    """A scene as nested dicts and lists, without keys that are None."""
    tree: dict[str, Any] = {name: settings_tree(getattr(scene, name)) for name in SECTIONS}
    tree["yarns"] = {name: settings_tree(yarn) for name, yarn in scene.yarns.items()}
    tree |= {name: [settings_tree(each) for each in getattr(scene, name)] for name in LISTS}
    return {name: tree[name] for name in TABLES}


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def scene_from_tree(tree: Any, folder: str | os.PathLike | None = None) -> Scene:
    """The scene that a tree describes; relative paths start from `folder` (None: the working directory).

    Raises:
        SceneError: with the dotted key as its `where`.
    """
    check_keys(tree, "", TABLES)
    tables = {name: dict(_table(tree, name)) for name in SECTIONS}
    for table, key in (*(("fabric", key) for key in FILES_OF_FABRIC), ("initial", "state")):
        tables[table] = _located(tables[table], key, folder)
    lists = {name: _list_of(kind, tree.get(name, []), name, folder) for name, kind in LISTS.items()}
    tables["fabric"] = _sized(tables["fabric"], lists["panels"])
    parts = {name: from_table(kind, tables[name], name) for name, kind in SECTIONS.items()}
    if "collision" not in tree:
        parts["collision"] = APART
    yarns = {name: yarn_from_table(name, table) for name, table in _table(tree, "yarns").items()}
    return Scene(**parts, yarns=yarns, **lists)  # type: ignore[arg-type]


def _table(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = tree.get(name, {})
    if not isinstance(table, Mapping):
        raise SceneError(f"{shown(table)} is not a table", where=name, fix=f"write it as a [{name}] table of keys")
    return table


def _list_of(kind: type[Settings], tables: Any, name: str, folder: str | os.PathLike | None) -> list[Any]:
    if not isinstance(tables, list):
        what, fix = f"{shown(tables)} is not a list of tables", f"write each {name[:-1]} as a [[{name}]] table"
        raise SceneError(what, where=name, fix=fix)
    located = tables
    for key in ("file", *FILES_OF_FABRIC):
        located = [_located(table, key, folder) for table in located]
    return [from_table(kind, table, f"{name}[{k}]") for k, table in enumerate(located)]


def _sized(fabric: dict[str, Any], panels: list[Any]) -> dict[str, Any]:
    """The table of [fabric], with the size or shape of a panel where it has none and each panel has its own, so that
    none takes that."""

    def said(panel: Any, keys: tuple[str, ...]) -> dict[str, Any]:
        return {key: value for key in keys if (value := getattr(panel, key)) is not None}

    shaped = [panel for panel in panels if said(panel, OUTLINE_KEYS)]
    whole = [panel for panel in panels if not said(panel, OUTLINE_KEYS)]
    sizes = [said(panel, SIZE) for panel in whole]
    if not panels or {*SIZE, *OUTLINE_KEYS} & fabric.keys() or any(len(size) < len(SIZE) for size in sizes):
        return fabric
    return {**fabric, **(sizes[0] if sizes else said(shaped[0], (*OUTLINE_KEYS, *SIZE)))}


def _located(table: Any, key: str, folder: str | os.PathLike | None) -> Any:
    """A table with the path that it may have under a key made absolute."""
    path = table.get(key) if isinstance(table, Mapping) else None
    if not isinstance(path, str) or not path.strip():
        return table
    # not resolved: a link in the path is the user's own way to name the file
    return {**table, key: os.path.abspath(Path(folder or ".") / path)}


def tokens(name: str) -> list[str]:
    """The parts of a dotted key: `pins[0].path` and `pins.0.path` both give pins, 0, path."""
    return re.sub(r"\[(\d+)\]", r".\1", name).split(".")
