"""Weight: what a scale would show, and the energy of lifting."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, perturbed, sample_model

from warp_fabric.forces.weight import Weight

WEIGHT = Weight()
GRAVITY = np.array([0.0, 0.0, -9.8])


def mass(point: Point) -> float:
    """Linear density times yarn length, over all segments [kg]."""
    model, sliding = point.model, point.state.sliding.numpy()
    density = model.material.linear_density.numpy()
    yarn = np.stack([model.grid.pick_yarn.numpy(), model.grid.end_yarn.numpy()])
    total = 0.0
    for (first, second), axis in zip(model.topology.segment, model.topology.segment_axis):
        total += density[yarn[axis, first]] * (sliding[second, axis] - sliding[first, axis])
    return total


@pytest.fixture(params=["rest", "perturbed"])
def point(request, device) -> Point:
    model = sample_model("twill", device)
    return at_rest(model) if request.param == "rest" else perturbed(model, seed=21)


def test_total_force_is_mass_times_gravity(point):
    np.testing.assert_allclose(point.force(WEIGHT)[:, :3].sum(axis=0), mass(point) * GRAVITY, rtol=1e-12, atol=1e-18)


def test_lifting_takes_weight_times_height(point):
    before = point.energy(WEIGHT)
    way = np.array([0.01, -0.02, 0.03])
    point.state.position.assign(point.state.position.numpy() + way)
    assert point.energy(WEIGHT) - before == pytest.approx(-mass(point) * GRAVITY @ way, rel=1e-9)


def test_energy_does_not_change_when_cloth_and_gravity_turn_together(point):
    """Half a turn about x, for both; gravity is restored after."""
    before = point.energy(WEIGHT)
    gravity = point.model.material.gravity
    turn = np.diag([1.0, -1.0, -1.0])
    point.state.position.assign(point.state.position.numpy() @ turn)
    gravity.assign(GRAVITY[None] @ turn)
    turned = point.energy(WEIGHT)
    gravity.assign(GRAVITY[None])
    assert turned == pytest.approx(before, rel=1e-12)
    assert point.energy(WEIGHT) == pytest.approx(-before, rel=1e-12)


def test_yarn_slides_down_to_where_it_hangs_lower(device):
    """Each yarn slides along the slope it lies on: rho g times the height it falls per length."""
    model = sample_model("plain", device)
    force = at_rest(model).force(WEIGHT)[model.topology.inner]
    np.testing.assert_allclose(force[:, 3], 0.0, atol=1e-18)  # picks lie level
    heavy = np.resize([2e-3, 2.5e-3, 2e-3, 2.5e-3, 2e-3], (5, 5))[1:-1, 1:-1].ravel()
    # One spacing of end goes from the segment below to the one above, whose middle lies a spacing higher.
    np.testing.assert_allclose(force[:, 4], heavy * GRAVITY[2] * 1e-3, rtol=1e-10)
