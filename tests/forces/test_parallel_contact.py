"""Parallel contact: neighbouring yarns push apart along the yarn that crosses them, once they touch."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, sample_scene

from warp_fabric.forces.parallel_contact import ParallelContact
from warp_fabric.model import Model

CONTACT = ParallelContact()
RADIUS, STIFFNESS, SPACING = 5e-4, 1.0, 2.5e-3  # m, Pa, m


def slid(weave: str, spacing: float, way: float, device: str) -> Point:
    """A 3x4 cloth whose crossing [1, 1] has slid by `way` along its pick, towards crossing [1, 2]."""
    changes = {
        "fabric.weave": weave,
        "fabric.ends": 4,
        "fabric.picks": 3,
        "fabric.end_spacing": spacing,
        "fabric.pick_spacing": spacing,
        "pins": [],
    }
    model = Model(sample_scene("plain").replace(changes), device)
    sliding = model.rest_sliding.copy()
    sliding[5, 0] += way
    return at_rest(model, sliding=sliding)


@pytest.mark.parametrize("weave", ["plain", "twill22"])
@pytest.mark.parametrize("spacing", [1e-3, SPACING])
def test_nothing_touches_at_rest(device, weave, spacing):
    """Not even in a sett so dense that yarns overlap."""
    point = slid(weave, spacing, 0.0, device)
    assert point.energy(CONTACT) == pytest.approx(0.0, abs=1e-35)
    np.testing.assert_allclose(point.force(CONTACT), 0.0, atol=1e-20)


@pytest.mark.parametrize("gap", [1.9e-3, 1.2e-3, 0.4e-3])
def test_ends_between_which_the_pick_passes_keep_two_diameters(device, gap):
    """Plain weave: each end is 2 R thick and so is the pick between them."""
    point = slid("plain", SPACING, SPACING - gap, device)
    overlap = 4 * RADIUS - gap
    push = STIFFNESS * SPACING * overlap
    force = point.force(CONTACT).reshape(3, 4, 5)
    assert force[1, 1, 3] == pytest.approx(-push, rel=1e-12)
    assert force[1, 2, 3] == pytest.approx(push, rel=1e-12)
    assert point.energy(CONTACT) == pytest.approx(0.5 * STIFFNESS * SPACING * overlap**2, rel=1e-12)
    assert np.count_nonzero(force) == 2


def test_yarns_a_little_apart_do_not_feel_each_other(device):
    assert not slid("plain", SPACING, SPACING - 2.1e-3, device).force(CONTACT).any()


def test_ends_on_one_side_come_closer(device):
    """Under a float one diameter is enough."""
    apart, close = (slid("twill22", SPACING, SPACING - gap, device) for gap in (1.1e-3, 0.9e-3))
    above = apart.model.grid.end_on_top.numpy().reshape(3, 4)
    assert above[1, 1] == above[1, 2]
    assert not apart.force(CONTACT).any()
    push = STIFFNESS * SPACING * (2 * RADIUS - 0.9e-3)
    assert close.force(CONTACT).reshape(3, 4, 5)[1, 1, 3] == pytest.approx(-push, rel=1e-12)


def test_the_stiffness_acts_on_touching_yarns_only(device):
    point = slid("plain", SPACING, SPACING - 1.9e-3, device)
    sliding = 5 * 5 + 3
    assert point.jacobian(CONTACT)[sliding, sliding] == pytest.approx(-STIFFNESS * SPACING, rel=1e-12)
    assert slid("plain", SPACING, 0.0, device).jacobian(CONTACT)[sliding, sliding] == 0.0
