"""Equilibrium of crimped cloth: the golden strip."""

import numpy as np
import pytest
from sample_cloth import Point, golden, golden_scene, largest

from warp_fabric.forces.crimp.crimp import Crimp
from warp_fabric.forces.friction import Friction
from warp_fabric.model import Model
from warp_fabric.solver.static import Equilibrium
from warp_fabric.state import State

STRIP = golden_scene("crimp_static_strip")


@pytest.fixture(scope="module")
def search(device) -> Equilibrium:
    model = Model(STRIP, device)
    found = Equilibrium(model, State.of(model), STRIP.tolerance)
    found.report = found.solve()
    return found


def test_golden_strip(search):
    expected, (picks, ends) = golden("crimp_static_strip"), search.model.layouts.shapes[0]
    position = search.state.position.numpy().reshape(picks, ends, 3)
    displacement = largest(expected["position"] - STRIP.build().position)
    assert displacement > 1e-3
    assert largest(position - expected["position"]) < 1e-7 * displacement
    sliding = search.state.sliding.numpy().reshape(picks, ends, 2)
    assert largest(sliding - expected["sliding"]) < 1e-7 * displacement
    point = Point(search.model, search.state, search.held)
    point.force(Crimp())
    pick, end = np.moveaxis(search.held.change.numpy().reshape(picks, ends, 2), -1, 0)
    assert largest(0.25 * (end - pick) - expected["interchange"]) < 1e-7 * displacement
    # The golden potential leaves out the little that friction stores.
    stored = point.energy(Friction())
    assert search.report.energies[-1] - stored == pytest.approx(float(expected["potential"]), rel=1e-10)


def test_the_answer_is_a_minimum(search):
    """The smallest stiffness is that of the golden data, and positive."""
    search.landscape.curve()
    inner = np.repeat(search.model.topology.inner[:, None], 2, axis=1)
    free = np.concatenate([np.ones((len(inner), 3), bool), inner], axis=1).ravel()
    stiffness = search.landscape.hessian.to_scipy().toarray()[np.ix_(free, free)]
    smallest = float(golden("crimp_static_strip")["smallest_curvature"])
    assert smallest > 0.0
    assert np.linalg.eigvalsh(stiffness)[0] == pytest.approx(smallest, rel=1e-6)
