"""Pins: springs to targets that move along a path."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import at_rest, held_at, sample_scene

from warp_fabric.forces.pin import Pin
from warp_fabric.model import Model
from warp_fabric.types import vec3

PIN = Pin()
PATH = [[0.1, 1.0, 0.0, 0.0], [0.3, 2.0, 0.0, 4.0], [0.4, 2.0, 1.0, 4.0]]


@pytest.fixture
def model(device) -> Model:
    pins = [{"crossing": [1, 3], "stiffness": 200.0}, {"crossing": [4, 0], "stiffness": 50.0, "path": PATH}]
    return Model(sample_scene("plain").replace({"pins": pins}), device)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (-1.0, [1, 0, 0]),
        (0.0, [1, 0, 0]),
        (0.1, [1, 0, 0]),
        (0.15, [1.25, 0, 1]),
        (0.3, [2, 0, 4]),
        (0.325, [2, 0.25, 4]),
        (0.4, [2, 1, 4]),
        (9.0, [2, 1, 4]),
    ],
)
def test_target_is_linear_between_keys_and_held_outside(model, time, expected):
    target = held_at(model, time)[0].pin_target
    np.testing.assert_allclose(target.numpy()[1], expected, rtol=1e-12, atol=1e-12)


def test_a_pin_without_a_path_stays_at_rest_position(model):
    target = held_at(model, 0.7)[0].pin_target
    np.testing.assert_array_equal(target.numpy()[0], model.rest_position[1 * 5 + 3])


@pytest.mark.parametrize("time", [-1.0, 0.05, 0.15, 0.29, 0.325, 0.399, 9.0])
def test_gradients_reach_the_keys_that_the_target_lies_between(model, time):
    """Also the later ones of a path; by where they are and by when they are reached."""
    held, moment = held_at(model, time, requires_grad=True)
    target = held.pin_target
    weights = np.random.default_rng(1).standard_normal((2, 3))
    keys = (model.pins.key_position, model.pins.key_time)
    with wp.Tape() as tape:
        Pin().hold(model, moment, held)
    tape.backward(grads={target: wp.array(weights, dtype=vec3, device=model.device)})
    found = [np.array(array.grad.numpy()) for array in keys]
    tape.zero()
    for array, gradient in zip(keys, found):
        start = np.array(array.numpy())
        expected = np.zeros_like(start)
        for entry in np.ndindex(start.shape):
            values = []
            for step in (1e-6, -1e-6):
                moved = start.copy()
                moved[entry] += step
                array.assign(moved)
                Pin().hold(model, moment, held)
                values.append(np.vdot(weights, target.numpy()))
            expected[entry] = (values[0] - values[1]) / 2e-6
        array.assign(start)
        np.testing.assert_allclose(gradient, expected, atol=1e-8 * np.abs(weights).max())
    between = {k for k in range(1, 4) if found[0][k].any()}
    later = np.searchsorted([row[0] for row in PATH], time)
    assert between == {max(int(later), 1), min(int(later) + 1, 3)}
    assert found[1].any() == (len(between) == 2)


def test_the_time_may_change_between_replays_of_a_recording(model):
    """It is read from the device, not fixed in a launch."""
    held, moment = held_at(model, 0.0)
    with wp.ScopedDevice(model.device), wp.ScopedCapture(model.device) as capture:
        Pin().hold(model, moment, held)
    for time, expected in ((0.2, [1.5, 0.0, 2.0]), (0.4, [2.0, 1.0, 4.0])):
        moment.clock.fill_(time)
        wp.capture_launch(capture.graph)
        np.testing.assert_allclose(held.pin_target.numpy()[1], expected, atol=1e-12)


def test_pins_pull_their_crossings_only(model):
    position = model.rest_position + np.array([0.0, 1e-3, 0.0])
    point = at_rest(model, position=position)
    away = position[20] - PATH[0][1:]
    expected = np.zeros((25, 5))
    expected[8, :3] = [0.0, -200.0 * 1e-3, 0.0]
    expected[20, :3] = -50.0 * away
    np.testing.assert_allclose(point.force(PIN), expected, rtol=1e-12, atol=1e-15)
    assert point.energy(PIN) == pytest.approx(0.5 * (200.0 * 1e-6 + 50.0 * away @ away), rel=1e-12)


def test_energy_does_not_change_when_cloth_and_targets_move_together(model):
    point = at_rest(model, position=model.rest_position + 1e-3)
    before = point.energy(PIN)
    turn = np.array([[0.0, -1.0, 0.0], [0.6, 0.0, -0.8], [0.8, 0.0, 0.6]])
    for array in (point.state.position, point.held.pin_target):
        array.assign(array.numpy() @ turn.T + [0.1, 0.2, 0.3])
    assert point.energy(PIN) == pytest.approx(before, rel=1e-9)


def test_cloth_without_pins_has_none(device):
    point = at_rest(Model(sample_scene("plain").replace({"pins": []}), device))
    assert point.energy(PIN) == 0.0
    assert not point.force(PIN).any()
