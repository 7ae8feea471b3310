"""Where on the device the value of a scene's parameter lies."""

from __future__ import annotations

import warp as wp

from warp_fabric.model import Model
from warp_fabric.parameters import Place


def arrays_of(model: Model, place: Place) -> list[list[wp.array]]:
    """Views of just its entries, for each of the scene's parts that take it: of a path, side by side, its times and its
    vectors; else one.

    Args:
        model: Of this one scene.
    """
    return [_of_row(model, place, row) for row in place.rows]


def _of_row(model: Model, place: Place, row: int) -> list[wp.array]:
    parameter, pins, gusts, obstacles = place.parameter, model.pins, model.gusts, model.obstacles
    if not parameter.is_path:
        arrays = {"pins": pins, "obstacles": obstacles}.get(parameter.table, model.material)
        return [getattr(arrays, parameter.array)[row : row + 1]]
    if parameter.table == "obstacles":
        keys = model.obstacle_keys[row]
        return [obstacles.key_time[keys], obstacles.key_shift[keys], obstacles.key_turn[keys]]
    table, vectors = (pins, "key_position") if parameter.table == "pins" else (gusts, "key_velocity")
    first, end = table.key_offset.numpy()[row : row + 2].tolist()
    return [table.key_time[first:end], getattr(table, vectors)[first:end]]
