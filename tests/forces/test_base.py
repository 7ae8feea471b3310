"""The contract of every force: derivatives, invariance and border, at seeded states far from rest."""

import numpy as np
import pytest
from sample_cloth import Point, difference, folded, golden_fold, largest, perturbed, sample_model
from scipy.spatial.transform import Rotation

from warp_fabric.forces import FORCES, INERTIA, POTENTIALS, empty_held

CASES = {
    "twill": ("twill", {"seed": 1}),
    "stiff_twill": ("stiff_twill", {"seed": 2, "amount": 0.05}),
    "plain": ("plain", {"seed": 3, "amount": 0.25}),
    "jammed": ("plain", {"seed": 4, "amount": 0.05, "shear": 0.9}),
    "open_plain": ("open_plain", {"seed": 5}),
    "one_pick": ("one_pick", {"seed": 6}),
    "two_by_two": ("two_by_two", {"seed": 7}),
    "crimped_twill": ("crimped_twill", {"seed": 8, "amount": 0.08}),
    "flattening_twill": ("flattening_twill", {"seed": 9, "amount": 0.08}),
    "crimped_cotton": ("crimped_cotton", {"seed": 10, "amount": 0.05}),
    "touching_satin": ("touching_satin", {"seed": 11, "amount": 0.05}),
    "damped_twill": ("damped_twill", {"seed": 12}),
    "mixed": ("mixed", {"seed": 13, "amount": 0.05}),
    "open_touching": ("open_touching", {"seed": 14, "amount": 0.02, "lies": golden_fold}),
    "folded_paper": ("folded_paper", {"seed": 15, "amount": 0.05, "lies": folded}),
    "cut_twill": ("cut_twill", {"seed": 17}),
    "cut_crimped": ("cut_crimped", {"seed": 18, "amount": 0.05}),
    "cut_touching": ("cut_touching", {"seed": 19, "amount": 0.05, "lies": folded}),
    "folded_cotton": ("folded_cotton", {"seed": 16, "amount": 0.05, "lies": folded}),
}
ALL = (*FORCES, INERTIA)

# Steps of finite differences, m. Slipping happens within a micrometre; weight is bilinear, so any step is exact.
STEP = {"friction": 1e-10, "weight": 1e-5}
SPEED_STEP = 1e-5  # m/s

# Unknowns that a force pulls at: position, sliding.
PULLS = {
    "stretch": (True, True),
    "parallel_contact": (False, True),
    "weight": (True, True),
    "bend": (True, True),
    "shear": (True, False),
    "pin": (True, False),
    "friction": (False, True),
    "wind": (True, False),
    "inertia": (True, True),
    "crimp": (True, True),
    "twist": (True, False),
    "bend_damping": (True, False),
    "shear_damping": (True, False),
    "contact_self": (True, False),
    "contact_solid": (True, False),
    "contact_mesh": (True, False),
    "contact_self_friction": (True, False),
    "contact_obstacle_friction": (True, False),
}
FIXED = ("weight", "pin", "contact_solid", "contact_mesh")
"""Energies that depend on where the cloth is."""
TOUCHING = {name for name in PULLS if name.startswith("contact")}

each_force = pytest.mark.parametrize("force", ALL, ids=lambda force: force.name)
each_potential = pytest.mark.parametrize("force", POTENTIALS, ids=lambda force: force.name)


@pytest.fixture(params=CASES)
def point(request, device) -> Point:
    fabric, how = CASES[request.param]
    return perturbed(sample_model(fabric, device), **how)


def slopes(get, put, measure, free, step: float) -> np.ndarray:
    """Central differences of `measure` by each free entry of the array that `get` gives and `put` takes."""
    start = get()
    columns = []
    for k in np.flatnonzero(free):
        values, ways = [], []
        for sign in (1.0, -1.0):
            moved = start.copy()
            moved.flat[k] += sign * step
            put(moved)
            values.append(measure())
            ways.append(moved.flat[k])
        columns.append((values[0] - values[1]) / (ways[0] - ways[1]))
    put(start)
    return np.stack(columns, axis=-1)


def check_slopes(actual, get, put, measure, free, step: float) -> None:
    """Compares a Jacobian with central differences of `measure`; where it says that nothing changes, with what all of
    them together change, of which the same is left."""
    if actual.any():
        assert difference(actual, slopes(get, put, measure, free, step)) < 1e-6
        return
    before, start = measure(), get()
    moved = start.copy()
    moved.flat[free] += step * np.random.default_rng(0).uniform(-1.0, 1.0, np.count_nonzero(free))
    put(moved)
    assert largest(measure() - before) <= 1e-12 * largest(before)
    put(start)


def stop(point: Point) -> None:
    """Stop all motion: damping has no energy."""
    point.move_at(np.zeros((point.model.node_count, 5)))


def test_every_force_is_listed_once():
    names = [force.name for force in ALL]
    assert len({*names}) == len(names)
    assert {*names} == {*PULLS}, "list it in registry.py and in PULLS"
    assert FORCES[: len(POTENTIALS)] == POTENTIALS


@each_potential
def test_force_is_minus_the_slope_of_the_energy(force, point):
    stop(point)
    step = STEP.get(force.name, 1e-8)
    expected = -slopes(point.coordinates, point.move_to, lambda: point.energy(force), point.free, step)
    actual = point.force(force).ravel()[point.free]
    assert difference(actual, expected) < 1e-6


@each_force
def test_jacobian_is_the_slope_of_the_force_by_coordinates(force, point):
    def measure() -> np.ndarray:
        return point.force(force).ravel()[point.free]

    actual = point.jacobian(force)[np.ix_(point.free, point.free)]
    check_slopes(actual, point.coordinates, point.move_to, measure, point.free, STEP.get(force.name, 1e-8))


@each_force
def test_jacobian_is_the_slope_of_the_force_by_velocities(force, point):
    def measure() -> np.ndarray:
        return point.force(force).ravel()[point.free]

    actual = point.jacobian(force, 0.0, 1.0)[np.ix_(point.free, point.free)]
    check_slopes(actual, point.speeds, point.move_at, measure, point.free, SPEED_STEP)
    assert (
        difference(
            point.jacobian(force, 2.0, -3.0),
            2.0 * point.jacobian(force) - 3.0 * point.jacobian(force, 0.0, 1.0) + 2.0 * np.diag(~point.free),
        )
        < 1e-14
    )


@each_potential
def test_second_derivatives_of_an_energy_are_symmetric(force, point):
    jacobian = point.jacobian(force)
    assert largest(jacobian - jacobian.T) <= 1e-13 * largest(jacobian)


@each_force
def test_border_crossings_do_not_slide(force, point):
    border = ~point.free
    assert not point.force(force).ravel()[border].any()
    jacobian = point.jacobian(force)
    np.testing.assert_array_equal(jacobian[border], np.eye(len(border))[border])
    np.testing.assert_array_equal(jacobian[:, border], np.eye(len(border))[:, border])


@pytest.mark.parametrize("force", [f for f in POTENTIALS if f.name not in FIXED], ids=lambda f: f.name)
def test_energy_does_not_change_under_rotation_and_translation(force, point):
    before = point.energy(force)
    move(point, Rotation.from_rotvec([0.7, -1.9, 0.4]).as_matrix(), np.array([0.02, -0.05, 0.03]))
    assert point.energy(force) == pytest.approx(before, rel=1e-9, abs=1e-30)


def test_kinetic_energy_does_not_change_under_rotation_and_translation(point):
    before = point.energy(INERTIA)
    move(point, Rotation.from_rotvec([0.7, -1.9, 0.4]).as_matrix(), np.array([0.02, -0.05, 0.03]))
    assert before > 0.0
    assert point.energy(INERTIA) == pytest.approx(before, rel=1e-12)


def move(point: Point, rotation: np.ndarray, way: np.ndarray) -> None:
    """Turn and shift the cloth and its motion; what is held stays."""
    point.state.position.assign(point.state.position.numpy() @ rotation.T + way)
    point.state.velocity.assign(point.state.velocity.numpy() @ rotation.T)


@pytest.mark.parametrize(
    "case", ["plain", "twill", "crimped_twill", "crimped_cotton", "damped_twill", "folded_paper", "folded_cotton"]
)
def test_forces_pull_at_the_unknowns_they_should(case, device):
    fabric, how = CASES[case]
    point = perturbed(sample_model(fabric, device), **how)
    for force in ALL:
        values = point.force(force)
        pulls = (values[:, :3].any(), values[:, 3:].any())
        expected = (False, False) if force.name in absent(case) else PULLS[force.name]
        assert pulls == expected, f"{force.name}: PULLS, `absent` and the parameters in `sample_cloth.SCENES` disagree"


def absent(case: str) -> set[str]:
    """The forces that do nothing in a cloth: crimp takes the place of stretch."""
    if case == "folded_paper":
        return {"crimp", "twist", "bend_damping", "shear_damping", "wind", "contact_mesh"}
    if case == "folded_cotton":
        return {"stretch"}
    if case in ("plain", "twill"):
        return TOUCHING | {"crimp", "twist", "bend_damping", "shear_damping"}
    return TOUCHING | ({"crimp", "twist"} if case == "damped_twill" else {"stretch"})


def test_states_reach_every_regime(device):
    """What the contract is worth: stick, slip and in between, jammed corners, touching and parted parallel yarns."""
    point = perturbed(sample_model("twill", device), **CASES["twill"][1])
    inner = point.model.topology.inner
    limit = 0.5 * point.held.compression.numpy()[inner, None]
    z = np.abs(800.0 * (point.state.sliding.numpy() - point.held.anchor.numpy())[inner] / limit)
    assert ((z < 0.9).any(), ((z > 0.9) & (z < 1.1)).any(), (z > 1.1).any()) == (True, True, True)

    point = perturbed(sample_model("plain", device), **CASES["jammed"][1])
    centre, along, across = point.model.topology.corner.T
    x = point.state.position.numpy()
    u, v = x[along] - x[centre], x[across] - x[centre]
    cosine = np.einsum("ij,ij->i", u, v) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    jam = np.pi / 2 - 2 * np.arcsin(0.5)
    assert (np.arcsin(cosine) > 1.1 * jam).sum() >= 5

    slipping = set()
    for case in ("open_touching", "folded_paper", "folded_cotton"):
        fabric, how = CASES[case]
        point = perturbed(sample_model(fabric, device), **how)
        held, slip_speed = point.held, point.model.material.collision_slip_speed.numpy()[0]
        assert (held.candidates.limit.numpy() > 0.0).sum() >= 10
        touches = held.touch_limit.numpy() > 0.0
        assert touches.any(axis=0).all(), "all obstacles are touched"
        node, weight = point.model.beads.node.numpy(), point.model.beads.weight.numpy()[:, None]
        velocity = point.state.velocity.numpy()
        velocity = weight * velocity[node[:, 0]] + (1.0 - weight) * velocity[node[:, 1]]
        slip, normal = velocity[:, None] - held.touch_speed.numpy(), held.touch_normal.numpy()
        slip -= (slip * normal).sum(axis=-1, keepdims=True) * normal
        z = np.linalg.norm(slip, axis=-1)[touches] / slip_speed
        slipping |= {*np.digitize(z, [0.9, 1.1])}
    assert slipping == {0, 1, 2}


def test_held_starts_empty(device):
    held = empty_held(sample_model("plain", device))
    sizes = {name: len(getattr(held, name)) for name in ("normal", "compression", "air", "anchor", "pin_target")}
    assert sizes == {"normal": 25, "compression": 25, "air": 32, "anchor": 25, "pin_target": 2}
    assert len(empty_held(sample_model("open_plain", device)).air) == 0
