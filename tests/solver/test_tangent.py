"""Linearised rollouts: every way a start can change, against finite differences of whole rollouts."""

import numpy as np
import pytest
from gradient_check import Way, spacing_of, ways
from moving_cloth import DT, STATE, midway
from sample_cloth import difference, largest

from warp_fabric.errors import SolverError
from warp_fabric.parameters import AIR
from warp_fabric.solver.linear import LinearReport
from warp_fabric.solver.newton import NewtonReport
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.tangent import Direction, Tangents

STEPS = 3
STEP = 1e-5
AGREEMENT = 5e-6  # rounding leaves 1e-6 in the tangents' own differences, whatever the step of those here
"""Of a direction's largest entry; or of `SEEN` of the motion, where a direction hardly moves anything."""
SEEN = 1e-2
SIZES = {"position": 1.0, "sliding": 1.0, "velocity": DT, "sliding_velocity": DT, "anchor": 1.0}
"""What makes a length of each of a state's arrays."""
SLIP = 2e-4
"""In spacings, how far anchors and slides are moved: friction's limits are less than that from each other."""
SNAG = "snag_plain_bdf2"


def rollout_of(name: str, integrator: str, device: str, forces: bool = True) -> Rollout:
    """A rollout of cloth in motion, under random forces of about its weight."""
    scene, initial = midway(name, integrator, STEPS)
    shape = (STEPS, *initial["position"].shape)
    pushes = 5e-5 * np.random.default_rng(31).standard_normal(shape) if forces else None
    return Rollout(scene, device, pushes, initial, varied=AIR)


def ways_of(rollout: Rollout) -> list[Way]:
    found = ways(rollout, seed=32)
    for way in found:
        if way.name in ("initial anchor", "initial sliding"):
            way.change *= SLIP
    return found


def direction_of(way: Way) -> Direction:
    if way.name.startswith("initial "):
        return Direction(initial={way.name.removeprefix("initial "): way.change})
    if way.name == "forces":
        return Direction(forces=way.change)
    return Direction(arrays=[(way.array, way.change)])


def flat(state) -> np.ndarray:
    """[12 N], all in m."""
    return np.concatenate([SIZES[name] * getattr(state, name).numpy().ravel() for name in STATE])


def states_of(rollout: Rollout) -> list[np.ndarray]:
    """[12 N] after each step."""
    rollout.restart()
    found = []
    for _ in range(STEPS):
        rollout.step()
        found.append(flat(rollout.state))
    return found


def pushed(rollout: Rollout, directions: list[Direction]) -> list[np.ndarray]:
    """[12 N, P] after each step."""
    rollout.restart()
    tangents, found = Tangents(rollout.model, directions), []
    for index in range(STEPS):
        remembers = rollout.previous is not None
        rollout.step()
        external = None if rollout.forces is None else rollout.forces.numpy()[index]
        tangents.step(rollout.parts, external, index, remembers)
        found.append(np.stack([flat(state) for state in tangents.states], axis=1))
    return found


def differences(rollout: Rollout, way: Way, amount: float = STEP) -> list[np.ndarray]:
    """Like `pushed`, of one way: from whole rollouts."""
    start, runs = np.array(way.array.numpy()), []
    for side in (amount, -amount):
        way.array.assign(start + side * way.change)
        runs.append(states_of(rollout))
    way.array.assign(start)
    return [(a - b) / (2 * amount) for a, b in zip(*runs)]


def check(rollout: Rollout, every: int = 1) -> dict[str, float]:
    """How far each way moves the last state, of the motion; all of them (or every so many) are checked each step."""
    found, moved = ways_of(rollout)[::every], {}
    columns = pushed(rollout, [direction_of(way) for way in found])
    motion = largest(states_of(rollout)[-1] - flat(rollout.initial))
    for k, way in enumerate(found):
        for step, expected in enumerate(differences(rollout, way)):
            error = difference(columns[step][:, k], expected, floor=SEEN * motion)
            assert error < AGREEMENT, (way.name, step + 1, error)
        moved[way.name] = largest(columns[-1][:, k]) / motion
    return moved


@pytest.mark.parametrize(
    ("name", "integrator"), [(SNAG, "euler"), (SNAG, "bdf2"), ("pull_twill_bdf2", "bdf2"), ("hang_plain_bdf2", "euler")]
)
def test_against_whole_rollouts(device, name, integrator):
    moved = check(rollout_of(name, integrator, device))
    always = {"radius[0]", "linear_density[0]", "bending_modulus[0]", "initial velocity", "initial position", "forces"}
    assert {*always, "wind[0]", "friction[0]", "key_time[1]", "initial anchor"} <= {*moved}
    assert min(moved[way] for way in always) > SEEN
    assert (moved["friction[0]"] > SEEN) == (name == SNAG)


@pytest.mark.parametrize(
    ("name", "integrator", "seen"),
    [
        ("crimp_pull_plain_euler", "euler", {"end_crimp[0]", "pick_crimp[0]", "twist_rigidity[0]"}),
        ("crimp_flatten_plain_euler", "bdf2", {"crossing_stiffness[0]", "cohesion[1]", "crimp_set[0]"}),
        ("damped_hang_twill_bdf2", "bdf2", {"damping[0]", "damping[1]", "shear_damping[0]"}),
    ],
)
def test_crimped_and_damped_cloth_against_whole_rollouts(device, name, integrator, seen):
    """Pins aside. Crimp curves more than straight yarn does, so that differences take shorter steps and round more."""
    rollout = rollout_of(name, integrator, device)
    found = [way for way in ways_of(rollout) if not way.name.startswith(("stiffness", "key_"))]
    columns = pushed(rollout, [direction_of(way) for way in found])
    motion = largest(states_of(rollout)[-1] - flat(rollout.initial))
    for k, way in enumerate(found):
        errors = []
        for amount in (STEP, 0.1 * STEP):
            expected = differences(rollout, way, amount)
            pairs = zip((column[:, k] for column in columns), expected)
            errors.append(max(difference(*pair, floor=SEEN * motion) for pair in pairs))
        assert min(errors) < 4 * AGREEMENT, (way.name, errors)
    moved = {way.name: largest(columns[-1][:, k]) / motion for k, way in enumerate(found)}
    assert min(moved[way] for way in seen) > 1e-5  # errors are below 2e-7


def test_a_halved_step(device):
    """It goes through Euler steps of its own, and the step after it forgets what came before."""
    rollout = rollout_of(SNAG, "bdf2", device)
    solve, halved = rollout.stepper.newton.solve, []

    def shorter(scheme, *args):
        if rollout.steps_done != 1 or scheme.h <= 0.3 * DT:
            return solve(scheme, *args)
        halved.append(scheme)
        return NewtonReport(reason="too long for this test")

    rollout.stepper.newton.solve = shorter
    moved = check(rollout, every=3)
    assert halved
    assert min(moved[way] for way in ("friction[0]", "bending_modulus[0]", "initial position")) > SEEN


def test_forces_where_there_were_none(device):
    change = 1e-4 * np.random.default_rng(33).standard_normal((STEPS, 49, 3))
    alone, with_forces = rollout_of(SNAG, "bdf2", device, forces=False), rollout_of(SNAG, "bdf2", device)
    with_forces.forces.zero_()
    columns = [pushed(rollout, [Direction(forces=change)])[-1][:, 0] for rollout in (alone, with_forces)]
    assert largest(columns[0]) > 1e-6
    assert difference(*columns) <= (0.0 if device == "cpu" else 1e-6)


def test_several_changes_add_up(device):
    rollout = rollout_of(SNAG, "bdf2", device)
    found = {way.name: way for way in ways_of(rollout)}
    parts = [direction_of(found[name]) for name in ("friction[0]", "young_modulus[0]", "initial velocity", "forces")]
    together = Direction(
        arrays=[pair for part in parts for pair in part.arrays],
        initial={name: change for part in parts for name, change in part.initial.items()},
        forces=found["forces"].change,
    )
    columns = pushed(rollout, [*parts, together])[-1]
    assert difference(columns[:, -1], columns[:, :-1].sum(axis=1)) < AGREEMENT


def test_a_long_direction_is_told_apart_from_a_short_one(device):
    """Columns are as long as their directions, however far those go."""
    rollout = rollout_of(SNAG, "bdf2", device)
    change = 0.01 * np.random.default_rng(36).standard_normal((49, 3))
    columns = pushed(rollout, [Direction(initial={"velocity": size * change}) for size in (1.0, 1e4)])[-1]
    assert difference(columns[:, 1] / 1e4, columns[:, 0]) < AGREEMENT


def test_the_model_and_the_states_are_put_back(device):
    """To the last bit, also where a linearised step cannot be solved."""
    rollout = rollout_of(SNAG, "bdf2", device)
    directions = [direction_of(way) for way in ways_of(rollout)]
    arrays = [*rollout.model.differentiable(), *rollout.initial.arrays(), rollout.forces]
    before = [array.numpy().copy() for array in arrays]
    alone = states_of(rollout)
    pushed(rollout, directions)
    for array, expected in zip(arrays, before):
        np.testing.assert_array_equal(array.numpy(), expected)

    rollout.restart()
    tangents = Tangents(rollout.model, directions)
    tangents.linear.solve = lambda *_: LinearReport("none", 7, 1.0, 1.0, False)
    rollout.step()
    with pytest.raises(SolverError, match="linearised step") as error:
        tangents.step(rollout.parts, rollout.forces.numpy()[0], 0, False)
    assert error.value.where == "the step that ends at 0.001 s"
    assert "time.step" in error.value.fix
    for array, expected in zip(arrays, before):
        np.testing.assert_array_equal(array.numpy(), expected)
    if device == "cpu":
        for actual, expected in zip(states_of(rollout), alone):
            np.testing.assert_array_equal(actual, expected)


def test_what_moves_nothing(device):
    """A column of zeros stays one; without directions there is nothing to do."""
    rollout = rollout_of("hang_plain_bdf2", "bdf2", device)
    density = rollout.model.material.linear_density
    still = Direction(arrays=[(density, np.zeros(len(density)))], forces=np.zeros((STEPS, 25, 3)))
    assert not pushed(rollout, [still, Direction()])[-1].any()
    tangents = Tangents(rollout.model, [])
    rollout.restart()
    rollout.step()
    tangents.step(rollout.parts, rollout.forces.numpy()[0], 0, False)
    assert tangents.states == []


def test_the_spacing_is_that_of_the_finest_cloth(device):
    rollout = rollout_of("pull_twill_bdf2", "bdf2", device)
    assert Tangents(rollout.model, [])._spacing == spacing_of(rollout.model) == pytest.approx(0.95e-3)
