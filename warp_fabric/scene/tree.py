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
from warp_fabric.scene.contact import Contact
from warp_fabric.scene.panels import Panel
from warp_fabric.scene.scene import Scene
from warp_fabric.scene.settings import Environment, Initial, Pin, SolverSettings, Time
from warp_fabric.scene.weaving import FabricSettings
from warp_fabric.yarn import Yarn, yarn_from_table

SECTIONS: dict[str, type[Settings]] = {
    "fabric": FabricSettings,
    "contact": Contact,
    "environment": Environment,
    "time": Time,
    "initial": Initial,
    "solver": SolverSettings,
}
TABLES = ("fabric", "yarns", "contact", "environment", "pins", "time", "initial", "solver", "panels")


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
    tree["pins"] = [settings_tree(pin) for pin in scene.pins]
    tree["panels"] = [settings_tree(panel) for panel in scene.panels]
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
    panels = _listed(tree, "panels", "panel")
    drafts = [(each, "draft") for each in (tables["fabric"], *panels) if isinstance(each, dict)]
    for table, key in (*drafts, (tables["initial"], "state")):
        if isinstance(table.get(key), str) and table[key].strip():
            # not resolved: a link in the path is the user's own way to name the file
            table[key] = os.path.abspath(Path(folder or ".") / table[key])
    parts = {name: from_table(kind, tables[name], name) for name, kind in SECTIONS.items()}
    yarns = {name: yarn_from_table(name, table) for name, table in _table(tree, "yarns").items()}
    pins = [from_table(Pin, table, f"pins[{k}]") for k, table in enumerate(_listed(tree, "pins", "pin"))]
    panels = [from_table(Panel, table, f"panels[{k}]") for k, table in enumerate(panels)]
    return Scene(**parts, yarns=yarns, pins=pins, panels=panels)  # type: ignore[arg-type]


def _table(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = tree.get(name, {})
    if not isinstance(table, Mapping):
        raise SceneError(f"{shown(table)} is not a table", where=name, fix=f"write it as a [{name}] table of keys")
    return table


def _listed(tree: Mapping[str, Any], name: str, each: str) -> list[Any]:
    """Copies of the tables of a list of them."""
    tables = tree.get(name, [])
    if not isinstance(tables, list):
        fix = f"write each {each} as a [[{name}]] table"
        raise SceneError(f"{shown(tables)} is not a list of tables", where=name, fix=fix)
    return [dict(table) if isinstance(table, Mapping) else table for table in tables]


def tokens(name: str) -> list[str]:
    """The parts of a dotted key: `pins[0].path` and `pins.0.path` both give pins, 0, path."""
    return re.sub(r"\[(\d+)\]", r".\1", name).split(".")
