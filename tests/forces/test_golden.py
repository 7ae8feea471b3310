"""Forces against the golden elements: an independent program's energies, forces and Jacobians."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, difference, golden, golden_elements, golden_order

from warp_fabric.forces import INERTIA, POTENTIALS, Elements
from warp_fabric.forces.wind import Wind

CASES = (
    *(f"elements_{name}" for name in ("gentle", "harsh", "stick", "rest")),
    *(f"crimp_elements_{name}" for name in ("gentle", "harsh", "rest", "flatten", "bound")),
)
EXACT = 1e-9
NOISE = 1e-9  # N: at rest some forces are what rounding leaves,
CRIMP_NOISE = 1e-5  # of crimped yarns more, as all of them pull and push there
GRID = (6, 7)


@pytest.fixture(params=CASES)
def case(request) -> str:
    return request.param


@pytest.fixture
def point(case, device) -> Point:
    arrays = golden(case)
    names = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
    return at_rest(golden_elements(case, device), **{name: arrays[name] for name in names})


@pytest.mark.parametrize("force", POTENTIALS, ids=lambda force: force.name)
def test_energy_force_and_jacobian(force, case, point):
    expected = golden(case)
    name = "stretch" if force.name == "crimp" else force.name  # whose place it takes
    actual = point.force(force).reshape(*GRID, 5)
    if not force.count(point.model):
        assert force.name.startswith("contact") or force.name == ("stretch" if point.model.crimped else force.name)
        assert not actual.any()
        return
    for part, columns in (("position", slice(3)), ("sliding", slice(3, 5))):
        if (key := f"force_{name}_{part}") in expected:
            noise = CRIMP_NOISE if force.name == "crimp" else NOISE
            assert difference(actual[..., columns], expected[key], noise) < EXACT
    if force.name == "friction":  # the golden data have its force only
        assert f"energy_{name}" not in expected
        return
    assert point.energy(force) == pytest.approx(float(expected[f"energy_{name}"]), rel=EXACT, abs=1e-30)
    order = golden_order(point.model)
    jacobian, golden_jacobian = point.jacobian(force)[np.ix_(order, order)], expected[f"jacobian_{name}"]
    if case == "crimp_elements_rest" and force.name == "parallel_contact":
        # Capped segments lie on their kink, d = D but for rounding: with its stiffness or without.
        stiffness = 1.0 * 1.7e-3 * 1.06
        assert np.abs(jacobian - golden_jacobian).max() < 4.0 * stiffness
        return
    assert difference(jacobian, golden_jacobian) < EXACT


@pytest.mark.parametrize("name", ["gentle", "harsh", "rest", "flatten", "bound"])
def test_crimp_interchange_and_flattening(device, name):
    """How far rises have changed, of the state itself and at the predicted one, which are the same here."""
    case = f"crimp_elements_{name}"
    expected = golden(case)
    point = at_rest(golden_elements(case, device), **{key: expected[key] for key in ("position", "sliding", "anchor")})
    for force in POTENTIALS:
        point.force(force)
    rise = 1.5e-3 * 0.4
    for change in (point.held.change, point.held.held_change):
        pick, end = np.moveaxis(change.numpy().reshape(*GRID, 2), -1, 0)
        assert difference(0.25 * (end - pick), expected["interchange"], 1e-6 * rise) < EXACT
        if "flattening" in expected:
            assert difference(-0.5 * (pick + end), expected["flattening"], 1e-6 * rise) < EXACT
        else:
            np.testing.assert_array_equal(pick, -end)
    inner = point.model.topology.inner.reshape(GRID)
    assert (
        difference(point.held.compression.numpy().reshape(GRID)[inner], expected["compression_inner"], CRIMP_NOISE)
        < EXACT
    )
    flat = point.held.flat.numpy()
    assert np.isin(flat, (1, 2, 3)).sum() == (2 if name == "bound" else 0)


def test_wind(case, point):
    actual = point.force(Wind()).reshape(*GRID, 5)
    assert difference(actual[..., :3], golden(case)["force_wind_position"]) < EXACT


def test_inertia(case, point):
    expected = golden(case)
    assert point.energy(INERTIA) == pytest.approx(float(expected["kinetic_energy"]), rel=EXACT)
    momentum = Elements(point.model)
    INERTIA.add_momentum(point.model, point.state, point.held, momentum, 1.0)
    for name, values in (("momentum", momentum.force()), ("force_inertia", point.force(INERTIA))):
        values = values.reshape(*GRID, 5)
        assert difference(values[..., :3], expected[f"{name}_position"]) < EXACT
        assert difference(values[..., 3:], expected[f"{name}_sliding"]) < EXACT


def test_crossings(case, point):
    expected = golden(case)
    inner = point.model.topology.inner.reshape(GRID)
    normal = point.held.normal.numpy().reshape(*GRID, 3)
    assert difference(normal[inner], expected["normal"][inner]) < EXACT
    noise = CRIMP_NOISE if point.model.crimped else 0.0
    assert difference(point.held.compression.numpy().reshape(GRID), expected["compression"], noise) < EXACT
