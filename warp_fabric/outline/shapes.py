"""Outlines by name: a disc, a ring, a rectangle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from warp_fabric.checks import check_keys, number, shown, suggestion
from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS

SHAPES = {"disc": ("diameter",), "ring": ("diameter", "hole"), "rectangle": ("width", "length")}
"""The keys of each shape, all in metres."""

_size = number(above=0, unit="m")


def shape_loops(table: Mapping[str, Any], key: str) -> list[np.ndarray]:
    """The loops of a shape such as `{"shape": "disc", "diameter": 0.3}`, centred on (0, 0).

    Args:
        table: `shape`, and its sizes in metres.
        key: What errors call the table.

    Raises:
        SceneError: where there is no such shape, or a size is missing or impossible.
    """
    name = table.get("shape")
    if not isinstance(name, str) or name not in SHAPES:
        fix = suggestion(name, SHAPES, "it can be") if isinstance(name, str) else f"one of {', '.join(SHAPES)}"
        what = "this key is missing" if name is None else f"there is no shape {shown(name)}"
        raise SceneError(what, where=f"{key}.shape", fix=fix)
    check_keys(table, key, ["shape", *SHAPES[name]], SHAPES[name])
    sizes = [_size(table[each], f"{key}.{each}") for each in SHAPES[name]]
    if name == "rectangle":
        corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
        return [corners * sizes]
    if name == "ring" and not sizes[1] < sizes[0]:
        what = f"a hole of {sizes[1]:g} m leaves nothing of a ring of {sizes[0]:g} m"
        raise SceneError(what, where=f"{key}.hole", fix="give a smaller hole: both are diameters")
    return [_circle(0.5 * size) for size in sizes]


def _circle(radius: float) -> np.ndarray:
    """Points on it, alike in all four quarters, so many that no straight piece is off by more than `FLATNESS`."""
    quarter = max(4, math.ceil(0.5 * math.pi / (2.0 * math.acos(1.0 - min(FLATNESS / radius, 0.5)))))
    angle = np.arange(quarter) * (0.5 * math.pi / quarter)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    return np.concatenate([np.stack(each, axis=1) for each in ((x, y), (-y, x), (-x, -y), (y, -x))])
