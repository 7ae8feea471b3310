"""Forces against the golden elements: an independent program's energies, forces and Jacobians."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, difference, golden, golden_elements

from warp_fabric.forces import INERTIA, POTENTIALS, Elements
from warp_fabric.forces.wind import Wind

CASES = ("gentle", "harsh", "stick", "rest")
EXACT = 1e-9
NOISE = 1e-9  # N: at rest some forces are what rounding leaves
GRID = (6, 7)


@pytest.fixture(params=CASES)
def case(request) -> str:
    return request.param


@pytest.fixture
def point(case, device) -> Point:
    arrays = golden(f"elements_{case}")
    names = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
    return at_rest(golden_elements(case, device), **{name: arrays[name] for name in names})


def golden_order(point: Point) -> np.ndarray:
    """Numbers of the unknowns in the order of golden Jacobians: all positions, then inner sliding pairs."""
    number = np.arange(5 * point.model.node_count).reshape(-1, 5)
    return np.concatenate([number[:, :3].ravel(), number[point.model.topology.inner, 3:].ravel()])


@pytest.mark.parametrize("force", POTENTIALS, ids=lambda force: force.name)
def test_energy_force_and_jacobian(force, case, point):
    expected = golden(f"elements_{case}")
    actual = point.force(force).reshape(*GRID, 5)
    for part, columns in (("position", slice(3)), ("sliding", slice(3, 5))):
        if (name := f"force_{force.name}_{part}") in expected:
            assert difference(actual[..., columns], expected[name], NOISE) < EXACT
    if force.name == "friction":  # the golden data have its force only
        assert f"energy_{force.name}" not in expected
        return
    assert point.energy(force) == pytest.approx(float(expected[f"energy_{force.name}"]), rel=EXACT, abs=1e-30)
    order = golden_order(point)
    jacobian = point.jacobian(force)[np.ix_(order, order)]
    assert difference(jacobian, expected[f"jacobian_{force.name}"]) < EXACT


def test_wind(case, point):
    actual = point.force(Wind()).reshape(*GRID, 5)
    assert difference(actual[..., :3], golden(f"elements_{case}")["force_wind_position"]) < EXACT


def test_inertia(case, point):
    expected = golden(f"elements_{case}")
    assert point.energy(INERTIA) == pytest.approx(float(expected["kinetic_energy"]), rel=EXACT)
    momentum = Elements(point.model)
    INERTIA.add_momentum(point.model, point.state, point.held, momentum, 1.0)
    for name, values in (("momentum", momentum.force()), ("force_inertia", point.force(INERTIA))):
        values = values.reshape(*GRID, 5)
        assert difference(values[..., :3], expected[f"{name}_position"]) < EXACT
        assert difference(values[..., 3:], expected[f"{name}_sliding"]) < EXACT


def test_crossings(case, point):
    expected = golden(f"elements_{case}")
    inner = point.model.topology.inner.reshape(GRID)
    normal = point.held.normal.numpy().reshape(*GRID, 3)
    assert difference(normal[inner], expected["normal"][inner]) < EXACT
    assert difference(point.held.compression.numpy().reshape(GRID), expected["compression"]) < EXACT
