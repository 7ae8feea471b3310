"""Linearised rollouts: every way a start can change, against finite differences of whole rollouts."""

import dataclasses

import numpy as np
import pytest
from gradient_check import DT, STATE, Way, moving_start, scene_of, spacing_of, ways
from sample_cloth import difference, largest

from warp_fabric.errors import SolverError
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.linear import LinearReport
from warp_fabric.solver.newton import NewtonReport
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.tangent import Direction, Tangents

STEPS = 4
STEP = 1e-4
AGREEMENT = 1e-6
"""Of a direction's largest entry; or of `SEEN` of the motion, where a direction hardly moves anything."""
SEEN = 1e-3
SIZES = {"position": 1.0, "sliding": 1.0, "velocity": DT, "sliding_velocity": DT, "anchor": 1.0}
"""What makes a length of each of a state's arrays."""


def rollout_of(scene: Scene, device: str, seed: int = 31, forces: bool = True) -> Rollout:
    """A rollout from a start far from rest, with random forces."""
    model = Model(scene, device)
    weight = 4e-3 * 9.8 * spacing_of(model)
    shape = (scene.time.frame_count, *model.shapes[0], 3)
    pushes = weight * np.random.default_rng(seed).standard_normal(shape) if forces else None
    return Rollout(scene, device, pushes, moving_start(model, seed), air=True)


def direction_of(way: Way) -> Direction:
    if way.name.startswith("initial "):
        return Direction(initial={way.name.removeprefix("initial "): way.change})
    if way.name == "forces":
        return Direction(forces=way.change)
    return Direction(arrays=[(way.array, way.change)])


def states_of(rollout: Rollout, steps: int) -> list[np.ndarray]:
    """[12 N] after each step, all in m."""
    rollout.restart()
    found = []
    for _ in range(steps):
        rollout.step()
        found.append(flat(rollout.state))
    return found


def flat(state) -> np.ndarray:
    return np.concatenate([SIZES[name] * getattr(state, name).numpy().ravel() for name in STATE])


def pushed(rollout: Rollout, directions: list[Direction], steps: int) -> list[np.ndarray]:
    """[12 N, P] after each step."""
    rollout.restart()
    tangents, found = Tangents(rollout.model, directions), []
    for index in range(steps):
        remembers = rollout.previous is not None
        rollout.step()
        external = None if rollout.forces is None else rollout.forces.numpy()[index]
        tangents.step(rollout.parts, external, index, remembers)
        found.append(np.stack([flat(state) for state in tangents.states], axis=1))
    return found


def differences(rollout: Rollout, way: Way, steps: int) -> list[np.ndarray]:
    """Like `pushed`, of one way: whole rollouts, four points, fourth order."""
    start, runs = np.array(way.array.numpy()), []
    for amount in (STEP, -STEP, 2 * STEP, -2 * STEP):
        way.array.assign(start + amount * way.change)
        runs.append(states_of(rollout, steps))
    way.array.assign(start)
    return [(8 * (a - b) - (c - d)) / (12 * STEP) for a, b, c, d in zip(*runs)]


def check(rollout: Rollout, steps: int = STEPS) -> dict[str, float]:
    """Largest move of the last state along each way, m, all of them checked after every step."""
    found, moved = ways(rollout, seed=32), {}
    columns = pushed(rollout, [direction_of(way) for way in found], steps)
    motion = largest(states_of(rollout, steps)[-1] - flat(rollout.initial))
    for k, way in enumerate(found):
        for step, expected in enumerate(differences(rollout, way, steps)):
            error = difference(columns[step][:, k], expected, floor=SEEN * motion)
            assert error < AGREEMENT, (way.name, step + 1, error)
        moved[way.name] = largest(columns[-1][:, k]) / motion
    return moved


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
@pytest.mark.parametrize("name", ["sticks", "slips", "between"])
def test_against_whole_rollouts(device, name, integrator):
    moved = check(rollout_of(scene_of(name, integrator, STEPS), device))
    assert {"friction[0]", "linear_density[0]", "wind[0]", "key_time[0]", "initial velocity", "forces"} <= {*moved}
    assert len([way for way, size in moved.items() if size > SEEN]) > len(moved) / 3
    assert moved["initial anchor"] > SEEN
    if name == "slips":
        assert moved["friction[0]"] > SEEN


def test_a_halved_step(device):
    """It goes through Euler steps of its own, and the step after it forgets what came before."""
    rollout = rollout_of(scene_of("slips", "bdf2", STEPS), device)
    solve, halved = rollout.stepper.newton.solve, []

    def shorter(scheme, *args):
        if rollout.steps_done != 1 or scheme.h <= 0.3 * DT:
            return solve(scheme, *args)
        halved.append(scheme)
        return NewtonReport(reason="too long for this test")

    rollout.stepper.newton.solve = shorter
    moved = check(rollout)
    assert halved
    assert moved["friction[0]"] > SEEN


def test_without_forces(device):
    """A change of forces that were not there."""
    rollout = rollout_of(scene_of("slips", "bdf2", STEPS), device, forces=False)
    change = 1e-4 * np.random.default_rng(33).standard_normal((STEPS, rollout.model.node_count, 3))
    with_forces = rollout_of(scene_of("slips", "bdf2", STEPS), device)
    with_forces.forces.zero_()
    (column,) = pushed(rollout, [Direction(forces=change)], STEPS)[-1].T
    (expected,) = pushed(with_forces, [Direction(forces=change)], STEPS)[-1].T
    assert largest(column) > 0.0
    np.testing.assert_array_equal(column, expected)


def test_several_changes_add_up(device):
    rollout = rollout_of(scene_of("slips", "bdf2", STEPS), device)
    found = {way.name: way for way in ways(rollout, seed=34)}
    names = ["friction[0]", "young_modulus[0]", "initial velocity", "forces"]
    parts = [direction_of(found[name]) for name in names]
    together = Direction(
        arrays=[pair for part in parts for pair in part.arrays],
        initial={name: change for part in parts for name, change in part.initial.items()},
        forces=found["forces"].change,
    )
    columns = pushed(rollout, [*parts, together], STEPS)[-1]
    assert difference(columns[:, -1], columns[:, :-1].sum(axis=1)) < 1e-6


def test_the_model_and_the_states_are_put_back(device):
    """To the last bit, also where a linearised step cannot be solved."""
    rollout = rollout_of(scene_of("slips", "bdf2", STEPS), device)
    directions = [direction_of(way) for way in ways(rollout, seed=35)]
    arrays = [*rollout.model.differentiable(), *rollout.initial.arrays(), rollout.forces]
    before = [array.numpy().copy() for array in arrays]
    alone = states_of(rollout, STEPS)
    pushed(rollout, directions, STEPS)
    for array, expected in zip(arrays, before):
        np.testing.assert_array_equal(array.numpy(), expected)

    rollout.restart()
    tangents = Tangents(rollout.model, directions)
    tangents.linear.solve = lambda *_: LinearReport(7, 1.0, 1.0, False)
    rollout.step()
    with pytest.raises(SolverError, match="linearised step") as error:
        tangents.step(rollout.parts, rollout.forces.numpy()[0], 0, False)
    assert error.value.where == "the step that ends at 0.001 s"
    assert "time.step" in error.value.fix
    for array, expected in zip(arrays, before):
        np.testing.assert_array_equal(array.numpy(), expected)
    if device == "cpu":
        for actual, expected in zip(states_of(rollout, STEPS), alone):
            np.testing.assert_array_equal(actual, expected)


def test_what_moves_nothing(device):
    """A column of zeros stays one; without directions there is nothing to do."""
    rollout = rollout_of(scene_of("sticks", "bdf2", STEPS), device)
    density = rollout.model.material.linear_density
    still = Direction(arrays=[(density, np.zeros(len(density)))])
    assert not pushed(rollout, [still, dataclasses.replace(still, arrays=[])], STEPS)[-1].any()
    tangents = Tangents(rollout.model, [])
    rollout.restart()
    rollout.step()
    tangents.step(rollout.parts, rollout.forces.numpy()[0], 0, False)
    assert tangents.states == []
