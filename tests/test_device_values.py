"""Where parameters lie on the device."""

from pathlib import Path

import numpy as np
import pytest
from panelled_scene import panelled_scene

import warp_fabric as wf
from warp_fabric.device_values import arrays_of
from warp_fabric.initial import initial_state
from warp_fabric.inputs import Inputs, value_shape
from warp_fabric.model import Model
from warp_fabric.parameters import place_of, places

GUSTS = [[0.0, 0.0, 1.0, 0.0], [0.01, 1.0, -2.0, 0.5]]
PINS = [{"crossing": [0, 0]}, {"crossing": [1, 1], "path": [[0.0, 0, 0, 0], [1.0, 0, 0, 1]], "stiffness": 5.0}]
SCENE = wf.load_scene(Path(__file__).parent / "data" / "golden" / "contact_elements.toml").replace(
    {"environment.gusts": GUSTS, "pins": PINS}
)
OBSTACLES = {
    "obstacles.0.normal": (3,),
    "obstacles.1.radius": (),
    "obstacles.2.end": (3,),
    "obstacles.3.size": (3,),
    "obstacles.4.friction": (),
    "obstacles.5.path": (2, 7),
    "obstacles.5.thickness": (),
    "collision.stiffness": (),
    "collision.slip_speed": (),
}


@pytest.fixture(scope="module")
def inputs(device):
    return Inputs.of(SCENE, Model(SCENE, device), initial_state(SCENE))


def test_each_is_its_value_in_the_scene(inputs):
    for name, place in places(SCENE):
        (parts,) = arrays_of(inputs.model, place)
        found = np.concatenate([part.numpy().reshape(len(part), -1) for part in parts], axis=1)
        if place.value is not None:
            np.testing.assert_array_equal(found, np.reshape(place.value, found.shape), err_msg=name)


@pytest.mark.parametrize("name", OBSTACLES)
def test_those_of_contact_are_assigned(inputs, name):
    assert value_shape(SCENE, name) == OBSTACLES[name]
    before = {other: inputs.value(other) for other in OBSTACLES}
    inputs.assign(name, before[name] + 0.5)
    np.testing.assert_array_equal(inputs.value(name), before[name] + 0.5)
    assert all((inputs.value(other) == before[other]).all() for other in OBSTACLES if other != name)
    inputs.assign(name, before[name])


def test_times_of_an_obstacles_path_have_no_gradient(inputs):
    inputs.clear_gradients()
    place = place_of(SCENE, ["obstacles", "5", "path"])
    for part in arrays_of(inputs.model, place)[0][1:]:
        part.grad.fill_(2.0)
    gradient = inputs.gradient("obstacles.5.path")
    assert not gradient[:, 0].any()
    assert (gradient[:, 1:] == 2.0).all()
    assert not inputs.gradient("obstacles.0.path").any()


@pytest.mark.parametrize("name", ["yarns.yarn.radius", "environment.gusts", "obstacles.0.path", "pins.3.path"])
def test_what_panels_have_in_common_lies_in_several_places(device, name):
    ball = {"shape": "sphere", "center": [0, 0, -1], "radius": 0.1, "path": [[0.0, 0, 0, 0], [1.0, 0, 0, 1]]}
    path = [[0.0, 0, 0, 0], [1.0, 0, 0, 1], [2.0, 0, 0, 2]]
    scene = panelled_scene(environment__gusts=GUSTS, obstacles=[ball], pins__0__path=path)
    inputs = Inputs.of(scene, Model(scene, device), initial_state(scene))
    place = place_of(scene, name.split("."))
    copies = arrays_of(inputs.model, place)
    assert len(copies) == (1 if name.startswith("pins") else 2)
    new = inputs.value(name) + 0.25
    inputs.assign(name, new)
    for k, parts in enumerate(copies):
        there = np.concatenate([part.numpy().reshape(len(part), -1) for part in parts], axis=1)
        np.testing.assert_array_equal(there.reshape(new.shape), new)
        for part in parts:
            if part.grad is not None:
                part.grad.fill_(1.0 + k)
    assert (np.atleast_1d(inputs.gradient(name))[..., -1] == (1.0 if len(copies) == 1 else 3.0)).all()
    untouched = inputs.value("pins.0.path")
    np.testing.assert_array_equal(untouched, path)
