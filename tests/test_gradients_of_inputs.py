"""Inputs: gradients by dotted names, and by forces."""

import numpy as np
import pytest
import warp as wp
from named_inputs import GRID, SCENE, SHAPES, STEPS, inputs_of

from warp_fabric.errors import SceneError
from warp_fabric.forces import Moment, empty_held
from warp_fabric.forces.pin import Pin
from warp_fabric.inputs import Inputs, differentiable_names
from warp_fabric.material import Material
from warp_fabric.types import f64, vec3


@pytest.fixture
def inputs(device) -> Inputs:
    return inputs_of(SCENE, device, with_forces=True)


def fill_gradients(inputs: Inputs) -> None:
    """Numbers that tell every entry from every other."""
    for k, array in enumerate(inputs.arrays()):
        shape = array.numpy().shape
        array.grad.assign(1000.0 * (k + 1) + np.arange(np.prod(shape)).reshape(shape))


def test_gradients_are_those_of_the_named_entries(inputs):
    fill_gradients(inputs)
    material, pins = inputs.model.material, inputs.model.pins
    assert inputs.gradient("yarns.stiff.radius") == material.radius.grad.numpy()[1]
    assert inputs.gradient("yarns.soft.linear_density") == material.linear_density.grad.numpy()[0]
    assert inputs.gradient("contact.friction") == material.friction.grad.numpy()[0]
    np.testing.assert_array_equal(inputs.gradient("environment.wind"), material.wind.grad.numpy()[0])
    path = np.column_stack([pins.key_time.grad.numpy(), pins.key_position.grad.numpy()])
    np.testing.assert_array_equal(inputs.gradient("pins.0.path"), path[:1])
    np.testing.assert_array_equal(inputs.gradient("pins.1.path"), path[1:])
    gusts = inputs.model.gusts
    keys = np.column_stack([gusts.key_time.grad.numpy(), gusts.key_velocity.grad.numpy()])
    np.testing.assert_array_equal(inputs.gradient("environment.gusts"), keys)
    velocity = inputs.initial.velocity.grad.numpy().reshape(*GRID, 3)
    np.testing.assert_array_equal(inputs.gradient("initial.velocity"), velocity)
    assert inputs.forces is not None
    np.testing.assert_array_equal(inputs.gradient("forces"), inputs.forces.grad.numpy().reshape(STEPS, *GRID, 3))
    for name, shape in SHAPES.items():
        assert inputs.gradient(name).shape == shape


def test_the_border_has_no_gradient_of_sliding(inputs):
    fill_gradients(inputs)
    inner = SCENE.build().slides
    for name in ("sliding", "sliding_velocity"):
        gradient = inputs.gradient(f"initial.{name}")
        assert not gradient[~inner].any()
        expected = getattr(inputs.initial, name).grad.numpy().reshape(*GRID, 2)
        np.testing.assert_array_equal(gradient[inner], expected[inner])
        assert gradient[inner].all()


def test_clearing_sets_all_gradients_to_0(inputs):
    fill_gradients(inputs)
    values = {name: inputs.value(name) for name in SHAPES}
    inputs.clear_gradients()
    for name, value in values.items():
        assert not inputs.gradient(name).any()
        np.testing.assert_array_equal(inputs.value(name), value)


def test_arrays_are_all_that_take_gradients(inputs, device):
    found = inputs.arrays()
    assert len(found) == len(Material.vars) + 3 + 2 + 5 + 1
    assert all(array.requires_grad and array.size for array in found)
    assert any(array is inputs.forces for array in found)
    without = inputs_of(SCENE.replace({"pins": [], "environment.gusts": None}), device)
    assert len(without.arrays()) == len(Material.vars) + 5
    without.clear_gradients()


@wp.kernel
def _weighted(target: wp.array(dtype=vec3), weight: wp.array(dtype=vec3), total: wp.array(dtype=f64)):
    p = wp.tid()
    wp.atomic_add(total, 0, wp.dot(target[p], weight[p]))


def test_the_gradient_by_a_path_and_its_times(inputs, device):
    """Against central differences of where the pins pull to."""
    weights = wp.array(np.random.default_rng(2).normal(size=(2, 3)), dtype=vec3, device=device)
    clock = wp.array([0.007], dtype=f64, device=device)

    def total() -> wp.array:
        held = empty_held(inputs.model, requires_grad=True)
        result = wp.zeros(1, dtype=f64, device=device, requires_grad=True)
        Pin().hold(inputs.model, Moment.of(inputs.initial, clock), held)
        wp.launch(_weighted, 2, [held.pin_target, weights], [result], device=device)
        return result

    tape = wp.Tape()
    with tape:
        result = total()
    inputs.clear_gradients()
    tape.backward(loss=result)
    for name in ("pins.0.path", "pins.1.path"):
        path, gradient = inputs.value(name), inputs.gradient(name)
        expected = np.zeros_like(path)
        for index in np.ndindex(path.shape):
            for sign in (1.0, -1.0):
                moved = path.copy()
                moved[index] += sign * 1e-6
                inputs.assign(name, moved)
                expected[index] += sign * total().numpy()[0] / 2e-6
        inputs.assign(name, path)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)
    assert inputs.gradient("pins.1.path").all()


def test_forces(device):
    forces = np.random.default_rng(4).normal(size=SHAPES["forces"])
    given = inputs_of(SCENE, device, forces=forces, with_forces=True)
    np.testing.assert_array_equal(given.value("forces"), forces)
    fixed = inputs_of(SCENE, device, forces=forces)
    np.testing.assert_array_equal(fixed.value("forces"), forces)
    assert not any(array is fixed.forces for array in fixed.arrays())
    with pytest.raises(SceneError, match="no gradient is kept"):
        fixed.gradient("forces")
    none = inputs_of(SCENE, device)
    assert none.forces is None
    with pytest.raises(SceneError, match="no forces act"):
        none.value("forces")
    with pytest.raises(SceneError, match="forces have shape"):
        inputs_of(SCENE, device, forces=forces[1:])


def test_an_equilibrium_has_no_forces(device):
    still = {"environment.wind": [0, 0, 0], "environment.gusts": None}
    static = SCENE.replace({"time.integrator": "static"} | still)
    assert "forces" not in differentiable_names(static, with_forces=True)
    with pytest.raises(SceneError, match="an equilibrium has none"):
        inputs_of(static, device, with_forces=True)
    assert inputs_of(static, device).value("environment.wind_drag") == 0.5
