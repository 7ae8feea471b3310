"""Reading and changing a scene by dotted keys, such as `yarns.cotton.radius` or `pins.0.path`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from warp_fabric.checks import Settings, shown, suggestion
from warp_fabric.errors import SceneError
from warp_fabric.scene.scene import Scene
from warp_fabric.scene.tree import LISTS, SECTIONS, TABLES, scene_from_tree, scene_tree, settings_tree, tokens
from warp_fabric.scene.weaving import WEAVE_KEYS
from warp_fabric.yarn import KEYS, OF_LIBRARY


def value_of(scene: Scene, name: str) -> Any:
    """The value of a dotted key of a scene; see `Scene.get`."""
    value: Any = scene
    parts = _parts(name)
    for depth, part in enumerate(parts):
        if isinstance(value, Scene):
            known: list[str] = list(TABLES)
        elif isinstance(value, Mapping):
            known = list(value)
        elif isinstance(value, Settings):
            known = _keys(parts[:depth])
        else:
            known = _entries(parts[:depth], value) if isinstance(value, tuple) else []
        if part not in known:
            raise _unknown(parts[: depth + 1], known)
        if isinstance(value, tuple):
            value = value[known.index(part)]
        else:
            value = value[part] if isinstance(value, Mapping) else getattr(value, part, None)
    return value


def changed(scene: Scene, changes: Mapping[str, Any]) -> Scene:
    """A changed copy of a scene; see `Scene.replace`."""
    tree = scene_tree(scene)
    # whole tables first, so that {"pins": [...], "pins.0.stiffness": ...} means what it says in any order
    order = sorted(((_parts(name), value) for name, value in changes.items()), key=lambda item: len(item[0]))
    for parts, _ in order:
        _drop_rivals(tree, parts, [other for other, _ in order])
    for parts, value in order:
        _set(tree, parts, _tree_of(value))
    return scene_from_tree(_without_none(tree))


def _parts(name: str) -> list[str]:
    if not isinstance(name, str):
        raise SceneError(f"{shown(name)} is not a dotted key", fix='write it like "yarns.cotton.radius"')
    return tokens(name)


def _keys(parts: list[str]) -> list[str]:
    """The keys that a table of the scene file can have; of a list or a value: none."""
    if len(parts) == 1 and parts[0] in SECTIONS:
        return [each.name for each in fields(SECTIONS[parts[0]])]  # pyright: ignore[reportArgumentType]
    if len(parts) == 2 and parts[0] == "yarns":
        return list(KEYS)
    if len(parts) == 2 and parts[0] in LISTS:
        return [each.name for each in fields(LISTS[parts[0]])]  # pyright: ignore[reportArgumentType]
    return []


"""The tables of which a scene has a list."""


def _entries(parts: list[str], value: Sequence) -> list[str]:
    """What stands for the entries of a list in dotted keys: numbers; of panels, their names."""
    if parts == ["panels"]:
        return [str(each["name"] if isinstance(each, Mapping) else each.name) for each in value]
    return [str(k) for k in range(len(value))]


def _unknown(parts: list[str], known: Sequence[str]) -> SceneError:
    fix = suggestion(parts[-1], known, "known here")
    return SceneError("the scene has no such key", where=".".join(parts), fix=fix)


def _drop_rivals(tree: dict[str, Any], parts: list[str], given: list[list[str]]) -> None:
    """Takes out what a new value stands in for: the old weave, a yarn's density given the other way, a library's."""
    if (parts[0], len(parts)) in (("fabric", 2), ("panels", 3)):
        key, path = parts[-1], parts[:-1]
        if key in ("weave", "draft"):
            rivals = [*WEAVE_KEYS]
        elif key in WEAVE_KEYS:
            rivals = ["weave", "draft"]
            rivals += ["tie_up", "treadling"] if key == "lift_plan" else []
            rivals += ["lift_plan"] if key in ("tie_up", "treadling") else []
        elif key in ("end_crimp", "pick_crimp"):
            rivals = ["crimp"]
        elif key == "crimp":
            rivals = ["end_crimp", "pick_crimp"]
        elif key in ("outline", "present"):
            rivals = ["outline", "present"]
        else:
            return
        named = {str(each.get("name")): each for each in tree["panels"]}
        table = tree["fabric"] if path == ["fabric"] else named.get(path[1], {})
    elif parts[0] == "yarns" and len(parts) == 3 and parts[1] in tree["yarns"] and parts[2] in ("tex", "library"):
        rivals = [*OF_LIBRARY] if parts[2] == "library" else ["linear_density"]
        table, path = tree["yarns"][parts[1]], parts[:2]
    elif parts in (["contact", "shear_modulus"], ["contact", "shear_rigidity"]):
        rivals, table, path = ["shear_modulus", "shear_rigidity"], tree["contact"], ["contact"]
    else:
        return
    for key in rivals:
        if key != parts[-1] and [*path, key] not in given:
            table.pop(key, None)


def _set(tree: dict[str, Any], parts: list[str], value: Any) -> None:
    node: Any = tree
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if isinstance(node, list):
            known = _entries(parts[:depth], node)
            if part not in known:
                raise _unknown(parts[: depth + 1], known)
            key: Any = known.index(part)
        else:
            in_yarns = depth == 1 and parts[0] == "yarns" and isinstance(node, dict)
            known = list(TABLES) if depth == 0 else list(node) if in_yarns else _keys(parts[:depth])
            if not isinstance(node, dict) or (part not in known and not (in_yarns and last)):
                raise _unknown(parts[: depth + 1], known)
            key = part
        if last:
            node[key] = value
        else:
            node = node[key] if isinstance(node, list) else node.get(key)


def _tree_of(value: Any) -> Any:
    """Settings, arrays and tuples as plain dicts and lists."""
    if isinstance(value, Settings):
        return settings_tree(value)
    if isinstance(value, Mapping):
        return {key: _tree_of(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return [_tree_of(item) for item in value] if isinstance(value, (list, tuple)) else value


def _without_none(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _without_none(value) for key, value in tree.items() if value is not None}
    return [_without_none(item) for item in tree] if isinstance(tree, list) else tree
