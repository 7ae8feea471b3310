"""Inputs: which device arrays a dotted name means, and which are read and written."""

import numpy as np
import pytest
from named_inputs import SCENE, SHAPES, inputs_of

from warp_fabric.errors import SceneError
from warp_fabric.initial import initial_state
from warp_fabric.inputs import Inputs, differentiable_names, value_shape
from warp_fabric.parameters import PARAMETERS, holders


@pytest.fixture
def inputs(device) -> Inputs:
    return inputs_of(SCENE, device, with_forces=True)


def test_names_are_those_that_have_a_shape():
    names = differentiable_names(SCENE, with_forces=True)
    acting = [each for each in PARAMETERS if not each.requires or getattr(SCENE, each.requires)]
    declared = [len(holders(SCENE, each.table)) for each in acting]
    optional = sum(each.key in ("crossing_stiffness", "shear_rigidity") for each in acting)
    assert {*SHAPES} <= {*names}
    assert len(names) == len({*names}) == sum(declared) - optional + 4 + len(["forces"])
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
        border = ~SCENE.build().slides
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
        border = ~SCENE.build().slides
        np.testing.assert_array_equal(inputs.value(name)[border], before[border])
        with pytest.raises(SceneError, match="border crossings cannot slide") as caught:
            inputs.assign(name, before + 1e-6)
        assert caught.value.where == name
        np.testing.assert_array_equal(inputs.value(name)[border], before[border])


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
