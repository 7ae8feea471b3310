"""Natural scales and default bounds of each kind of parameter."""

import numpy as np
import pytest
from small_run import small_scene

from warp_fabric.errors import SceneError
from warp_fabric.fitting.scales import bounds_of, learnable, natural_scale, radius_growth
from warp_fabric.inputs import value_shape
from warp_fabric.yarn import BENDING_PER_YOUNG, library_names, library_yarn

SCENE = small_scene()
CRIMPED = small_scene(fabric__crimp="touching")
SOFT = SCENE.yarns["soft"]
GROWTH = 1.5
SPACING = 1.05e-3
SIZE = np.hypot(6 * 1.1e-3, 5 * 1e-3)
FALL = np.sqrt(SIZE / 9.8)


def scale_of(name, start, scene=SCENE):
    scene = scene.replace({name: start}) if name.endswith("gusts") else scene
    return natural_scale(scene, name, np.asarray(start, float))


def bounds(name, start, low=None, high=None, scene=SCENE):
    """In the value's unit."""
    start = np.asarray(start, float)
    free, scale = learnable(scene, name), scale_of(name, start, scene)
    first = start.ravel()[free]
    found = bounds_of(scene, name, start, free, scale, GROWTH, (low, high))
    return [first * np.exp(u) if scale is None else first + scale * u for u in found]


def test_what_can_be_learnt():
    for name in ("contact.friction", "environment.wind", "initial.velocity"):
        np.testing.assert_array_equal(learnable(SCENE, name), np.arange(np.prod(value_shape(SCENE, name))))
    gusty = SCENE.replace({"environment.gusts": [[0.0, 1.0, 0.0, 0.0], [0.1, 2.0, 0.0, 0.0]]})
    for scene, name in ((SCENE, "pins.1.path"), (gusty, "environment.gusts")):
        np.testing.assert_array_equal(learnable(scene, name), [1, 2, 3, 5, 6, 7])  # all but the times
    for name in ("initial.sliding", "initial.sliding_velocity"):
        pick, end, axis = np.unravel_index(learnable(SCENE, name), (6, 5, 2))
        assert {*pick} == {1, 2, 3, 4}
        assert {*end} == {1, 2, 3}
        assert len(axis) == 4 * 3 * 2


@pytest.mark.parametrize(
    "name", ["yarns.soft.radius", "yarns.soft.bending_modulus", "contact.friction", "environment.wind_drag"]
)
def test_positive_values_are_logarithms(name):
    assert scale_of(name, 1e-9) is None


@pytest.mark.parametrize(
    ("name", "start", "expected"),
    [
        ("yarns.soft.bending_modulus", 0.0, BENDING_PER_YOUNG * SOFT.young_modulus),
        ("contact.shear_modulus", 0.0, 1000.0),
        ("contact.friction", 0.0, 0.5),
        ("contact.sliding_damping", 0.0, 1000.0),
        ("contact.parallel_stiffness", 0.0, 1.0),
        ("environment.wind_density", 0.0, 1.2),
        ("environment.wind_drag", 0.0, 0.5),
        ("environment.gravity", [0.0, 3.0, -4.0], 5.0),
        ("environment.gravity", [0.0, 0.0, 0.0], 9.8),
        ("environment.wind", [0.0, 3.0, -4.0], 5.0),
        ("environment.wind", [0.1, 0.0, 0.0], 1.0),
        ("environment.gusts", [[9.0, 0.1, 0.0, 0.0], [10.0, 0.0, 3.0, -4.0]], 5.0),
        ("pins.1.path", np.zeros((2, 4)), SPACING),
        ("initial.position", np.zeros((6, 5, 3)), SPACING),
        ("initial.velocity", np.zeros((6, 5, 3)), SIZE / FALL),
        ("initial.sliding", np.zeros((6, 5, 2)), SPACING / 10),
        ("initial.sliding_velocity", np.zeros((6, 5, 2)), SPACING / 10 / FALL),
        ("forces", np.zeros((40, 6, 5, 3)), SOFT.linear_density * 2 * SPACING * 9.8),
    ],
)
def test_scales_of_what_is_affine(name, start, expected):
    assert scale_of(name, start) == pytest.approx(expected, rel=1e-12)


TOUCHING = small_scene(
    obstacles=[
        {"shape": "sphere", "center": [0, 0, -0.01], "radius": 5e-3, "path": [[0.0, 0, 0, 0], [1.0, 0, 0, 1e-3]]},
        {"shape": "plane", "point": [0, 0, -1], "normal": [0, 0, 1], "friction": 0.0},
    ]
)


@pytest.mark.parametrize(
    ("name", "start", "expected"),
    [
        ("collision.stiffness", 100.0, None),
        ("collision.slip_speed", 1e-3, None),
        ("collision.friction", 0.0, 0.3),
        ("obstacles.0.radius", 5e-3, None),
        ("obstacles.0.center", [0, 0, -0.01], SPACING),
        ("obstacles.0.thickness", 0.0, SPACING),
        ("obstacles.1.normal", [0, 0, 1], 0.1),
        ("obstacles.1.friction", 0.0, 0.3),
        ("obstacles.0.path", np.zeros((2, 7)), [1.0, *3 * [SPACING], *3 * [0.1]]),
    ],
)
def test_scales_of_contact(name, start, expected):
    scale = scale_of(name, start, TOUCHING)
    assert scale is None if expected is None else scale == pytest.approx(np.array(expected), rel=1e-12)


def test_an_obstacles_path_is_learnt_but_its_times():
    assert [*learnable(TOUCHING, "obstacles.0.path")] == [k for k in range(14) if k % 7]


def test_an_obstacles_radius_is_not_bounded_by_the_sett():
    low, high = bounds("obstacles.0.radius", 5e-3, scene=TOUCHING)
    np.testing.assert_allclose([low, high], [[5e-6], [5.0]])
    assert radius_growth(TOUCHING, {"obstacles.0.radius": np.array(5e-3)}) == 10.0


def test_scales_are_never_0():
    tiny = small_scene(
        fabric__picks=1, fabric__ends=1, pins=[{"crossing": [0, 0]}], environment__gravity=[0.0, 0.0, 0.0]
    )
    for name in ("forces", "initial.velocity", "initial.position", "pins.0.path", "environment.gravity"):
        scale = scale_of(name, np.zeros(value_shape(tiny, name)), tiny)
        assert scale is not None
        assert 0 < scale < np.inf


def test_bending_follows_from_stretch_in_the_library():
    for name in library_names():
        yarn = library_yarn(name)
        assert 0.09 < yarn.bending_modulus / (BENDING_PER_YOUNG * yarn.young_modulus) < 8


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("yarns.soft.radius", 0.0),
        ("yarns.soft.young_modulus", 0.0),
        ("contact.friction_stiffness", 0.0),
        ("pins.0.stiffness", 0.0),
        ("contact.friction", -0.1),
    ],
)
def test_starts_that_no_scene_has(name, start):
    with pytest.raises(SceneError, match="cannot start from") as caught:
        scale_of(name, start)
    assert caught.value.where == name


@pytest.mark.parametrize(
    ("name", "start", "low", "high"),
    [
        ("yarns.soft.young_modulus", 5e5, 5e2, 5e8),
        ("yarns.soft.radius", 3e-4, 3e-5, 3e-4 * GROWTH),
        ("contact.friction", 0.5, 5e-4, 500.0),
        ("contact.friction", 5.0, 5e-3, 1000.0),
        ("contact.friction", 2000.0, 2.0, 2000.0),
        ("contact.friction", 0.0, 0.0, 500.0),
        ("environment.wind_drag", 0.0, 0.0, 500.0),
        ("environment.wind", [1.0, 0.0, -2.0], -np.inf, np.inf),
        ("initial.velocity", np.zeros((6, 5, 3)), -np.inf, np.inf),
    ],
)
def test_default_bounds(name, start, low, high):
    found = bounds(name, start)
    np.testing.assert_allclose(found[0], low, rtol=1e-12)
    np.testing.assert_allclose(found[1], high, rtol=1e-12)


def test_given_bounds_end_where_the_key_does():
    low, high = bounds("yarns.soft.cohesion", 2.0, 0.5, 4.0, CRIMPED)
    np.testing.assert_allclose([low, high], [[1.0], [4.0]], rtol=1e-12)
    low, high = bounds("fabric.crimp_set", 0.5, 0.1, 2.0, CRIMPED)
    np.testing.assert_allclose([low, high], [[0.1], [1.0]], rtol=1e-12)
    low, high = bounds("fabric.crimp_set", 0.0, None, 2.0, CRIMPED)
    np.testing.assert_allclose([low, high], [[0.0], [1.0]], rtol=1e-12)


def test_given_bounds():
    low, high = bounds("yarns.soft.young_modulus", 5e5, 1e5)
    np.testing.assert_allclose([low, high], [[1e5], [5e8]], rtol=1e-12)
    low, high = bounds("contact.friction", 0.5, 0.0, np.inf)  # a bound of 0 says only that friction is positive
    np.testing.assert_allclose([low, high], [[5e-4], [np.inf]], rtol=1e-12)
    low, high = bounds("environment.wind", [1.0, 0.0, -2.0], [0.0, 0.0, -3.0], [2.0, 0.0, np.inf])
    np.testing.assert_allclose([low, high], [[0.0, 0.0, -3.0], [2.0, 0.0, np.inf]], atol=1e-12)
    path = np.zeros((2, 4))
    low, high = bounds("pins.1.path", path, [9.0, -1.0, -2.0, -3.0], 1.0)  # that of the time is not looked at
    np.testing.assert_allclose(low, [-1.0, -2.0, -3.0, -1.0, -2.0, -3.0], rtol=1e-12)
    np.testing.assert_allclose(high, np.ones(6), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "start", "pair", "message"),
    [
        ("contact.friction", 0.5, (0.6, None), "not within its bounds"),
        ("contact.friction", 0.5, (None, 0.4), "not within its bounds"),
        ("contact.friction", 0.5, (None, -1.0), "not within its bounds"),
        ("environment.wind", [1.0, 0.0, 0.0], (0.0, [2.0, -1.0, 2.0]), "start value 0 "),
        ("contact.friction", 0.5, ([0.1, 0.2], None), "is not a bound"),
        ("environment.wind", [1.0, 0.0, 0.0], ([0.0, 0.0], None), "is not a bound"),
        ("contact.friction", 0.5, ("low", None), "is not a bound"),
        ("contact.friction", 0.5, (np.nan, None), "not a number"),
    ],
)
def test_bounds_that_do_not_fit(name, start, pair, message):
    with pytest.raises(SceneError, match=message) as caught:
        bounds(name, start, *pair)
    assert caught.value.where == name
    assert caught.value.fix


def test_radii_may_grow_until_yarns_are_nearly_too_thick():
    """The scene still takes them, and refuses a seventh more of the way."""
    other = library_yarn("paper-yarn-2")
    mixed = SCENE.replace({"yarns.other": other, "yarns.other.radius": 3.5e-4, "fabric.end_yarns": ["soft", "other"]})
    for names in (["soft"], ["other"], ["soft", "other"]):
        starts = {f"yarns.{name}.radius": np.array(mixed.yarns[name].radius) for name in names}
        growth = radius_growth(mixed, starts)
        assert 1 < growth < 10
        mixed.replace({name: growth * start for name, start in starts.items()})
        with pytest.raises(SceneError, match="too thick"):
            mixed.replace({name: (1 + (growth - 1) * 8 / 7) * start for name, start in starts.items()})


def test_radii_may_grow_tenfold_where_there_is_room():
    thin = {"yarns.soft.radius": np.array(1e-6)}
    assert radius_growth(SCENE, thin) == 10.0
    assert radius_growth(small_scene(fabric__picks=2, pins=[]), {"yarns.soft.radius": np.array(5e-4)}) == 10.0
    assert radius_growth(SCENE, {"contact.friction": np.array(0.5)}) == 10.0
