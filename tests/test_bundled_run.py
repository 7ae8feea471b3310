"""Runs of cloth in bundles: they come to what the real yarns would, differentiate, are kept and drawn."""

import numpy as np
import pytest
from bundled_cloth import HELD, off, square

import warp_fabric as wf

LIMITS = {2: 0.02, 4: 0.04, 8: 0.10}
"""Most that a profile may be off, of its height."""


@pytest.mark.parametrize(
    ("yarn", "held", "crimp"),
    [
        ("cotton", "corners", None),
        ("cotton", "corners", "touching"),
        ("cotton", "quarter", None),
        ("wool", "quarter", "touching"),
        ("wool", "half", None),
        ("cotton", "half", "touching"),
    ],
)
def test_bundles_converge(yarn, held, crimp):
    exact = wf.simulate(square(33, 1, held=held, yarn=yarn, fabric__crimp=crimp)).position[0]
    for bundle in (2, 4):
        found = wf.simulate(square(33, bundle, held=held, yarn=yarn, fabric__crimp=crimp))
        # relative to the size of bundles, of a third of the yarns: a bundle of 4 is one of 12 in 97
        assert off(found.real_position(), exact) < LIMITS[4 * bundle // 2], bundle


@pytest.mark.slow
@pytest.mark.parametrize("crimp", [None, "touching"], ids=["straight", "crimped"])
@pytest.mark.parametrize("held", HELD)
def test_bundles_converge_in_a_large_square(held, crimp):
    exact = wf.simulate(square(97, 1, held=held, fabric__crimp=crimp)).position[0]
    for bundle, limit in LIMITS.items():
        found = wf.simulate(square(97, bundle, held=held, fabric__crimp=crimp))
        assert off(found.position[0], exact[::bundle, ::bundle]) < limit, bundle


def moving(**changes) -> wf.Scene:
    """Cotton of 17 x 17 yarns, in bundles of 4, that falls onto a sphere."""
    yarn = {"yarns__yarn__cohesion": 2.0, "contact__crossing_stiffness": 125.0}
    scene = square(17, 4, fabric__pose="flat", fabric__crimp="touching", environment__gravity=[0.0, 0.0, -9.8], **yarn)
    centre = (*scene.real_fabric.position[8, 8, :2], -2.1e-3)
    steps = {"time.integrator": "bdf2", "time.duration": 0.02, "time.step": 2e-3, "time.frames_per_second": 100.0}
    obstacle = {"shape": "sphere", "center": centre, "radius": 1.5e-3, "thickness": 1e-4}
    held = [{"crossing": [0, 0]}, {"crossing": [0, 16]}]
    return scene.replace(steps | {"pins": held, "obstacles": [obstacle]} | changes)


def test_moving_cloth_is_kept(tmp_path):
    run = wf.simulate(moving())
    assert run.position.shape == (3, 5, 5, 3)
    assert np.abs(run.contact_force).max() > 0.0
    np.testing.assert_array_equal(run.sliding, np.broadcast_to(run.sliding[0], run.sliding.shape))
    again = wf.load_trajectory(run.save(tmp_path / "run.h5"))
    assert again.scene.fabric.bundle == 4
    np.testing.assert_array_equal(again.real_position(), run.real_position())
    assert again.real_position().shape == (17, 17, 3)


def test_it_moves_as_the_real_yarns():
    """Swinging cloth, held at a side: its way, off by part of a bundle's."""
    still = {"obstacles": [], "pins": [{"crossing": [0, end]} for end in range(17)], "fabric.crimp": None}
    still |= {"environment.wind_density": 1.2, "time.duration": 0.04, "contact.crossing_stiffness": None}
    bundled = wf.simulate(moving(**still, **{"fabric.bundle": 2}))
    exact = wf.simulate(moving(**still, **{"fabric.bundle": 1, "fabric.sliding": False}))
    way = np.abs(exact.position[-1] - exact.position[0]).max()
    assert way > 1e-3
    assert np.abs(bundled.real_position(-1) - exact.position[-1]).max() < 0.05 * way


@pytest.mark.parametrize(
    "name",
    [
        "yarns.yarn.radius",
        "yarns.yarn.linear_density",
        "yarns.yarn.young_modulus",
        "yarns.yarn.bending_modulus",
        "yarns.yarn.cohesion",
        "contact.shear_modulus",
        "obstacles.0.thickness",
        "collision.stiffness",
    ],
)
def test_gradients(name):
    scene = moving()
    check_gradient(scene, name)


@pytest.mark.parametrize(
    ("name", "yarn"),
    [
        ("fabric.pick_crimp", "cotton"),
        ("yarns.yarn.radius", "cotton"),
        ("fabric.end_crimp", "wool"),
        ("yarns.yarn.damping", "wool"),
    ],
)
def test_gradients_of_crimp(name, yarn):
    given = {"fabric.crimp": None, "fabric.end_crimp": 0.06, "fabric.pick_crimp": 0.09, "obstacles": []}
    scene = moving(**given, **{"yarns.yarn.library": yarn, "yarns.yarn.damping": 0.002})
    check_gradient(scene, name)


def check_gradient(scene: wf.Scene, name: str) -> None:
    """Against central differences of whole runs."""
    scene = scene.replace({"solver.tolerance": 1e-12})
    target = wf.simulate(scene.replace({"environment.gravity": [0.0, 1.0, -9.0]}))
    _, gradient = wf.loss_and_gradient(scene, target=target, parameters=[name])
    value = scene.get(name)
    step, losses = 1e-4 * value, []
    for sign in (1.0, -1.0):
        run = wf.simulate(scene.replace({name: value + sign * step}))
        losses.append(wf.loss_and_gradient(run.scene, target=target, parameters=[name])[0])
    difference = (losses[0] - losses[1]) / (2.0 * step)
    assert difference != 0.0
    assert gradient[name] == pytest.approx(difference, rel=1e-4)


def test_pins_of_real_yarns_lead_bundles():
    """As far from a bundle as its own yarn is at rest, along the same path."""
    width = 16 * square(17).fabric.end_spacing
    path = [[0.0, width, 0.0, 0.0], [0.01, width, 0.0, 0.001]]
    scene = moving(obstacles=[], pins=[{"crossing": [0, 1]}, {"crossing": [1, 16], "path": path, "stiffness": 1e5}])
    assert scene.held_crossings == [(0, 0), (0, 4)]
    run = wf.simulate(scene)
    shift = scene.build().position[0, 4] - scene.real_fabric.position[1, 16]
    np.testing.assert_allclose(run.position[1:, 0, 4], np.add(path[1][1:], shift)[None].repeat(2, 0), atol=2e-5)
    np.testing.assert_allclose(run.position[1:, 0, 0], 0.0, atol=2e-5)


def test_panels_in_bundles_move_beside_others():
    panels = [{"name": "front", "bundle": 4}, {"name": "back", "origin": [0.0, 0.0, 0.002], "sliding": False}]
    held = [{"crossing": [0, 0], "panel": name} for name in ("front", "back")]
    run = wf.simulate(moving(obstacles=[], panels=panels, pins=held, **{"fabric.bundle": 1, "fabric.sliding": None}))
    alone = wf.simulate(moving(obstacles=[], pins=[{"crossing": [0, 0]}]))
    np.testing.assert_allclose(run.panels["front"].position, alone.position, atol=1e-9)
    assert run.panels["back"].position.shape == (3, 17, 17, 3)


def away_from(middle: float, size: int) -> np.ndarray:
    return np.hypot(*(np.indices((size, size)) - middle))


@pytest.mark.parametrize("integrator", ["bdf2", "static"])
def test_cut_cloth_in_bundles(integrator, tmp_path):
    """A disc with a hole, a third of which lies on a table: near the real yarns, and kept."""
    away = np.hypot(*(np.indices((33, 33)) - 16.0))
    present = (away <= 16.0) & (away >= 4.0)
    held = [{"crossing": [*each]} for each in np.argwhere(present & (np.arange(33) <= 10)).tolist()]
    times = (
        {} if integrator == "static" else {"time__duration": 0.02, "time__step": 2e-3, "time__frames_per_second": 100.0}
    )
    given = {"pins": held, "fabric__present": present, "time__integrator": integrator, **times}
    bundled, real = (wf.simulate(square(33, n, held="half", **given)) for n in (2, 1))
    there = real.present
    moved = np.abs(real.position[-1] - real.fabric.position)[there].max()
    assert moved > 1e-4
    assert np.abs(bundled.real_position(-1) - real.position[-1])[there].max() < 0.1 * moved
    again = wf.load_trajectory(bundled.save(tmp_path / "disc.h5"))
    np.testing.assert_array_equal(again.present, bundled.fabric.layout.present)


def test_a_flap_in_bundles_lies_on_a_floor():
    """Above it as far as the real cloth is thick."""
    folded = {"pins": [{"crossing": [0, end]} for end in range(9)], "fabric__ends": 9, "fabric__picks": 41}
    scene = square(41, 4, fabric__pose="flat", collision__self=True, environment__gravity=[0.0, 0.0, -9.8], **folded)
    assert scene.build().drawdown.shape == (11, 3)
    times = {"time.integrator": "euler", "time.duration": 0.03, "time.step": 1e-3, "time.frames_per_second": 100.0}
    floor = {"shape": "plane", "point": [0.0, 0.0, -0.003], "normal": [0.0, 0.0, 1.0], "friction": 0.5}
    run = wf.simulate(scene.replace(times | {"obstacles": [floor]}))
    thick = 2.0 * scene.yarns["yarn"].radius
    lowest = run.position[-1, ..., 2].min() + 0.003
    assert 0.5 * thick < lowest < 2.0 * thick
