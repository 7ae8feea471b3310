"""Equilibria of cloth of many yarns and weaves, and of cloth that is free to move."""

import contextlib

import numpy as np
import pytest
from sample_cloth import golden_scene, largest
from searched import STRIP, shape, solved

from warp_fabric.errors import SolverError
from warp_fabric.model import Model
from warp_fabric.scene import FabricSettings, Pin, Scene, Time
from warp_fabric.solver.static import Equilibrium, Reached, StaticReport
from warp_fabric.solver.static.search import Manner, Search
from warp_fabric.state import State
from warp_fabric.yarn import library_entry


def hung(yarn: str, size: int, weave: str = "plain", pose: str = "flat", corners: int = 2, **changes) -> Scene:
    """A square of library yarn at its suggested sett, its corners pinned."""
    spacing, last = library_entry(yarn).spacing, size - 1
    pins = [[0, 0], [0, last], [last, 0], [last, last]][:corners]
    sizes = {"ends": size, "picks": size, "end_spacing": spacing, "pick_spacing": spacing}
    return Scene(
        fabric=FabricSettings(**sizes, weave=weave, end_yarns=["y"], pick_yarns=["y"], pose=pose),
        yarns={"y": library_entry(yarn).yarn},
        pins=[Pin(crossing=each) for each in pins],
        time=Time(integrator="static"),
    ).replace(changes)


def is_minimum(search: Equilibrium) -> bool:
    search.landscape.curve()
    return search.landscape.factors.factor(search.landscape.hessian)


PAPER = golden_scene("hang_plain_euler").replace(
    {
        "fabric.ends": 24,
        "fabric.picks": 24,
        "pins": [{"crossing": [0, 0]}, {"crossing": [0, 23]}],
        "environment.wind": [0.0, 0.0, 0.0],
        "time.integrator": "static",
    }
)
SCENES = {
    "cotton": (hung("cotton", 24), 60),
    "cotton, twill": (hung("cotton", 20, "twill22"), 60),
    "wool, hanging": (hung("wool", 24, pose="hanging"), 20),
    "silk, satin, four corners": (hung("silk", 20, "satin5", corners=4), 40),
    "linen": (hung("linen", 17, "twill31"), 200),
    "the paper's yarns": (PAPER, 100),
    "limp": (hung("cotton", 20, **{"yarns.y.bending_modulus": 1e-3}), 200),
}
"""Scenes and how many iterations they may take, about twice what they do."""


@pytest.mark.parametrize("name", SCENES)
def test_cloth_of_any_yarn_hangs(device, name):
    scene, most = SCENES[name]
    search, report = solved(scene, device)
    assert report.largest_force <= scene.tolerance
    assert is_minimum(search)
    assert report.iterations <= most
    assert report.energies[-1] < report.energies[0]


LARGE = {
    "cotton 50": (hung("cotton", 50), 30),
    "wool 50, twill": (hung("wool", 50, "twill22"), 30),
    "silk 50, satin": (hung("silk", 50, "satin5"), 30),
    "linen 50, hanging": (hung("linen", 50, "twill22", "hanging"), 15),
    "cotton 50, four corners": (hung("cotton", 50, corners=4), 30),
    "cotton 100": (hung("cotton", 100), 25),
    "cotton 100, hanging": (hung("cotton", 100, pose="hanging"), 15),
}
"""Scenes and how many iterations they may take without bundles."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_cloth_hangs(device, name):
    scene, most = LARGE[name]
    model, told = Model(scene, device), []
    search = Equilibrium(model, State.rest(model), scene.tolerance)
    report = search.solve(lambda now: told.append(now.grid))
    assert report.largest_force <= scene.tolerance
    assert is_minimum(search)
    assert told.count(model.layouts.shapes[0]) <= most


def test_yarns_are_bundled_first(device):
    model, told = Model(hung("cotton", 24), device), []
    Equilibrium(model, State.rest(model), 1e-10).solve(lambda now: told.append(now.grid))
    assert told[0] == (13, 13)
    assert told[-1] == (24, 24)
    assert told.count((24, 24)) <= 20


def test_near_its_equilibrium_a_cloth_is_not_searched_in_bundles(device):
    """So that it keeps what bundles would smooth away: the same equilibrium, a little changed."""
    scene = hung("cotton", 24)
    first, _ = solved(scene, device)
    heavier = scene.replace({"yarns.y.linear_density": 1.01 * scene.yarns["y"].linear_density})
    model = Model(heavier, device)
    start = State.of(model, position=first.state.position.numpy(), sliding=first.state.sliding.numpy())
    told = []
    search = Equilibrium(model, start, 1e-10)
    search.solve(lambda now: told.append(now.grid))
    assert told.count((24, 24)) <= 15
    assert largest(shape(search) - shape(first)) < 0.1 * library_entry("cotton").spacing


def test_from_a_perturbed_start_the_same_drape_is_found(device):
    """Not the same equilibrium: crossings press otherwise there."""
    scene = hung("cotton", 20)
    expected, _ = solved(scene, device)
    rest, spacing = scene.build().position, library_entry("cotton").spacing
    off = 1e-3 * spacing * np.random.default_rng(161).standard_normal(rest.shape)
    search, report = solved(scene, device, position=rest + off)
    assert report.largest_force <= scene.tolerance
    assert is_minimum(search)
    assert largest(shape(search)[..., 2] - shape(expected)[..., 2]) < 0.5 * spacing


@pytest.mark.parametrize("stop", [3, 20, 34, 40])
def test_an_interrupted_search_goes_on(device, stop):
    """In bundles, and on the cloth itself: to the same equilibrium."""
    scene = hung("cotton", 24)
    expected, _ = solved(scene, device)
    model = Model(scene, device)
    search = Equilibrium(model, State.rest(model), scene.tolerance)

    def interrupt(report: StaticReport) -> None:
        if report.iterations == stop:
            raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        search.solve(interrupt)
    kept = Reached.of(search.reached.stage, search.reached.arrays(), model.layouts)
    again = Equilibrium(model, State.rest(model), scene.tolerance)
    assert again.solve(reached=kept).largest_force <= scene.tolerance
    displacement = largest(shape(expected) - scene.build().position)
    assert largest(shape(again) - shape(expected)) < 1e-6 * displacement


WEIGHTLESS = {"environment.gravity": [0.0, 0.0, 0.0]}


@pytest.mark.parametrize(
    ("corners", "changes", "how"),
    [
        (1, WEIGHTLESS, "turn about its pin"),
        (1, {}, "swing about the vertical line through its pin"),
        (2, WEIGHTLESS, "swing about the line through its pins"),
        (2, {"environment.gravity": [9.8, 0.0, 0.0]}, "swing about the line through its pins"),
    ],
)
def test_a_cloth_that_can_move_is_told_how(device, corners, changes, how):
    with pytest.raises(SolverError, match=how) as error:
        solved(hung("cotton", 20, corners=corners, **changes), device)
    assert error.value.where == "pins"
    assert "pin" in error.value.fix


def test_a_yarn_that_buckled_can_swing(device):
    """Found out at the end only: straight, nothing of it would move."""
    pins = [{"crossing": [0, 0]}, {"crossing": [0, 9], "path": [[0.0, 8e-3, 0.0, 0.0]]}]
    thread = {"fabric.picks": 1, "fabric.ends": 10, "fabric.origin": [0.0, 0.0, 0.0], "pins": pins} | WEIGHTLESS
    with pytest.raises(SolverError, match="swing about the line through its pins"):
        solved(STRIP.replace(thread), device)


def test_yarns_that_nothing_keeps_apart(device):
    """Heavy yarns of low friction slide through each other's crossings until they meet."""
    scene = hung("paper-yarn-1", 14, pose="hanging", **{"contact.friction": 0.0, "yarns.y.linear_density": 0.02})
    with pytest.raises(SolverError, match="slide onto each other") as error:
        solved(scene, device)
    assert "contact.parallel_stiffness" in error.value.fix
    assert "crossings [" in error.value.where


@pytest.mark.parametrize("bending_modulus", [0.0, 1e-3])
def test_cloth_that_finds_no_rest_is_told_why(device, bending_modulus):
    model = Model(hung("cotton", 5, **{"yarns.y.bending_modulus": bending_modulus}), device)
    search = Equilibrium(model, State.rest(model), 1e-10)
    hasty = Search(search.landscape, Manner(1e-10, limit=1), lambda *now: None)
    with pytest.raises(SolverError, match="no equilibrium in 1 iterations") as error:
        hasty.run(search.landscape.coordinates())
    assert ("do not resist bending" in str(error.value)) == (bending_modulus == 0.0)
    assert ("bending_modulus" in str(error.value)) == (bending_modulus == 0.0)
