"""Pins and gusts on the device."""

import numpy as np
import warp as wp
from small_run import small_scene

from warp_fabric.layout import Layouts
from warp_fabric.prescribed import gusts_of, pins_of

GUSTS = [[0.0, 0.0, 1.0, 0.0], [0.01, 1.0, -2.0, 0.5]]


def rows(offset, time, values, k):
    keys = slice(*offset.numpy()[k : k + 2])
    return np.column_stack([time.numpy()[keys], values.numpy()[keys]])


def test_pins_of_all_scenes_follow_each_other(device):
    first, second = small_scene(), small_scene(fabric__picks=3, pins=[{"crossing": [2, 1], "stiffness": 7.0}])
    rest = np.concatenate([scene.build().position.reshape(-1, 3) for scene in (first, second)])
    with wp.ScopedDevice(device):
        pins = pins_of([first, second], Layouts([scene.build().layout for scene in (first, second)]), rest)
    assert pins.crossing.numpy().tolist() == [0, 4, 30 + 2 * 5 + 1]
    assert pins.stiffness.numpy().tolist() == [1e4, 1e4, 7.0]
    found = [rows(pins.key_offset, pins.key_time, pins.key_position, k) for k in range(3)]
    for path, expected in zip(found, ([[0.0, *rest[0]]], first.pins[1].path, [[0.0, *rest[41]]])):
        np.testing.assert_array_equal(path, expected)
    assert pins.stiffness.requires_grad
    assert pins.key_position.requires_grad


def test_a_scene_beside_a_gusty_one_has_one_key_of_still_air(device):
    calm, gusty = small_scene(), small_scene(environment__gusts=GUSTS)
    with wp.ScopedDevice(device):
        gusts, none = gusts_of([calm, gusty]), gusts_of([calm])
    found = [rows(gusts.key_offset, gusts.key_time, gusts.key_velocity, k) for k in range(2)]
    np.testing.assert_array_equal(found[0], np.zeros((1, 4)))
    np.testing.assert_array_equal(found[1], GUSTS)
    assert (none.key_offset.numpy().tolist(), len(none.key_time)) == ([0], 0)
