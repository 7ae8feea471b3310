"""Automatic differentiation of every force: adjoints against finite differences, parameters included."""

from collections.abc import Iterator

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, difference, perturbed, sample_model

from warp_fabric.forces import FORCES, INERTIA, Elements
from warp_fabric.forces.wind import Wind
from warp_fabric.material import Material
from warp_fabric.model import Pins
from warp_fabric.types import vec5

ALL = (*FORCES, INERTIA)
each_force = pytest.mark.parametrize("force", ALL, ids=lambda force: force.name)

# Everything that each force depends on, and nothing else.
FEELS = {
    "stretch": {"position", "sliding", "radius", "young_modulus"},
    "parallel_contact": {"sliding", "radius", "parallel_stiffness"},
    "weight": {"position", "sliding", "linear_density", "gravity"},
    "bend": {"position", "sliding", "radius", "bending_modulus"},
    "shear": {"position", "compression", "radius", "shear_modulus"},
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
}
STEP = 1e-6  # of the array's size


def watched(point: Point) -> Iterator[tuple[str, wp.array]]:
    """Every array that a force may depend on, by name."""
    held = {name: getattr(point.held, name) for name in ("compression", "air", "anchor", "pin_target")}
    moving = {name: getattr(point.state, name) for name in ("position", "sliding", "velocity", "sliding_velocity")}
    material = {name: getattr(point.model.material, name) for name in Material.vars}
    pins = {name: getattr(point.model.pins, name) for name in Pins.vars if name == "stiffness"}
    yield from (moving | held | material | pins).items()


def record(point: Point) -> None:
    """Let everything watched take a gradient."""
    for _, array in watched(point):
        array.requires_grad = True


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


@pytest.fixture(params=["twill", "plain"])
def point(request, device) -> Point:
    amount = 0.15 if request.param == "twill" else 0.05
    shear = 0.0 if request.param == "twill" else 0.9
    return perturbed(sample_model(request.param, device), seed=11, amount=amount, shear=shear)


@each_force
def test_adjoint_is_the_directional_derivative(force, point):
    rng = np.random.default_rng(12)
    weights = rng.standard_normal((point.model.node_count, 5))
    found = gradients(point, force, weights)
    felt = set()
    for name, array in watched(point):
        start = np.array(array.numpy())
        direction = rng.standard_normal(start.shape) * (np.abs(start).max() or 1.0)
        if name in ("position", "sliding", "anchor", "pin_target"):
            direction *= 1e-3 / np.abs(start).max()  # m: a spacing, not the whole cloth
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
    # In a sett as dense as this plain weave's, parallel yarns meet at their spacing, whatever their radius.
    unfelt = {"radius"} if force.name == "parallel_contact" and len(weights) == 25 else set()
    assert felt == FEELS[force.name] - unfelt


@each_force
def test_adjoint_by_coordinates_is_the_transposed_jacobian(force, point):
    weights = np.random.default_rng(13).standard_normal((point.model.node_count, 5))
    found = gradients(point, force, weights)
    by_coordinates = np.concatenate([found["position"], found["sliding"]], axis=1).ravel()
    expected = point.jacobian(force)[point.free].T @ weights.ravel()[point.free]
    assert difference(by_coordinates[point.free], expected[point.free]) < 1e-11


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


def test_held_quantities_pass_gradients_on(device):
    """Normals, compression and the wind's triangles are functions of the state, and differentiated as such."""
    point = perturbed(sample_model("twill", device), seed=14, amount=0.05)
    model, state, held = point.model, point.state, point.held
    record(point)
    held.normal.requires_grad = True
    rng = np.random.default_rng(15)
    weights = {
        name: rng.standard_normal(getattr(held, name).numpy().shape) for name in ("normal", "compression", "air")
    }
    inputs = {"position": state.position, "sliding": state.sliding} | {
        name: getattr(model.material, name) for name in ("radius", "young_modulus", "bending_modulus")
    }

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
        assert float(np.vdot(found[name], direction)) == pytest.approx(expected, rel=1e-5), name
