"""What all forces together hold over a step."""

from collections import Counter

import numpy as np
from sample_cloth import held_at, perturbed, sample_model

from warp_fabric.forces import FORCES, HOLDERS, Moment, empty_held, hold


def test_no_two_forces_hold_the_same_name(device):
    model = sample_model("twill", device)
    names = Counter(name for holder in HOLDERS for name in holder.holds(model))
    assert set(names.values()) == {1}
    assert sorted(names) == sorted(empty_held(model).names())


def test_every_force_is_asked_to_hold():
    assert set(FORCES) <= set(HOLDERS)


def test_holding_again_gives_the_same(device):
    """Nothing that is held is added to what was there before."""
    point = perturbed(sample_model("twill", device), seed=3, amount=0.05)
    point.hold()
    first = {name: getattr(point.held, name).numpy().copy() for name in point.held.names()}
    hold(point.model, Moment.of(point.state), point.held)
    for name, array in first.items():
        np.testing.assert_array_equal(getattr(point.held, name).numpy(), array)


def test_gradients_only_where_they_are_wanted(device):
    model = sample_model("plain", device)
    assert all(array.grad is None for array in held_at(model, 0.0)[0].arrays())
    assert all(array.grad is not None for array in held_at(model, 0.0, requires_grad=True)[0].arrays() if array.size)
