"""The shape that a fabric is cut to, as its settings keep it: text with the keys of a scene that say so."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from warp_fabric import SceneError, scene
from warp_fabric.layout import Layout
from warp_fabric.outline.mask import crossings_inside

if TYPE_CHECKING:
    from ..settings.cloth_settings import ClothSettings

OUTLINE, PRESENT = "outline", "present"
DIGITS = 7
"""Of an outline's coordinates, m: finer than any yarn, coarser than single precision within metres of the origin."""


def shape_keys(cloth: ClothSettings) -> dict[str, Any]:
    """The keys of a scene's fabric that cut it; none where it is whole.

    Raises:
        SceneError: where the fabric has another size than crossings were chosen in.
    """
    keys = json.loads(cloth.shape) if cloth.shape else {}
    rows = keys.get(PRESENT)
    if rows is not None and (len(rows), len(rows[0])) != (cloth.picks, cloth.ends):
        what = f"the cloth was cut when it had {len(rows[0])} ends and {len(rows)} picks"
        raise SceneError(what, where="Shape", fix="set these again, or press Whole Cloth")
    return keys


@lru_cache(maxsize=8)
def cut_layout(shape: str, ends: int, picks: int, end_spacing: float, pick_spacing: float) -> Layout:
    """Which crossings there are of a grid that is cut to a shape, the text of a fabric's settings.

    Raises:
        SceneError: where the shape does not fit the grid.
    """
    if not shape:
        return Layout.full(picks, ends)
    size = {"ends": ends, "picks": picks, "end_spacing": end_spacing, "pick_spacing": pick_spacing}
    mask = scene.FabricSettings(**size, **json.loads(shape)).mask
    return Layout.full(picks, ends) if mask is None else Layout(mask)


def shape_of_mask(present: np.ndarray) -> str:
    """The text for crossings bool[picks, ends]."""
    return json.dumps({PRESENT: ["".join(row) for row in np.where(present, "#", ".").tolist()]})


def shape_of_loops(loops: list[np.ndarray], cloth: ClothSettings, end_spacing: float, pick_spacing: float) -> str:
    """The text for loops [n, 2] m from crossing [0, 0]; where they reach out of the cloth, for the crossings inside."""
    first, last = (getattr(np.concatenate(loops), name)(axis=0) for name in ("min", "max"))
    room = 0.5 * np.array([end_spacing, pick_spacing])
    span = np.array([(cloth.ends - 1) * end_spacing, (cloth.picks - 1) * pick_spacing])
    if (first < -room).any() or (last > span + room).any():
        size = {"ends": cloth.ends, "picks": cloth.picks}
        return shape_of_mask(crossings_inside(loops, **size, end_spacing=end_spacing, pick_spacing=pick_spacing))
    return json.dumps({OUTLINE: exact_loops(loops)})


def exact_loops(loops: list[np.ndarray]) -> list[list[list[float]]]:
    """Loops [n, 2] as a scene has them, without the digits that Blender's single precision made up: an edge that is
    drawn along a yarn lies on it."""
    return [np.round(loop, DIGITS).tolist() for loop in loops]
