"""Pins: vertex groups of the cloth's surface as crossings that are held, or follow an object's motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np

from warp_fabric import SceneError
from warp_fabric.fabric import Fabric
from warp_fabric.scene import Pin

from ..objects.vertex_groups import group_members
from ..settings.units import exact
from .pin_motion import carried
from .seen import Seen

if TYPE_CHECKING:
    from ..settings.cloth_settings import PinSettings


def members(obj: bpy.types.Object, name: str) -> np.ndarray:
    """Indices of the vertices in a vertex group, in order.

    Raises:
        SceneError: where there is no such group, or nothing is in it.
    """
    group = obj.vertex_groups.get(name) if name else None
    if group is None:
        what = f"there is no vertex group {name!r}" if name else "a pin has no vertex group"
        raise SceneError(what, where=f"{obj.name}, Pins", fix="choose one in the list of pins, or remove the pin")
    held = group_members(obj, group)
    if not len(held):
        fix = "select vertices in edit mode and press Pin Selected, or remove the pin"
        raise SceneError(f"the vertex group {name!r} is empty", where=f"{obj.name}, Pins", fix=fix)
    return held


def pins(
    obj: bpy.types.Object,
    fabric: Fabric,
    seen: dict[bpy.types.Object, list[Seen]],
    rate: float,
    lead: bpy.types.Object | None = None,
) -> list[Pin]:
    """The pins of a fabric. Where they overlap, the upper one in the list holds.

    Args:
        obj: The fabric.
        fabric: At rest in the lead's frame.
        seen: The fabric and all objects that pins follow, at each frame.
        rate: Frames per second.
        lead: The fabric in whose frame all is; None: its own.

    Raises:
        SceneError: on a missing or empty vertex group, or an object that cannot be followed.
    """
    points, crossings = fabric.layout.packed(fabric.position), fabric.layout.crossing.tolist()
    found: dict[int, Pin] = {}
    for item in obj.fabric.cloth.pins:
        indices = members(obj, item.group)
        paths = _paths(item, lead or obj, points[indices], seen, rate)
        for index, path in zip(indices.tolist(), paths):
            pick, end = crossings[index]
            found.setdefault(index, Pin(crossing=(pick, end), stiffness=exact(item.stiffness), path=path))
    return [found[index] for index in sorted(found)]


def _paths(item: PinSettings, obj: bpy.types.Object, points: np.ndarray, seen: dict, rate: float) -> list:
    """For each point its rows of time and position, or None where it does not move."""
    if item.target is None:
        return [None] * len(points)
    world = seen[obj][0].world
    start = points @ world[:3, :3].T + world[:3, 3]
    back = np.linalg.inv(world)
    moved = carried(item, start, seen[item.target]) @ back[:3, :3].T + back[:3, 3]
    moved[:, 0] = points  # without rounding: the cloth starts at rest
    times = np.broadcast_to((np.arange(moved.shape[1]) / rate)[None, :, None], (*moved.shape[:2], 1))
    return np.concatenate([times, moved], axis=2).tolist()
