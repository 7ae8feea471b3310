"""Where on the device the value of a scene's parameter lies."""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.model import Model
from warp_fabric.parameters import Place
from warp_fabric.scene import Scene


def arrays_of(model: Model, scene: Scene, place: Place) -> list[wp.array]:
    """Views of just its entries: of a path, side by side, its times and its vectors; else one.

    Args:
        model: Of this one scene.
    """
    parameter, pins, obstacles = place.parameter, model.pins, model.obstacles
    if not parameter.is_path:
        arrays = {"pins": pins, "obstacles": obstacles}.get(parameter.table, model.material)
        return [getattr(arrays, parameter.array)[place.row : place.row + 1]]
    if parameter.table == "environment":
        return [model.gusts.key_time, model.gusts.key_velocity]
    if parameter.table == "obstacles":
        keys = model.obstacle_keys[place.row]
        return [obstacles.key_time[keys], obstacles.key_shift[keys], obstacles.key_turn[keys]]
    ends = np.cumsum([0] + [len(pin.path or [None]) for pin in scene.pins])
    keys = slice(int(ends[place.row]), int(ends[place.row + 1]))
    return [pins.key_time[keys], pins.key_position[keys]]
