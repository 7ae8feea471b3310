"""Gradients of crimped and damped cloth by all that sets its crimp and damping, against central differences.

Golden data have no radius through "touching", and no shear rigidity. How differences are known to be reliable,
`real_cloth.py` says.
"""

from __future__ import annotations

import pytest
from real_cloth import RELIABLE, check, directions
from real_crimp import NAMES, CrimpedCase, crimped_scene

TOLERANCE = 1e-5
FIRST_STEPS = (1e-3, 1e-4, 1e-2, 1e-5)
"""Relative: such cloth is smooth in its parameters, and its loss rounds."""
CUT = ["#####", "#####", "##.##", "###..", "###.."]
NOT_STATIC = ("yarns.{0}.damping", "contact.shear_damping")
TOUCHES = {"fabric__end_crimp": 0.0, "fabric__pick_crimp": 0.0, "fabric__crimp": "touching"}
RIGID_IN_SHEAR = {"contact__shear_modulus": None, "contact__shear_rigidity": 60.0}


def check_case(yarn: str, integrator: str, names, **changes) -> dict[str, float]:
    """The largest error of all scaled components, of the largest; gives the slopes, of the largest."""
    if integrator == "static":
        names = [name for name in names if name not in NOT_STATIC]
    case = CrimpedCase.of(crimped_scene(yarn, integrator, **changes), tuple(name.format(yarn) for name in names))
    found = check(case, directions(case), FIRST_STEPS)
    assert max(found.doubts.values()) < 5 * RELIABLE, found  # the loss is small, and rounds
    assert found.worst < TOLERANCE, found
    assert case.problem.halved_steps == 0
    return found.slopes


def each_of(*usual: tuple[str, str]):
    """Yarns and integrators; those that are not usual are slow."""
    every = [(yarn, integrator) for yarn in ("cotton", "wool") for integrator in ("euler", "bdf2", "static")]
    cases = [pytest.param(*case, marks=() if case in usual else pytest.mark.slow) for case in every]
    return pytest.mark.parametrize(("yarn", "integrator"), cases)


@each_of(("cotton", "bdf2"), ("wool", "euler"), ("cotton", "static"))
def test_every_parameter_of_crimp_and_damping(yarn, integrator):
    slopes = check_case(yarn, integrator, NAMES)
    for name, slope in slopes.items():
        assert abs(slope) > 0.0 or name == "fabric.crimp_set", name


@each_of(("cotton", "euler"), ("wool", "bdf2"))
def test_what_a_radius_and_a_rigidity_make(yarn, integrator):
    """The radius through how yarns touch: rest lengths, masses and rises; both through the shear modulus."""
    names = ("yarns.{0}.radius", "contact.shear_rigidity", "contact.crossing_stiffness", "yarns.{0}.cohesion")
    slopes = check_case(yarn, integrator, names, **TOUCHES, **RIGID_IN_SHEAR)
    assert abs(slopes[f"yarns.{yarn}.radius"]) > 0.01
    assert abs(slopes["contact.shear_rigidity"]) > 1e-4


@pytest.mark.parametrize("integrator", ["bdf2", pytest.param("static", marks=pytest.mark.slow)])
def test_cut_cloth(integrator):
    check_case("cotton", integrator, NAMES, fabric__present=CUT)


@pytest.mark.parametrize("integrator", ["bdf2", pytest.param("static", marks=pytest.mark.slow)])
def test_rigid_crossings(integrator):
    names = [name for name in NAMES if name != "contact.crossing_stiffness"]
    slopes = check_case("cotton", integrator, names, contact__crossing_stiffness=None)
    assert max(abs(slopes["fabric.end_crimp"]), abs(slopes["fabric.pick_crimp"])) > 0.01
