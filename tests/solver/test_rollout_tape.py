"""Rollouts on a user's tape: gradients of a loss in the user's own kernels, wherever somebody may look for them."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import Way, clear_gradients, halve, slope, without_effect
from sample_cloth import difference
from taped import FRAMES, STEPS, Taped

from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State

STRIDES = (1, 2, 3, 4, STEPS)


def assert_same(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float = 1e-12) -> None:
    assert actual.keys() == expected.keys()
    for name, gradient in expected.items():
        assert difference(actual[name], gradient) < tolerance, name


def expected_by_seeds(taped: Taped) -> dict[str, np.ndarray]:
    """The same gradients without a tape: the loss's own are given to the recording as numbers."""
    rollout = taped.rollout
    rollout.restart()
    recording, states = rollout.record(), [rollout.initial]
    for _ in range(STEPS):
        rollout.step()
        states.append(rollout.state)
    clear_gradients(rollout)

    def seed(k: int, gradient: State) -> None:
        if k in FRAMES:
            pull = 2.0 * (states[k].position.numpy() - taped.target.numpy())
            gradient.position.assign(gradient.position.numpy() + pull)
        if k == 4:
            gradient.sliding.assign(gradient.sliding.numpy() + 1e-3 * taped.weight.numpy())

    recording.backward(seed)
    taped.held = {}
    return taped.gradients()


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
@pytest.mark.parametrize("stride", STRIDES)
def test_backward_through_a_users_loss(device, stride, integrator):
    taped = Taped(device, stride, integrator)
    expected = expected_by_seeds(taped)
    clear_gradients(taped.rollout)
    tape = taped.run()
    assert len(tape.launches) == STEPS + len(FRAMES) + 1  # an entry a step
    tape.backward(taped.loss)
    actual = taped.gradients()
    assert_same(actual, expected)
    # By all but the first keys of the pin's path, which is over before the first step ends.
    assert all(gradient.any() for name, gradient in actual.items() if name not in without_effect(taped.rollout.model))


def test_it_is_the_slope_of_the_loss(device):
    """Each way by central differences of the loss that the user's kernels sum up."""
    taped = Taped(device, checkpoint=3)
    taped.run().backward(taped.loss)
    found, rollout, rng = taped.gradients(), taped.rollout, np.random.default_rng(53)
    material, initial = rollout.model.material, rollout.initial
    ways = {
        "young": (material.young_modulus, material.young_modulus.numpy()),
        "gravity": (material.gravity, rng.standard_normal((1, 3))),
        "stiffness": (rollout.model.pins.stiffness, rollout.model.pins.stiffness.numpy()),
        "position": (initial.position, 1e-3 * rng.standard_normal((20, 3))),
        "velocity": (initial.velocity, 0.1 * rng.standard_normal((20, 3))),
        "forces": (rollout.forces, 1e-4 * rng.standard_normal((STEPS, 20, 3))),
    }
    assert any(gradient.any() for gradient in found.values())
    slopes = {name: float(np.vdot(array.grad.numpy(), change)) for name, (array, change) in ways.items()}
    scale = max(map(abs, slopes.values()))
    for name, (array, change) in ways.items():
        move = [Way(name, array, change)]
        errors = (abs(slope(move, taped.value, size) - slopes[name]) for size in (1e-6, 1e-5, 2e-7))
        assert any(error < 1e-7 * scale for error in errors), name


@pytest.mark.parametrize("stride", [1, 3])
def test_a_halved_step_is_one_entry(device, stride):
    taped = Taped(device, stride)
    halve(taped.rollout, (5,))
    expected = expected_by_seeds(taped)
    clear_gradients(taped.rollout)
    tape = taped.run()
    assert taped.parts == [1, 1, 1, 1, 4, 1, 1, 1, 1]
    assert len(tape.launches) == STEPS + len(FRAMES) + 1
    tape.backward(taped.loss)
    assert_same(taped.gradients(), expected)


@pytest.mark.parametrize("stride", STRIDES)
def test_zeroed_and_run_backward_again(device, stride):
    """Also by states that are held, whether kernels have read them (5) or not (3)."""
    taped = Taped(device, stride)
    tape = taped.run(hold=(3, 5))
    tape.backward(taped.loss)
    once = taped.gradients()
    assert once["position 3"].any()
    for _ in range(2):
        tape.zero()
        assert not any(gradient.any() for gradient in taped.gradients().values())
        tape.backward(taped.loss)
        assert_same(taped.gradients(), once)


def test_gradients_by_states_on_the_way(device):
    """Those held where checkpoints are: the same as where all states are kept; and the slope of a run from there."""
    everything, held = (Taped(device, stride) for stride in (1, 4))
    for taped in (everything, held):
        taped.run(hold=(3, 4, 7)).backward(taped.loss)
    expected = everything.gradients()
    assert_same(held.gradients(), expected)
    for k in (3, 4, 7):
        for name in ("position", "velocity", "sliding", "sliding_velocity"):
            assert expected[f"{name} {k}"].any(), (name, k)

    # From state 4 on, with state 3 as the one before: what is left of the loss.
    rollout, rng = everything.rollout, np.random.default_rng(54)
    before, start = everything.held[3].numpy(), everything.held[4].numpy()
    change = {"position": 1e-3 * rng.standard_normal((20, 3)), "velocity": 0.1 * rng.standard_normal((20, 3))}
    values = []
    for amount in (1e-6, -1e-6):
        moved = start | {name: start[name] + amount * part for name, part in change.items()}
        again = Rollout(rollout.scene, device, forces=rollout.forces.numpy().reshape(STEPS, 5, 4, 3), initial=moved)
        again.resume(before, 4)
        total = 0.0
        for k in range(5, STEPS + 1):
            again.step()
            if k in FRAMES:
                total += np.square(again.state.position.numpy() - everything.target.numpy()).sum()
        values.append(total)
    found = sum(float(np.vdot(expected[f"{name} 4"], part)) for name, part in change.items())
    assert found == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("stride", [1, 3])
def test_a_tape_that_starts_in_the_middle_of_a_run(device, stride):
    """Its first step is bdf2's, from two states that no tape has seen."""
    whole, late = Taped(device), Taped(device, stride, before=4)
    whole.run(hold=(4,)).backward(whole.loss)
    tape = late.run()
    assert len(tape.launches) == STEPS - 4 + 3
    tape.backward(late.loss)
    assert_same({"forces": late.gradients()["forces"][4:]}, {"forces": whole.gradients()["forces"][4:]})
    assert not late.gradients()["forces"][:4].any()
    assert not late.gradients()["initial position"].any()
