"""Gradients of real yarns by everything that can be differentiated by, against central differences.

How these are known to be reliable, `real_cloth.py` says. The gradient has to be right to 1e-5 of the largest scaled
component; where the differences are good enough it is found to be right to 1e-7.
"""

from __future__ import annotations

import numpy as np
import pytest
from real_cloth import CUT, RELIABLE, SITUATIONS, SLIPPED, Case, check, directions, grouped

import warp_fabric as wf
from warp_fabric.yarn import library_names

TOLERANCE = 1e-5
CASES = [
    ("paper-yarn-1", 12, "in wind", "bdf2"),
    ("paper-yarn-2", 5, "sliding", "euler"),
    ("paper-yarn-3", 8, "hanging", "euler"),
    ("cotton", 5, "sliding", "bdf2"),
    ("cotton-coarse", 8, "in wind", "euler"),
    ("wool", 12, "hanging", "bdf2"),
    ("linen", 3, "sliding", "euler"),
    ("silk", 5, "hanging", "bdf2"),
    ("viscose", 8, "sliding", "bdf2"),
    ("polyester", 3, "in wind", "bdf2"),
    ("nylon", 5, "in wind", "euler"),
]
"""Each yarn once."""
QUICK = ("cotton", "cotton-coarse", "wool", "linen", "polyester", "paper-yarn-3")
"""Those of the cases that every situation and integrator is in."""
INTEGRATORS = ("bdf2", "euler")
ALL = [
    (yarn, size, situation, INTEGRATORS[(y + s) % 2])
    for size in (3, 5, 8, 12)
    for y, yarn in enumerate(library_names())
    for s, situation in enumerate(SITUATIONS)
]
LARGE = [
    (yarn, size, SITUATIONS[(y + s) % 3], INTEGRATORS[(y + s) % 2])
    for s, size in enumerate((20, 40, 60))
    for y, yarn in enumerate(library_names())
]


def check_case(yarn: str, size: int, situation: str, integrator: str, steps: int, present=None) -> None:
    case = Case(yarn, size, situation, integrator, steps, present=present)
    assert case.halved_steps == 0
    assert (situation == "sliding") == (case.slid > SLIPPED)
    found = check(case, grouped(directions(case)))
    # Of hundreds of crossings some are always about to stick or slip: a difference of first states is of two laws then.
    unsure = {name for name, doubt in found.doubts.items() if doubt >= (RELIABLE if size < 20 else TOLERANCE)}
    assert unsure <= ({"initial"} if size > 40 and situation == "sliding" else set()), found
    for name, error in found.errors.items():
        assert error < (3.0 * found.doubts[name] if name in unsure else TOLERANCE), (name, found)
    assert case.problem.accuracy < 1e-7
    assert case.problem.halved_steps == 0


def test_every_yarn_has_a_case():
    assert sorted(yarn for yarn, *_ in CASES) == sorted(library_names())
    assert {(situation, integrator) for yarn, _, situation, integrator in CASES if yarn in QUICK} == {
        (situation, integrator) for situation in SITUATIONS for integrator in INTEGRATORS
    }


@pytest.mark.parametrize(
    ("yarn", "size", "situation", "integrator"),
    [case if case[0] in QUICK else pytest.param(*case, marks=pytest.mark.slow) for case in CASES],
)
def test_groups_of_parameters(yarn, size, situation, integrator):
    check_case(yarn, size, situation, integrator, 6)


@pytest.mark.parametrize(
    ("yarn", "situation", "integrator"), [("cotton", "in wind", "bdf2"), ("wool", "sliding", "euler")]
)
def test_cut_cloth(yarn, situation, integrator):
    check_case(yarn, 8, situation, integrator, 6, CUT)


@pytest.mark.slow
@pytest.mark.parametrize(("yarn", "size", "situation", "integrator"), [case for case in ALL if case not in CASES])
def test_every_yarn_everywhere(yarn, size, situation, integrator):
    check_case(yarn, size, situation, integrator, 6)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("yarn", "size", "situation", "integrator"), LARGE)
def test_large_cloth(yarn, size, situation, integrator):
    check_case(yarn, size, situation, integrator, 6)


@pytest.mark.slow
def test_every_parameter_of_sliding_cotton():
    """Each for itself; and what slides shows friction and damping, which are small beside the rest."""
    case = Case("cotton", 4, "sliding", "bdf2", 8)
    ways = directions(case)
    found = check(case, ways)
    assert max(found.doubts.values()) < RELIABLE, found
    assert found.worst < TOLERANCE, found
    for name in ("contact.friction", "contact.sliding_damping", "yarns.cotton.bending_modulus"):
        assert found.errors[name] < 1e-3 * abs(found.slopes[name]), (name, found)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        pytest.param({"fabric.ends": 8, "fabric.picks": 8}, marks=pytest.mark.slow),
        {"time.integrator": "euler"},
    ],
)
def test_a_hanging_cloth_of_cotton(changes, data):
    """As a scene file has it, by the public function."""
    scene = wf.load_scene(data / "cotton_3x3.toml").replace({**changes, "solver.tolerance": 1e-12})
    if "fabric.ends" in changes:
        scene = scene.replace({"pins": [{"crossing": [0, 0]}, {"crossing": [0, 7]}]})
    run = wf.simulate(scene)
    target = wf.Trajectory(**{**vars(run), "position": run.position + np.array([0.0, 1e-4, 0.0])})
    names = {"yarns.cotton.bending_modulus": 0.0406, "environment.wind": np.array([0.2, 2.0, 0.1])}
    names |= {"yarns.cotton.linear_density": 3e-5}
    _, gradient = wf.loss_and_gradient(scene, target, list(names))
    assert gradient.accuracy < 1e-6
    assert gradient.halved_steps == 0
    slopes = {name: float(np.vdot(gradient[name], size)) for name, size in names.items()}
    for name, size in names.items():

        def loss(amount: float, name=name, size=size) -> float:
            value = np.array(scene.get(name)) + amount * size
            return wf.loss_and_gradient(scene.replace({name: value.tolist()}), target, [name])[0]

        difference = (loss(1e-5) - loss(-1e-5)) / 2e-5
        assert abs(difference - slopes[name]) < TOLERANCE * max(map(abs, slopes.values())), name


@pytest.fixture
def data(request):
    return request.config.rootpath / "tests" / "data"
