"""Pins: E = 1/2 k |x - target|^2 per pinned crossing, the target taken at the end of the step."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Potential
from warp_fabric.forces.path import path_value
from warp_fabric.prescribed import Pins
from warp_fabric.types import f64, mat55, vec3, vec5


@wp.kernel
def _targets(pins: Pins, clock: wp.array(dtype=f64), target: wp.array(dtype=vec3)):
    p = wp.tid()
    last = pins.key_offset[p + 1] - 1
    target[p] = path_value(pins.key_time, pins.key_position, pins.key_offset[p], last, clock[0]) + pins.shift[p]


@wp.kernel(enable_backward=False)
def _energy(pins: Pins, position: wp.array(dtype=vec3), target: wp.array(dtype=vec3), energy: wp.array(dtype=f64)):
    p = wp.tid()
    away = position[pins.crossing[p]] - target[p]
    wp.atomic_add(energy, 0, f64(0.5) * pins.stiffness[p] * wp.dot(away, away))


@wp.kernel
def _force(
    pins: Pins, position: wp.array(dtype=vec3), target: wp.array(dtype=vec3), scale: f64, node: wp.array(dtype=vec5)
):
    p = wp.tid()
    i = pins.crossing[p]
    pull = (scale * pins.stiffness[p]) * (target[p] - position[i])
    node[i] += vec5(pull[0], pull[1], pull[2], f64(0.0), f64(0.0))


@wp.kernel(enable_backward=False)
def _jacobian(
    pins: Pins,
    position: wp.array(dtype=vec3),
    target: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    node: wp.array(dtype=mat55),
):
    p = wp.tid()
    local = mat55()
    for a in range(3):
        local[a, a] = -scale * pins.stiffness[p]
    wp.atomic_add(node, pins.crossing[p], local)  # several pins of real yarns may hold one bundle


class Pin(Potential):
    """Holds `pin_target` [P] vec3, m: where each pin pulls to at the end of the step, linear between its path's keys,
    held before and after."""

    name = "pin"
    kind = "node"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        return {"pin_target": (model.pin_count, vec3)}

    def hold(self, model, moment, held):
        if model.pin_count:
            inputs, outputs = [model.pins, moment.clock], [held.pin_target]
            wp.launch(_targets, model.pin_count, inputs, outputs, device=model.device)

    def inputs(self, model, state, held):
        return [model.pins, state.position, held.pin_target]

    def count(self, model):
        return model.pin_count
