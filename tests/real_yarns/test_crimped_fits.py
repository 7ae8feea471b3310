"""Fits of crimped and damped cloth: the Jacobian beside the gradient, and parameters that are found again."""

from __future__ import annotations

import numpy as np
import pytest
from real_cloth import directions
from real_crimp import NAMES, CrimpedCase, crimped_scene
from test_crimped_gradients import NOT_STATIC, RIGID_IN_SHEAR, TOUCHES

import warp_fabric as wf

AGREEMENT = 3e-5
"""Of the largest scaled component: tangents are differences of residuals, and the loss is small beside what moves."""
TOUCHING = ("yarns.{0}.radius", "contact.shear_rigidity", "contact.crossing_stiffness", "yarns.{0}.cohesion")


@pytest.mark.parametrize("integrator", ["euler", "bdf2", "static"])
@pytest.mark.parametrize("touching", [False, True], ids=["given", "touching"])
def test_the_jacobian_against_the_gradient(integrator, touching):
    changes = TOUCHES | RIGID_IN_SHEAR if touching else {}
    names = [name for name in (TOUCHING if touching else NAMES) if integrator != "static" or name not in NOT_STATIC]
    scene = crimped_scene("cotton", integrator, **changes)
    case = CrimpedCase.of(scene, tuple(name.format("cotton") for name in names))
    ways = directions(case)
    loss, gradient = case.problem.loss_and_gradient(case.values)
    found = case.problem.linearise(case.values, list(ways.values()))
    assert found.loss == pytest.approx(loss, rel=1e-9)
    slopes = sum(2.0 * frame.jacobian.T @ frame.residual for frame in found.frames)
    expected = np.array([sum(float(np.vdot(gradient[name], way[name])) for name in way) for way in ways.values()])
    np.testing.assert_allclose(slopes, expected, atol=AGREEMENT * np.abs(expected).max())


FOUND = {
    "static": {"fabric.pick_crimp": 0.11, "contact.crossing_stiffness": 80.0},
    "bdf2": {"fabric.pick_crimp": 0.11, "fabric.end_crimp": 0.05, "yarns.wool.cohesion": 6.0},
    "euler": {"yarns.wool.damping": 6e-3, "contact.shear_damping": 2e-3},
}
FLAPS = {"environment__gravity": [0.0, 400.0, -9.8]}
"""Within some steps: what damps it is seen."""


@pytest.mark.parametrize("integrator", FOUND)
def test_what_is_changed_is_found_again(integrator):
    scene = crimped_scene("wool", integrator, **(FLAPS if integrator == "euler" else {}))
    truth = FOUND[integrator]
    seen = wf.simulate(scene.replace(truth))
    result = wf.fit(scene, seen, list(truth), method="gauss-newton", uncertainty=False)
    for name, value in truth.items():
        assert result.values[name] == pytest.approx(value, rel=0.01), (name, result.values)
