"""What scenes prescribe over time: where pins pull to, and gusts; as device arrays."""

# Warp structs are no types to a type checker.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import warp as wp

from warp_fabric.layout import Layouts
from warp_fabric.types import f64, vec3

if TYPE_CHECKING:
    from warp_fabric.scene import Scene


@wp.struct
class Pins:
    """Springs to moving targets: crossing and stiffness [N/m] per pin, keys of all target paths behind each other, and
    how far [m] beside a path a pin's target is: as far as the bundle that it holds lies at rest from its crossing."""

    crossing: wp.array(dtype=wp.int32)
    stiffness: wp.array(dtype=f64)
    shift: wp.array(dtype=vec3)
    key_offset: wp.array(dtype=wp.int32)
    key_time: wp.array(dtype=f64)
    key_position: wp.array(dtype=vec3)


@wp.struct
class Gusts:
    """What blows besides each fabric's wind, over time: keys of all fabrics' paths behind each other."""

    key_offset: wp.array(dtype=wp.int32)
    key_time: wp.array(dtype=f64)
    key_velocity: wp.array(dtype=vec3)


def pins_of(scenes: list[Scene], layouts: Layouts, rest_position: np.ndarray) -> Pins:
    """On the current device.

    Args:
        rest_position: [N, 3] m, of all scenes' nodes.
    """
    crossing, stiffness, shift, keys, start = [], [], [], [], 0
    for scene, layout in zip(scenes, layouts.parts):
        for pin, held in zip(scene.pins, scene.held_crossings):
            crossing.append(start + int(layout.node[held]))
            stiffness.append(pin.stiffness)
            rest = scene.real_fabric.position[pin.crossing]
            shift.append(rest_position[crossing[-1]] - rest)
            keys.append(np.array([[0.0, *rest]]) if pin.path is None else np.asarray(pin.path, float))
        start += layout.count
    pins = Pins()
    pins.crossing = wp.array(crossing, dtype=wp.int32)
    pins.stiffness = wp.array(stiffness, dtype=f64, requires_grad=True)
    pins.shift = wp.array(np.reshape(shift, (-1, 3)), dtype=vec3)
    pins.key_offset, pins.key_time, pins.key_position = _keys(keys)
    return pins


def gusts_of(scenes: list[Scene]) -> Gusts:
    """On the current device; without any keys where no scene has gusts."""
    still = [[0.0, 0.0, 0.0, 0.0]]
    gusty = any(scene.environment.gusts for scene in scenes)
    keys = [np.asarray(scene.environment.gusts or still, float) for scene in scenes] if gusty else []
    gusts = Gusts()
    gusts.key_offset, gusts.key_time, gusts.key_velocity = _keys(keys)
    return gusts


def _keys(paths: list[np.ndarray]) -> tuple[wp.array, wp.array, wp.array]:
    """Where each path's keys begin [paths + 1], and all keys' times and values, of rows of time, x, y and z."""
    rows = np.concatenate([np.zeros((0, 4)), *paths])
    return (
        wp.array(np.cumsum([0] + [len(path) for path in paths]), dtype=wp.int32),
        wp.array(rows[:, 0], dtype=f64, requires_grad=True),
        wp.array(rows[:, 1:], dtype=vec3, requires_grad=True),
    )
