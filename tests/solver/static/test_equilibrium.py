"""Equilibrium: the golden strip, saddles that are left, and what has none."""

import numpy as np
import pytest
from sample_cloth import Point, golden, largest
from searched import STRIP, shape, solved

from warp_fabric.errors import SceneError, SolverError
from warp_fabric.forces.friction import Friction
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.static import Equilibrium, StaticReport
from warp_fabric.state import State

FRICTION = Friction()
FREE_FLOATING = {"pins": []}


@pytest.fixture(scope="module")
def strip(device) -> tuple[Equilibrium, StaticReport]:
    return solved(STRIP, device)


def test_golden_strip(strip):
    search, report = strip
    expected = golden("static_strip")
    displacement = largest(expected["position"] - STRIP.build().position)
    assert displacement > 1e-3
    assert largest(shape(search) - expected["position"]) < 1e-7 * displacement
    assert largest(search.state.sliding.numpy().reshape(8, 5, 2) - expected["sliding"]) < 1e-7 * displacement
    # The golden potential leaves out the little that friction stores.
    stored = Point(search.model, search.state, search.held).energy(FRICTION)
    assert report.energies[-1] - stored == pytest.approx(float(expected["potential"]), rel=1e-10)
    assert 0.0 < stored < 1e-6 * report.energies[-1]


def test_report(strip):
    _, report = strip
    assert report.largest_force <= STRIP.tolerance
    assert report.energies[-1] < report.energies[0]
    assert report.as_dict() == {
        "iterations": report.iterations,
        "largest_force": report.largest_force,
        "energy": report.energies[-1],
        "modified": report.modified,
        "saddles": report.saddles,
    }


def test_the_answer_is_a_minimum(strip):
    """The smallest stiffness is that of the golden data, and positive."""
    search, _ = strip
    search.landscape.curve()
    inner = np.repeat(search.model.topology.inner[:, None], 2, axis=1)
    free = np.concatenate([np.ones((len(inner), 3), bool), inner], axis=1).ravel()
    stiffness = search.landscape.hessian.to_scipy().toarray()[np.ix_(free, free)]
    smallest = float(golden("static_strip")["smallest_curvature"])
    assert np.linalg.eigvalsh(stiffness)[0] == pytest.approx(smallest, rel=1e-6)


def test_the_start_state_is_left_alone(device):
    model = Model(STRIP, device)
    state = State.rest(model)
    before = state.numpy()
    search = Equilibrium(model, state, 1e-8)
    search.solve()
    for name, array in state.numpy().items():
        np.testing.assert_array_equal(array, before[name])


def test_it_is_the_same_every_time(device, strip):
    """The perturbation's seed is fixed."""
    again, _ = solved(STRIP, device)
    tolerance = 0.0 if device == "cpu" else 1e-12
    np.testing.assert_allclose(shape(again), shape(strip[0]), rtol=0.0, atol=tolerance)


def test_from_its_own_answer_it_hardly_moves(device, strip):
    search, _ = strip
    arrays = {name: array for name, array in search.state.numpy().items() if name in ("position", "sliding")}
    again, report = solved(STRIP, device, **arrays, anchor=search.model.rest_sliding)
    moved = largest(shape(again) - shape(search))
    assert report.largest_force <= STRIP.tolerance
    assert moved < 1e-4 * largest(shape(search) - STRIP.build().position)  # compression is held from another start


def test_progress_is_told(device):
    told = []
    model = Model(STRIP, device)
    report = Equilibrium(model, State.rest(model), 1e-8).solve(lambda now: told.append((now.grid, now.largest_force)))
    assert len(told) == report.iterations
    assert told[0][0] == (8, 5)
    assert report.largest_force <= told[-1][1] <= 1e-8


def compressed_strip() -> Scene:
    """The strip without weight, both its short sides pinned, one of them pushed in by 3 %."""
    pins = [{"crossing": [0, i]} for i in range(5)]
    pins += [{"crossing": [7, i], "path": [[0.0, i * 1e-3, 6.8e-3, 1.0]]} for i in range(5)]
    return STRIP.replace({"pins": pins, "environment.gravity": [0.0, 0.0, 0.0]})


def upside_down_strip() -> Scene:
    """The strip upright on its pinned first picks: in its plane, but ready to fall over."""
    return STRIP.replace({"fabric.pose": "hanging", "environment.gravity": [0.0, 0.0, 9.8]})


@pytest.mark.parametrize("scene", [compressed_strip(), upside_down_strip()], ids=["compressed", "upside down"])
def test_a_saddle_is_left(device, scene):
    """Staying in its plane is an equilibrium, but not a minimum: the cloth must buckle out of it."""
    search, report = solved(scene, device)
    across = 2 if scene.fabric.pose == "flat" else 1
    out_of_plane = shape(search)[..., across] - scene.build().position[..., across]
    assert np.abs(out_of_plane).max() > 2e-4
    assert report.largest_force <= scene.tolerance
    search.landscape.curve()
    assert search.landscape.factors.factor(search.landscape.hessian)


def test_cloth_that_hangs_in_its_plane_stays_there(device):
    """That one is a minimum."""
    scene = STRIP.replace({"fabric.pose": "hanging"})
    search, report = solved(scene, device)
    assert report.largest_force <= scene.tolerance
    np.testing.assert_allclose(shape(search)[..., 1], 0.0, atol=1e-9)
    assert 0.0 < 1.0 - 7e-3 - shape(search)[-1, 2, 2] < 1e-3


@pytest.mark.parametrize("changes", [FREE_FLOATING, FREE_FLOATING | {"environment.gravity": [0.0, 0.0, 0.0]}])
def test_cloth_that_nothing_holds(device, changes):
    with pytest.raises(SceneError, match="nothing holds") as error:
        solved(STRIP.replace(changes), device)
    assert error.value.where == "pins"


def test_an_impossible_start(device):
    position = STRIP.build().position.copy()
    position[3, 2] = position[3, 3]
    model = Model(STRIP, device)
    search = Equilibrium(model, State.of(model, position=position), 1e-8)
    search.NUDGE = 0.0
    with pytest.raises(SolverError, match="inverted or empty"):
        search.solve()


def test_the_answer_varies_smoothly(device):
    """At a loose tolerance too: a last Newton step goes far below it, so that differences of answers mean something."""
    scene = STRIP.replace({"solver.tolerance": 1e-8})
    assert solved(scene, device)[1].largest_force < 1e-11
