"""Automatic differentiation of every force: adjoints against finite differences, parameters included."""

from collections.abc import Iterator

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, difference, folded, golden_fold, perturbed, sample_model

from warp_fabric.forces import FORCES, INERTIA, Elements
from warp_fabric.forces.wind import Wind
from warp_fabric.material import Material
from warp_fabric.prescribed import Pins
from warp_fabric.types import vec5

ALL = (*FORCES, INERTIA)
each_force = pytest.mark.parametrize("force", ALL, ids=lambda force: force.name)

# Everything that each force depends on, and nothing else.
FEELS = {
    "stretch": {"position", "sliding", "radius", "young_modulus"},
    "parallel_contact": {"sliding", "radius", "parallel_stiffness"},
    "weight": {"position", "sliding", "linear_density", "gravity"},
    "bend": {"position", "sliding", "radius", "bending_modulus"},
    "shear": {"position", "compression", "radius", "held_modulus"},
    "pin": {"position", "pin_target", "stiffness"},
    "friction": {
        "sliding",
        "sliding_velocity",
        "compression",
        "anchor",
        "friction",
        "friction_stiffness",
        "sliding_damping",
    },
    "wind": {"velocity", "air", "wind", "wind_density", "wind_drag"},
    "inertia": {"position", "sliding", "velocity", "sliding_velocity", "linear_density"},
    "crimp": {"position", "sliding", "crimp", "radius", "young_modulus", "bending_modulus", "cohesion"},
    "twist": {"position", "twist_rigidity"},
    "bend_damping": {"velocity", "bend_measure", "radius", "bending_modulus", "damping"},
    "shear_damping": {"velocity", "shear_measure", "held_modulus", "radius", "shear_damping"},
    "contact_self": {"position", "radius", "collision_stiffness"},
    "contact_solid": {"position", "radius", "collision_stiffness", "thickness", "obstacle_first"},
    "contact_mesh": {"position", "radius", "collision_stiffness", "thickness", "obstacle_vertex"},
    "contact_self_friction": {"velocity", "collision_slip_speed", "pair_normal", "pair_limit"},
    "contact_obstacle_friction": {"velocity", "collision_slip_speed", "touch_normal", "touch_limit", "touch_speed"},
}
POSED = ("obstacle_first", "obstacle_second", "obstacle_vertex")
TOUCH = ("touch_normal", "touch_limit", "touch_speed")
HELD = ("compression", "air", "anchor", "pin_target", "crimp", "bend_measure", "shear_measure", *POSED, *TOUCH)
STEP = 1e-6  # of the array's size
CASES = {
    "twill": ("twill", {"amount": 0.15}),
    "plain": ("plain", {"amount": 0.05, "shear": 0.9}),
    "crimped_twill": ("crimped_twill", {"amount": 0.05}),
    "flattening_twill": ("flattening_twill", {"amount": 0.05}),
    "crimped_cotton": ("crimped_cotton", {"amount": 0.02}),
    "damped_twill": ("damped_twill", {"amount": 0.15}),
    "mixed": ("mixed", {"amount": 0.02}),
    "open_touching": ("open_touching", {"amount": 0.02, "lies": golden_fold}),
    "folded_paper": ("folded_paper", {"amount": 0.05, "lies": folded}),
    "folded_cotton": ("folded_cotton", {"amount": 0.02, "lies": folded}),
}


def watched(point: Point) -> Iterator[tuple[str, wp.array]]:
    """Every array that a force may depend on, by name."""
    held = {name: getattr(point.held, name) for name in HELD} | {"held_modulus": point.held.shear_modulus}
    moving = {name: getattr(point.state, name) for name in ("position", "sliding", "velocity", "sliding_velocity")}
    material = {name: getattr(point.model.material, name) for name in Material.vars}
    pins = {name: getattr(point.model.pins, name) for name in Pins.vars if name == "stiffness"}
    pairs, obstacles = point.held.candidates, {}
    if pairs is not None:
        held |= {"pair_normal": pairs.normal, "pair_limit": pairs.limit}
        names = {"thickness": "thickness", "radius": "obstacle_radius"}
        obstacles = {called: getattr(point.model.obstacles, name) for name, called in names.items()}
    yield from (moving | held | material | pins | obstacles).items()


def record(point: Point) -> None:
    """Let everything watched take a gradient."""
    for _, array in watched(point):
        array.requires_grad = True
    point.held.change.requires_grad = True  # the minimum follows what it depends on


def gradients(point: Point, force, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Gradient of `weights . force` by everything watched."""
    record(point)
    elements = Elements(point.model, requires_grad=True)
    device = point.model.device
    out = wp.zeros(point.model.node_count, dtype=vec5, device=device, requires_grad=True)
    with wp.Tape() as tape:
        force.add_force(point.model, point.state, point.held, elements, 1.0)
        elements.collect(out)
    tape.backward(grads={out: wp.array(weights, dtype=vec5, device=device)})
    result = {name: np.array(array.grad.numpy()) for name, array in watched(point)}
    tape.zero()
    return result


@pytest.fixture(params=CASES)
def case(request) -> str:
    return request.param


@pytest.fixture
def point(case, device) -> Point:
    fabric, how = CASES[case]
    return perturbed(sample_model(fabric, device), seed=11, **how)


def feels(force, case: str, point: Point) -> set[str]:
    """What a force depends on in a cloth."""
    model = point.model
    if not force.count(model):
        return set()
    found = {*FEELS[force.name]}
    if case == "open_touching" and force.name == "parallel_contact":
        return set()
    if case not in ("twill", "crimped_twill", "flattening_twill") and force.name == "parallel_contact":
        found -= {"radius"}  # in setts as dense as these, parallel yarns meet at their spacing, whatever their radius
    if model.crimped and force.name in ("parallel_contact", "bend_damping"):
        found |= {"crimp"}  # by lengths at rest
    if "crossing_stiffness" in model.acting and force.name == "crimp":
        found |= {"crossing_stiffness"}
    if not model.windy and force.name == "wind":
        found = set()
    if force.name == "contact_solid" and case != "folded_paper":
        found |= {"obstacle_radius"}
    if force.name == "contact_solid":
        found |= {"obstacle_second"}
    return found


def test_every_force_says_what_it_feels():
    assert {*FEELS} == {force.name for force in ALL}, "say in FEELS what it depends on"


@each_force
def test_adjoint_is_the_directional_derivative(force, case, point):
    rng = np.random.default_rng(12)
    weights = rng.standard_normal((point.model.node_count, 5))
    found = gradients(point, force, weights)
    felt = set()
    for name, array in watched(point):
        if not array.size:
            continue
        start = np.array(array.numpy())
        direction = rng.standard_normal(start.shape) * (np.abs(start).max() or 1.0)
        if name in ("position", "sliding", "anchor", "pin_target"):
            direction *= 1e-3 / np.abs(start).max()  # m: a spacing, not the whole cloth
        elif name in (*POSED, "thickness"):
            direction *= 1e-3 / (np.abs(start).max() or 1.0)
        elif name in ("pair_limit", "touch_limit"):
            direction *= start / (np.abs(start).max() or 1.0)  # where nothing touches, nothing changes
        elif name in ("crimp", "crossing_stiffness"):
            direction *= start != 0.0  # which is no crimp, and no flattening
        values = []
        for sign in (1.0, -1.0):
            array.assign(start + sign * STEP * direction)
            values.append(float(np.vdot(weights, point.force(force))))
        array.assign(start)
        expected = (values[0] - values[1]) / (2.0 * STEP)
        actual = float(np.vdot(found[name], direction))
        scale = np.abs(weights * point.force(force)).sum()
        assert actual == pytest.approx(expected, rel=1e-5, abs=1e-8 * scale), name
        if found[name].any():
            felt.add(name)
    assert felt == feels(force, case, point), "FEELS is wrong, or the force acts (`count`) where its parameter is 0"


@each_force
def test_adjoint_by_coordinates_is_the_transposed_jacobian(force, point):
    weights = np.random.default_rng(13).standard_normal((point.model.node_count, 5))
    found = gradients(point, force, weights)
    by_coordinates = np.concatenate([found["position"], found["sliding"]], axis=1).ravel()
    expected = point.jacobian(force)[point.free].T @ weights.ravel()[point.free]
    # The tape follows a crossing's minimum by the curvature before the last step of its search.
    assert difference(by_coordinates[point.free], expected[point.free]) < (1e-9 if force.name == "crimp" else 1e-11)


@pytest.mark.parametrize("fabric", ["crimped_twill", "flattening_twill", "crimped_cotton"])
@pytest.mark.parametrize("scale", [(1.05, 1.0, 0.55), (0.55, 1.0, 1.05)], ids=["picks", "ends"])
def test_adjoint_of_crimp_where_yarns_are_straight(device, fabric, scale):
    """Of those, the tape follows the bound: by what a rise is at rest, and by nothing else."""
    crimp = next(force for force in FORCES if force.name == "crimp")
    model = sample_model(fabric, device)
    noise = 0.02 * 3.8e-4 * np.random.default_rng(16).uniform(-1, 1, model.rest_position.shape)
    point = at_rest(model, position=(model.rest_position + noise) * scale)
    weights = np.random.default_rng(17).standard_normal((model.node_count, 5))
    found = gradients(point, crimp, weights)
    assert np.isin(point.held.flat.numpy(), (1, 2, 3)).sum() >= 10
    by_coordinates = np.concatenate([found["position"], found["sliding"]], axis=1).ravel()
    expected = point.jacobian(crimp)[point.free].T @ weights.ravel()[point.free]
    assert difference(by_coordinates[point.free], expected[point.free]) < 1e-9
    for name in ("crimp", "radius", "young_modulus", "bending_modulus", "cohesion"):
        array = point.held.crimp if name == "crimp" else getattr(model.material, name)
        start, direction = np.array(array.numpy()), np.random.default_rng(18).uniform(0.5, 1.0, array.numpy().shape)
        values = []
        for side in (1e-6, -1e-6):
            array.assign(start * (1.0 + side * direction))
            values.append(float(np.vdot(weights, point.force(crimp))))
        array.assign(start)
        slope = (values[0] - values[1]) / 2e-6
        scale_of = np.abs(weights * point.force(crimp)).sum()
        assert float(np.vdot(found[name], start * direction)) == pytest.approx(slope, rel=1e-5, abs=1e-8 * scale_of), (
            name
        )


@each_force
def test_gradients_are_finite_at_exactly_flat_rest(force, device):
    point = at_rest(sample_model("twill", device))
    found = gradients(point, force, np.ones((point.model.node_count, 5)))
    for name, gradient in found.items():
        assert np.isfinite(gradient).all(), name


def test_wind_has_finite_gradients_in_still_air(device):
    point = at_rest(sample_model("plain", device))
    wind = point.model.material.wind
    before = wind.numpy().copy()
    wind.zero_()
    found = gradients(point, Wind(), np.ones((point.model.node_count, 5)))
    wind.assign(before)
    for name, gradient in found.items():
        assert np.isfinite(gradient).all(), name
    assert found["velocity"].any()


HELD_OF = {
    "twill": (("normal", "compression", "air", "shear_modulus"), ("radius", "bending_modulus", "shear_modulus")),
    "crimped_twill": (
        ("normal", "compression", "held_change", "crimp", "bend_measure", "shear_measure"),
        ("radius", "young_modulus", "bending_modulus", "cohesion", "end_crimp", "pick_crimp"),
    ),
    "flattening_twill": (
        ("compression", "held_change"),
        ("radius", "young_modulus", "bending_modulus", "cohesion", "crossing_stiffness", "crimp_set", "pick_crimp"),
    ),
    "touching_satin": (
        ("compression", "held_change", "crimp"),
        ("radius", "young_modulus", "bending_modulus", "crossing_stiffness", "crimp_set"),
    ),
    "rigid_cotton": (("compression", "shear_modulus"), ("radius", "bending_modulus", "shear_rigidity", "crimp_set")),
    "mixed": (("compression", "held_change", "crimp"), ("radius", "young_modulus", "bending_modulus")),
}
"""What a cloth holds, and the parameters that it depends on besides the state."""


@pytest.mark.parametrize("case", HELD_OF)
def test_held_quantities_pass_gradients_on(device, case):
    """Normals, compression, rises and all else that is held are functions of the state, and differentiated as such."""
    point = perturbed(sample_model(case, device), seed=14, amount=0.02)
    model, state, held = point.model, point.state, point.held
    names, parameters = HELD_OF[case]
    record(point)
    for name in (*names, "held_change", "crimp", "normal", "shear_modulus"):
        getattr(held, name).requires_grad = True
    rng = np.random.default_rng(15)
    weights = {name: rng.standard_normal(getattr(held, name).numpy().shape) for name in names}
    for name in ("normal", "bend_measure", "shear_measure", "held_change", "shear_modulus"):  # beside compression, N
        if name in weights:
            size = np.abs(held.compression.numpy()).max() / (np.abs(getattr(held, name).numpy()).max() or 1.0)
            weights[name] *= size
    inputs = {"position": state.position, "sliding": state.sliding}
    inputs |= {name: getattr(model.material, name) for name in parameters}

    with wp.Tape() as tape:
        point.hold()
    tape.backward(
        grads={
            getattr(held, name): wp.array(w, dtype=getattr(held, name).dtype, device=device)
            for name, w in weights.items()
        }
    )
    found = {name: np.array(array.grad.numpy()) for name, array in inputs.items()}
    tape.zero()
    for name, array in inputs.items():
        start = np.array(array.numpy())
        direction = rng.standard_normal(start.shape) * (
            1e-3 if name in ("position", "sliding") else np.abs(start).max()
        )
        values = []
        for sign in (1.0, -1.0):
            array.assign(start + sign * 1e-6 * direction)
            point.hold()
            values.append(sum(float(np.vdot(w, getattr(held, k).numpy())) for k, w in weights.items()))
        array.assign(start)
        expected = (values[0] - values[1]) / 2e-6
        assert abs(expected) > 0.0
        rounding = 1e-8 * sum(np.abs(w * getattr(held, k).numpy()).sum() for k, w in weights.items())
        assert float(np.vdot(found[name], direction)) == pytest.approx(expected, rel=1e-5, abs=rounding), name
