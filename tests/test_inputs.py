"""Inputs: which device arrays a dotted name means, read, written and differentiated."""

import numpy as np
import pytest
import warp as wp
from small_run import small_scene

from warp_fabric.errors import SceneError
from warp_fabric.forces import Moment, empty_held
from warp_fabric.forces.pin import Pin
from warp_fabric.initial import initial_state
from warp_fabric.inputs import Inputs, differentiable_names, value_shape
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.parameters import PARAMETERS
from warp_fabric.types import f64, vec3
from warp_fabric.yarn import library_yarn

SCENE = small_scene(
    yarns__stiff=library_yarn("paper-yarn-2"),
    yarns__stiff__radius=2.5e-4,
    fabric__end_yarns=["soft", "stiff"],
    environment__gusts=[[0.0, 0.0, 1.0, 0.0], [0.01, 1.0, -2.0, 0.5], [0.03, 0.0, 0.0, 0.0]],
)
GRID = (6, 5)
STEPS = 40
SHAPES = {
    "yarns.soft.radius": (),
    "yarns.stiff.radius": (),
    "yarns.stiff.linear_density": (),
    "contact.friction": (),
    "environment.gravity": (3,),
    "environment.wind": (3,),
    "environment.gusts": (3, 4),
    "pins.1.stiffness": (),
    "pins.0.path": (1, 4),
    "pins.1.path": (2, 4),
    "initial.position": (*GRID, 3),
    "initial.velocity": (*GRID, 3),
    "initial.sliding": (*GRID, 2),
    "initial.sliding_velocity": (*GRID, 2),
    "forces": (STEPS, *GRID, 3),
}


def inputs_of(scene, device, **options) -> Inputs:
    return Inputs.of(scene, Model(scene, device), initial_state(scene), **options)


@pytest.fixture
def inputs(device) -> Inputs:
    return inputs_of(SCENE, device, with_forces=True)


def test_names_are_those_that_have_a_shape():
    names = differentiable_names(SCENE, with_forces=True)
    declared = [(2 if each.table in ("yarns", "pins") else 1) for each in PARAMETERS if not each.per]
    assert {*SHAPES} <= {*names}
    assert len(names) == len({*names}) == sum(declared) + 4 + len(["forces"])
    for name in names:
        value_shape(SCENE, name)
    assert {*names} - {*differentiable_names(SCENE)} == {"forces"}


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_values_at_the_start(inputs, name, shape):
    value = inputs.value(name)
    assert value_shape(SCENE, name) == value.shape == shape
    state = initial_state(SCENE) | {"forces": np.zeros(shape)}
    if name == "pins.0.path":
        expected = [[0.0, *inputs.model.rest_position[0]]]
    else:
        expected = state[name.split(".")[-1]] if name.split(".")[0] in ("initial", "forces") else SCENE.get(name)
    np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_assigned_is_read_and_nothing_else_changes(inputs, name):
    rng = np.random.default_rng(1)
    before, others = (
        [array.ptr for array in inputs.arrays()],
        {other: inputs.value(other) for other in SHAPES if other != name},
    )
    new = inputs.value(name) + rng.uniform(0.1, 1.0, SHAPES[name])
    if "sliding" in name and name.startswith("initial"):
        border = ~SCENE.build().inner
        new[border] = inputs.value(name)[border]
    inputs.assign(name, new)
    np.testing.assert_array_equal(inputs.value(name), new)
    assert [array.ptr for array in inputs.arrays()] == before
    for other, value in others.items():
        np.testing.assert_array_equal(inputs.value(other), value)


def test_values_are_copies(inputs):
    for name in SHAPES:
        before = inputs.value(name)
        inputs.value(name)[...] = 7.0
        np.testing.assert_array_equal(inputs.value(name), before)


@pytest.mark.parametrize("name", SHAPES)
def test_pieces_are_views_of_the_device_arrays(inputs, name):
    value = 1.0 + np.arange(np.prod(SHAPES[name])).reshape(SHAPES[name])
    pieces = inputs.pieces(name, value)
    assert len(pieces) == (2 if "path" in name or "gusts" in name else 1)
    for view, rows in pieces:
        assert view.numpy().shape == rows.shape
        view.assign(rows)
    np.testing.assert_array_equal(inputs.value(name), value)


def test_a_pin_may_be_named_by_its_index_in_brackets(inputs):
    inputs.assign("pins[1].stiffness", 3.0)
    np.testing.assert_array_equal(inputs.model.pins.stiffness.numpy(), [1e4, 3.0])


def test_border_crossings_do_not_slide(inputs):
    for name in ("initial.sliding", "initial.sliding_velocity"):
        before = inputs.value(name)
        inputs.assign(name, before.astype(np.float32))
        border = ~SCENE.build().inner
        np.testing.assert_array_equal(inputs.value(name)[border], before[border])
        with pytest.raises(SceneError, match="border crossings cannot slide") as caught:
            inputs.assign(name, before + 1e-6)
        assert caught.value.where == name
        np.testing.assert_array_equal(inputs.value(name)[border], before[border])


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
    inner = SCENE.build().inner
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


def test_air_that_the_model_leaves_out(device):
    """It would be wrong without a word: steps of a model without air do not look at density and drag."""
    still = inputs_of(SCENE.replace({"environment.wind_density": 0, "environment.wind_drag": 0}), device)
    still.assign("environment.wind_drag", 0.0)
    still.assign("environment.wind", [1.0, 0.0, 0.0])
    assert not still.gradient("environment.wind").any()
    for act in (lambda: still.assign("environment.wind_drag", 0.1), lambda: still.gradient("environment.wind_density")):
        with pytest.raises(SceneError, match="made without air"):
            act()
    still.model.windy = True
    still.assign("environment.wind_drag", 0.1)
    assert still.value("environment.wind_drag") == 0.1


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("fabric.ends", "yarns.soft.radius"),
        ("time.step", "environment.gravity"),
        ("yarns.soft.color", "yarns.soft."),
        ("yarns.sotf.radius", "yarns.soft.radius"),
        ("contact.frictoin", "did you mean contact.friction"),
        ("environment.wind.0", "environment.wind"),
        ("pins.2.path", "pins.1.path"),
        ("pins.-1.path", "pins.1.path"),
        ("initial.state", "initial.velocity"),
        ("initial.anchor", "initial.sliding"),
        ("force", "forces"),
        ("", "contact.friction"),
        (3, "dotted|like"),
    ],
)
def test_what_is_no_parameter(inputs, name, fix):
    for act in (inputs.value, inputs.gradient, lambda name: inputs.assign(name, 1.0)):
        with pytest.raises(SceneError) as caught:
            act(name)
        assert caught.value.where == (name if isinstance(name, str) else "parameters")
        assert caught.value.fix
        assert any(part in caught.value.fix for part in fix.split("|"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yarns.soft.radius", [1.0]),
        ("yarns.soft.radius", float("nan")),
        ("yarns.soft.radius", None),
        ("environment.wind", [1.0, 2.0, np.inf]),
        ("environment.wind", [[1.0], [1.0, 2.0]]),
        ("environment.wind", [1j, 0, 0]),
        ("pins.1.path", np.zeros((2, 3))),
        ("initial.velocity", np.zeros((30, 3))),
    ],
)
def test_values_that_do_not_fit(inputs, name, value):
    before = inputs.value(name)
    with pytest.raises(SceneError) as caught:
        inputs.assign(name, value)
    assert caught.value.where == name
    assert caught.value.fix
    np.testing.assert_array_equal(inputs.value(name), before)
