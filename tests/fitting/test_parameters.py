"""Parameters: named values as a flat vector of unknowns, and back."""

import json
import re

import numpy as np
import pytest
from small_run import small_scene

from warp_fabric.errors import SceneError
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.initial import initial_state
from warp_fabric.inputs import Inputs, differentiable_names
from warp_fabric.model import Model
from warp_fabric.yarn import library_yarn

SCENE = small_scene(
    yarns__stiff=library_yarn("paper-yarn-2"),
    yarns__stiff__radius=2.5e-4,
    yarns__unused=library_yarn("wool"),
    fabric__end_yarns=["soft", "stiff"],
    contact__friction=0.0,
    time__duration=0.01,
)
NAMES = [name for name in differentiable_names(SCENE, with_forces=True) if "unused" not in name]
INPUTS = Inputs.of(SCENE, Model(SCENE, "cpu"), initial_state(SCENE), with_forces=True)
START = {name: INPUTS.value(name) for name in NAMES}
SOME = ["yarns.soft.young_modulus", "contact.friction", "environment.wind", "pins.1.path", "initial.sliding"]
ENTRIES = 1 + 1 + 3 + 2 * 3 + 4 * 3 * 2


@pytest.fixture(scope="module")
def every() -> Parameters:
    """All there are."""
    return Parameters(SCENE, NAMES, START)


@pytest.fixture(scope="module")
def some() -> Parameters:
    return Parameters(SCENE, SOME, START)


def test_the_start_is_u_of_0_to_the_last_bit(every):
    values = every.values(every.start)
    assert [*values] == [*every.names] == NAMES
    for name, value in values.items():
        np.testing.assert_array_equal(value, START[name])
        assert value.shape == START[name].shape
    assert not every.start.any()
    assert (every.lower <= 0).all()
    assert (every.upper >= 0).all()


def test_sizes(some, every):
    assert some.size == len(some.start) == len(some.lower) == len(some.upper) == len(some.labels) == ENTRIES
    border, fixed = 2 * (30 - 4 * 3) * 2, 1 + 2
    assert every.size == sum(value.size for value in START.values()) - border - fixed


def test_positive_values_change_by_factors_and_others_by_their_scale(some):
    values = some.values(np.full(some.size, 2.0))
    soft = SCENE.yarns["soft"]
    assert values["yarns.soft.young_modulus"] == pytest.approx(soft.young_modulus * np.exp(2.0), rel=1e-14)
    assert values["contact.friction"] == pytest.approx(2 * 0.5, rel=1e-14)
    wind = np.array(SCENE.environment.wind)
    np.testing.assert_allclose(values["environment.wind"], wind + 2 * np.linalg.norm(wind), rtol=1e-14)


def test_times_and_the_border_stay(every):
    values = every.values(np.random.default_rng(1).normal(size=every.size))
    border = ~SCENE.build().slides
    for name in ("initial.sliding", "initial.sliding_velocity"):
        np.testing.assert_array_equal(values[name][border], START[name][border])
        assert (values[name][~border] != START[name][~border]).all()
    for name in ("pins.0.path", "pins.1.path"):
        np.testing.assert_array_equal(values[name][:, 0], START[name][:, 0])
        assert (values[name][:, 1:] != START[name][:, 1:]).all()


def test_values_leave_the_start_alone(every):
    for value in every.values(every.start).values():
        value[...] = 7.0
    for name, value in every.values(every.start).items():
        np.testing.assert_array_equal(value, START[name])


def test_the_chain_rule(every):
    """Gradients of a function of the values, against central differences by u."""
    rng = np.random.default_rng(2)
    weights = {name: rng.normal(size=np.shape(value)) / (np.abs(value).max() or 1.0) for name, value in START.items()}
    u = 0.3 * rng.normal(size=every.size)

    def total(u):
        return sum(np.sum(weights[name] * value**2) for name, value in every.values(u).items())

    gradients = {name: 2 * weights[name] * value for name, value in every.values(u).items()}
    found = every.chain(u, gradients)
    assert found.shape == (every.size,)
    picked = [*range(60), *rng.choice(every.size, 60, replace=False)]
    for k in picked:
        step = np.zeros(every.size)
        step[k] = 1e-5
        expected = (total(u + step) - total(u - step)) / 2e-5
        assert found[k] == pytest.approx(expected, rel=1e-5, abs=1e-8 * np.abs(found).max()), every.labels[k]


def test_value_units_are_slopes_of_the_values(every):
    u = 0.3 * np.random.default_rng(3).normal(size=every.size)
    slopes = every.split(every.to_value_units(u), fill=0.0)
    ahead, behind = every.values(u + 1e-6), every.values(u - 1e-6)
    for name, slope in slopes.items():
        np.testing.assert_allclose(slope, (ahead[name] - behind[name]) / 2e-6, rtol=1e-4, atol=0)


def test_labels(some):
    assert some.labels[:5] == [*SOME[:2], "environment.wind[0]", "environment.wind[1]", "environment.wind[2]"]
    assert some.labels[5:11] == [f"pins.1.path[{k},{axis}]" for k in (0, 1) for axis in (1, 2, 3)]
    assert some.labels[11:14] == ["initial.sliding[1,1,0]", "initial.sliding[1,1,1]", "initial.sliding[1,2,0]"]


def test_labels_say_which_entry_an_unknown_moves(every):
    assert len({*every.labels}) == every.size
    for k in range(0, every.size, 37):
        label, u = every.labels[k], np.zeros(every.size)
        u[k] = 1.0
        name, index = (re.fullmatch(r"(.*?)(?:\[([\d,]+)\])?", label) or pytest.fail(label)).groups()
        moved = {other: value != START[other] for other, value in every.values(u).items()}
        assert sum(entries.sum() for entries in moved.values()) == 1
        assert moved[name][tuple(map(int, index.split(","))) if index else ()]


def test_split(some):
    split = some.split(np.arange(some.size))
    assert [*split] == SOME
    assert split["yarns.soft.young_modulus"].tolist() == 0.0
    np.testing.assert_array_equal(split["environment.wind"], [2, 3, 4])
    np.testing.assert_array_equal(split["pins.1.path"], [[np.nan, 5, 6, 7], [np.nan, 8, 9, 10]])
    assert np.isnan(split["initial.sliding"]).sum() == (30 - 12) * 2
    filled = some.split(np.arange(some.size), fill=-1.0)
    assert json.loads(json.dumps({name: value.tolist() for name, value in filled.items()}))["contact.friction"] == 1.0


def test_vectors_of_another_length_are_refused(some):
    for method in (some.values, some.to_value_units, some.split):
        with pytest.raises(ValueError, match=f"{ENTRIES} unknowns"):
            method(np.zeros(ENTRIES + 1))
    with pytest.raises(ValueError, match=r"environment\.wind has shape \(\)"):
        some.chain(some.start, START | {"environment.wind": np.array(1.0)})


def test_bounds_are_kept_in_u():
    bounds = {"yarns.soft.young_modulus": (1e5, None), "environment.wind": ([0.0, 0.0, 0.0], [9.0, 9.0, 0.0])}
    parameters = Parameters(SCENE, SOME, START, bounds)
    low, high = parameters.values(parameters.lower), parameters.values(parameters.upper)
    assert low["yarns.soft.young_modulus"] == pytest.approx(1e5, rel=1e-12)
    assert high["yarns.soft.young_modulus"] == pytest.approx(1e3 * SCENE.yarns["soft"].young_modulus, rel=1e-12)
    np.testing.assert_allclose(low["environment.wind"], 0.0, atol=1e-12)
    np.testing.assert_allclose(high["environment.wind"], [9.0, 9.0, 0.0], atol=1e-12)
    assert low["contact.friction"] == 0.0
    assert np.isinf(parameters.lower[5:]).all()


def test_a_name_may_be_spelled_either_way():
    parameters = Parameters(SCENE, ["pins[1].stiffness"], {"pins[1].stiffness": 10.0}, {"pins.1.stiffness": (5, 20)})
    assert parameters.labels == ["pins[1].stiffness"]
    assert parameters.values(parameters.upper)["pins[1].stiffness"] == pytest.approx(20.0)
    assert parameters.scene_with(SCENE, parameters.values(parameters.start)).pins[1].stiffness == 10.0


def test_the_scene_with_what_was_learnt(every):
    values = every.values(0.1 * np.random.default_rng(4).normal(size=every.size) ** 2)
    scene = every.scene_with(SCENE, values)
    for name in NAMES:
        if name.split(".")[0] not in ("initial", "forces"):
            np.testing.assert_array_equal(scene.get(name), values[name])
    assert scene.initial == SCENE.initial
    assert every.scene_with(SCENE, {}) == SCENE
    longer = every.scene_with(SCENE.replace({"time.duration": 0.02}), values)
    assert longer == scene.replace({"time.duration": 0.02})


def test_radii_within_their_bounds_are_never_too_thick():
    names = ["yarns.soft.radius", "yarns.stiff.radius"]
    parameters = Parameters(SCENE, names, START)
    parameters.scene_with(SCENE, parameters.values(parameters.upper))
    with pytest.raises(SceneError, match="upper bound of radii is too large") as caught:
        Parameters(SCENE, names, START, {"yarns.stiff.radius": (None, 2e-3)})
    assert caught.value.where == "yarns.stiff.radius"


STATIC = SCENE.replace({"time.integrator": "static", "environment.wind": [0, 0, 0]})
NARROW = small_scene(fabric__ends=2, pins=[])


@pytest.mark.parametrize(
    ("scene", "names", "where", "message"),
    [
        (SCENE, [], "parameters", "no parameters are named"),
        (SCENE, "contact.friction", "parameters", "not a list of names"),
        (SCENE, None, "parameters", "not a list of names"),
        (SCENE, ["fabric.ends"], "fabric.ends", "no such parameter"),
        (SCENE, ["contact.friction", "contact.frictoin"], "contact.frictoin", "no such parameter"),
        (SCENE, [1], "parameters", "not the name"),
        (SCENE, ["contact.friction", "contact.friction"], "contact.friction", "named twice"),
        (SCENE, ["pins.1.path", "pins[1].path"], "pins[1].path", "named twice"),
        (SCENE, ["yarns.unused.radius"], "yarns.unused.radius", "no crossing has this yarn"),
        (STATIC, ["forces"], "forces", "an equilibrium has none"),
        (NARROW, ["initial.sliding"], "initial.sliding", "on the border"),
    ],
)
def test_names_that_cannot_be_learnt(scene, names, where, message):
    with pytest.raises(SceneError, match=message) as caught:
        Parameters(scene, names, START)
    assert caught.value.where == where
    assert caught.value.fix


def test_the_first_velocity_of_an_equilibrium_may_be_named():
    """It has no effect, which is for the fit to find."""
    assert Parameters(STATIC, ["initial.velocity"], START).size == 90


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("environment.wind", 1.0, "shape"),
        ("contact.friction", np.nan, "finite"),
        ("yarns.soft.radius", 5e-3, "too thick"),
        ("yarns.soft.young_modulus", 0.0, "above 0"),
        ("contact.friction", -1.0, "at least 0"),
    ],
)
def test_starts_that_do_not_fit(name, value, message):
    with pytest.raises(SceneError, match=message) as caught:
        Parameters(SCENE, [name], {name: value})
    assert caught.value.where == name


@pytest.mark.parametrize(
    ("bounds", "where", "message"),
    [
        ({"contact.frictoin": (0, 1)}, "contact.frictoin", "not fitted"),
        ({"contact.shear_modulus": (0, 1)}, "contact.shear_modulus", "not fitted"),
        ({3: (0, 1)}, "3", "not fitted"),
        ({"contact.friction": 1.0}, "contact.friction", "not a pair"),
        ({"contact.friction": (0, 1, 2)}, "contact.friction", "not a pair"),
        ({"yarns.soft.young_modulus": (1e9, None)}, "yarns.soft.young_modulus", "not within its bounds"),
    ],
)
def test_bounds_that_do_not_fit_the_fit(bounds, where, message):
    with pytest.raises(SceneError, match=message) as caught:
        Parameters(SCENE, SOME, START, bounds)
    assert caught.value.where == where
    assert caught.value.fix
