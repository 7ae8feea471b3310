"""Friction of cloth on cloth: what it holds, its force, and its work."""

import numpy as np
import pytest
import warp as wp
from bead_algebra import rows
from golden_contact import STEP, golden_point
from held_slopes import assert_held_adjoints
from sample_cloth import Point, difference, folded, golden, golden_fold, largest, perturbed, sample_model

from warp_fabric.forces import FORCES, Moment
from warp_fabric.forces.contact.self_friction import SelfFriction

EXACT = 1e-9
FRICTION = SelfFriction()


@pytest.fixture(params=["open_touching", "folded_paper", "folded_cotton"])
def point(request, device) -> Point:
    lies = golden_fold if request.param == "open_touching" else folded
    return perturbed(sample_model(request.param, device), seed=61, amount=0.02, lies=lies)


def test_golden_elements(device):
    """What is held of each pair; and all friction of contact together."""
    point, arrays = golden_point(device, end=STEP), golden("contact_elements")
    pairs = point.held.candidates
    first, second = rows(pairs), pairs.partner.numpy()[: pairs.pair_count]
    limit, normal = pairs.limit.numpy(), pairs.normal.numpy()
    place = {pair: k for k, pair in enumerate(zip(first.tolist(), second.tolist()))}
    active = [(int(a), int(b)) for a, b in arrays["active_pairs"]]
    touching = {pair for pair, k in place.items() if limit[k] > 0.0}
    assert touching == {*active} | {(b, a) for a, b in active}
    friction = float(point.model.material.collision_friction.numpy()[0])
    there = [place[pair] for pair in active]
    assert difference(limit[there], friction * arrays["held_pair_Fn"]) < EXACT
    assert difference(normal[there], arrays["held_pair_normal"]) < EXACT
    back = [place[b, a] for a, b in active]
    np.testing.assert_array_equal(normal[back], -normal[there])
    np.testing.assert_array_equal(limit[back], limit[there])
    force = sum(point.force(each) for each in FORCES if each.name.startswith("contact") and "friction" in each.name)
    assert difference(force[:, :3], arrays["force_contact_friction"].reshape(-1, 3)) < EXACT


def test_what_is_held_is_that_of_the_start(point):
    """Wherever the step leads, and wherever it is predicted to."""
    held, state = point.held, point.state
    before = held.candidates.limit.numpy(), held.candidates.normal.numpy()
    moved = wp.array(1.1 * state.position.numpy(), dtype=state.position.dtype, device=point.model.device)
    clock = wp.zeros(2, dtype=wp.float64, device=point.model.device)
    FRICTION.hold(point.model, Moment(moved, state.sliding, state.anchor, clock, state.position), held)
    for array, expected in zip((held.candidates.limit, held.candidates.normal), before):
        np.testing.assert_array_equal(array.numpy(), expected)


def test_it_takes_energy_and_no_momentum(point):
    force, velocity = point.force(FRICTION)[:, :3], point.state.velocity.numpy()
    assert largest(force) > 0.0
    assert np.vdot(force, velocity) < 0.0
    assert largest(force.sum(axis=0)) < 1e-12 * np.abs(force).sum()


def test_nothing_slips_where_all_moves_alike(point):
    speeds = np.tile([0.3, -0.2, 0.7, 0.0, 0.0], (point.model.node_count, 1))
    point.move_at(speeds)
    limit = np.abs(point.held.candidates.limit.numpy()).max()
    assert largest(point.force(FRICTION)) < 1e-12 * limit


def test_adjoint_of_what_is_held(point):
    model, held, material = point.model, point.held, point.model.material
    held.candidates.normal.requires_grad = held.candidates.limit.requires_grad = True
    assert_held_adjoints(
        point,
        {"normal": held.candidates.normal, "limit": held.candidates.limit},
        {
            "position": (point.state.position, 1e-4),
            "radius": (material.radius, 1e-4),
            "stiffness": (material.collision_stiffness, 100.0),
            "friction": (material.collision_friction, 1.0),
        },
        lambda: FRICTION.hold(model, Moment.of(point.state), held),
    )


def test_beads_that_touch_nothing_hold_nothing(point):
    """Nor have gradients that are not numbers."""
    model, held, x = point.model, point.held, point.state.position
    held.candidates.normal.requires_grad = held.candidates.limit.requires_grad = x.requires_grad = True
    x.assign(100.0 * x.numpy())
    with wp.Tape() as tape:
        FRICTION.hold(model, Moment.of(point.state), held)
    ones = [wp.array(np.ones_like(a.numpy()), dtype=a.dtype, device=model.device) for a in _held(held)]
    tape.backward(grads=dict(zip(_held(held), ones)))
    gradient = np.array(x.grad.numpy())
    tape.zero()
    assert not any(array.numpy()[: held.candidates.pair_count].any() for array in _held(held))
    assert not gradient.any()


def _held(held) -> tuple[wp.array, wp.array]:
    return held.candidates.normal, held.candidates.limit
