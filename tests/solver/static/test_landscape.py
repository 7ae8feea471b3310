"""The total potential as a function: derivatives, and how far a step may go."""

import numpy as np
import pytest
from sample_cloth import difference, perturbed, sample_model

from warp_fabric.solver.static.landscape import Landscape


@pytest.fixture
def landscape(device) -> Landscape:
    point = perturbed(sample_model("twill", device), 181, amount=0.05)
    point.state.velocity.zero_()
    point.state.sliding_velocity.zero_()
    return Landscape(point.model, point.state, point.held)


def test_derivatives(landscape):
    q = landscape.coordinates()
    direction = np.random.default_rng(182).standard_normal(q.shape) * landscape.free
    step = 1e-9
    energies, gradients = zip(*(landscape.at(q + sign * step * direction) for sign in (1.0, -1.0)))
    _, gradient = landscape.at(q)
    slope = (energies[0] - energies[1]) / (2.0 * step)
    assert np.vdot(gradient, direction) == pytest.approx(slope, rel=1e-5)
    landscape.curve()
    expected = (gradients[0] - gradients[1]) / (2.0 * step)
    assert (
        difference((landscape.hessian.to_scipy() @ direction.ravel()).reshape(q.shape) * landscape.free, expected)
        < 1e-5
    )


def test_mass_is_that_of_the_yarn(landscape):
    grid, table = landscape.model.grid, landscape.model.topology
    yarn = np.where(
        table.segment_axis == 0, grid.pick_yarn.numpy()[table.segment[:, 0]], grid.end_yarn.numpy()[table.segment[:, 0]]
    )
    total = landscape.model.material.linear_density.numpy()[yarn] @ grid.segment_length.numpy()
    assert landscape.mass().shape == landscape.free.shape
    assert landscape.mass()[:, 0].sum() == pytest.approx(total)


def test_a_step_takes_half_of_the_yarn_at_most(landscape):
    q = landscape.coordinates()
    assert landscape.room(q, np.zeros_like(q)) == np.inf
    step = np.random.default_rng(183).standard_normal(q.shape) * landscape.free
    room = landscape.room(q, step)
    before, _, _ = landscape.least_yarn(q)
    shares = [landscape._yarn(q + room * step) / landscape._yarn(q), landscape._yarn(q + 1.9 * room * step)]
    assert shares[0].min() == pytest.approx(0.5)
    assert (shares[1] > 0.0).all()
    assert before > 0.0


def test_least_yarn(landscape):
    model = landscape.model
    q = np.concatenate([model.rest_position, model.rest_sliding], axis=1)
    crossing = 2 * model.layouts.shapes[0][1] + 2
    q[crossing, 3] += 0.9 * landscape.model.grid.segment_length.numpy()[0]
    share, first, second = landscape.least_yarn(q)
    assert share == pytest.approx(0.1)
    assert (first, second) == (crossing, crossing + 1)


def test_yarns_do_not_slide_back_over_their_anchors_at_once(landscape):
    q = landscape.coordinates()
    anchor = landscape.held.anchor.numpy()
    reach = landscape._anchor[1]
    q[:, 3:] = anchor + 5.0 * reach
    inner = landscape.free[:, 3:]
    for away, stopped in ((-5.0, True), (3.0, False), (-0.2, False)):
        target = q.copy()
        target[:, 3:] = anchor + away * reach
        found = landscape.held_back(q, target)
        expected = np.where(inner & stopped, anchor, target[:, 3:])
        np.testing.assert_array_equal(found[:, 3:], expected)
        np.testing.assert_array_equal(found[:, :3], q[:, :3])


def test_without_what_pushed_yarns_take_the_hessian_is_definite(device):
    """Cloth pushed together by 2 % in its plane would buckle."""
    model = sample_model("stiff_twill", device)
    point = perturbed(model, 184, amount=0.0)
    point.state.velocity.zero_()
    point.state.sliding_velocity.zero_()
    landscape = Landscape(model, point.state, point.held)
    q = np.concatenate([0.98 * model.rest_position, model.rest_sliding], axis=1)
    landscape.at(q)
    landscape.curve()
    assert not landscape.factors.factor(landscape.hessian, 1.0 * landscape.mass())
    landscape.curve(definite=True)
    assert landscape.factors.factor(landscape.hessian, 1.0 * landscape.mass())
