"""What elements of bundles weigh."""

import numpy as np
import pytest
from bundled_cloth import square

from warp_fabric.bundle_weights import clamp_stiffness, corner_weights, jamming_shares
from warp_fabric.topology import build_topology


def tables(scene):
    fabric = scene.build()
    return [fabric], build_topology([fabric.layout])


def test_real_yarns_weigh_one():
    fabrics, table = tables(square(9))
    assert (corner_weights(fabrics, table) == 1.0).all()
    assert (clamp_stiffness(fabrics, table, np.array([0, 1, 9, 10])) == 1.0).all()


@pytest.mark.parametrize("size", [2, 4, 8, 5])
def test_corners_add_up_to_the_real_ones(size):
    fabrics, table = tables(square(33, size))
    assert corner_weights(fabrics, table).sum() == pytest.approx(4 * 31 * 31)


def test_corners_at_a_cut_edge_reach_it():
    present = np.ones((33, 33), bool)
    present[17:, 17:] = False
    fabrics, table = tables(square(33, 4, fabric__present=present, pins=[]))
    weight = corner_weights(fabrics, table)
    place = fabrics[0].layout.crossing[table.corner]
    facing = (place[:, 0] == (3, 3)).all(axis=1)  # before the notch: nothing lies beyond [3, 5] and [5, 3] ...
    inwards = (place[:, 0] == (3, 3)).all(axis=1) & (place[:, 1, 1] == 2) & (place[:, 2, 0] == 2)
    assert facing.sum() == 4
    np.testing.assert_allclose(weight[facing], 16.0)
    assert inwards.sum() == 1
    beside = (place[:, 0] == (6, 3)).all(axis=1)  # [6, 4] is the last of its pick
    np.testing.assert_allclose(weight[beside & (place[:, 1, 1] == 4) & (place[:, 2, 0] == 5)], 7 * 4.0)
    np.testing.assert_allclose(weight[beside & (place[:, 1, 1] == 2) & (place[:, 2, 0] == 5)], 4 * 4.0)


def test_bundles_jam_as_their_share_does():
    fabrics, table = tables(square(41, 4, fabric__weave="twill22"))
    shares = jamming_shares(fabrics, table, fabrics[0].drawdown[fabrics[0].layout.present])
    np.testing.assert_allclose(shares, 0.25, atol=0.05)
    fabrics, table = tables(square(41, 4))
    assert (jamming_shares(fabrics, table, fabrics[0].drawdown.ravel()) == 1.0).all()


def test_a_clamp_is_stiffer():
    scene = square(33, 4, held="half")
    fabrics, table = tables(scene)
    node = fabrics[0].layout.node
    stiffness = clamp_stiffness(fabrics, table, np.array([node[each] for each in scene.held_crossings]))
    centre, along_picks = table.triple[:, 1], table.triple_axis == 0
    at_edge = fabrics[0].layout.crossing[centre, 1] == 4
    np.testing.assert_allclose(stiffness[at_edge & along_picks], 8.0 / 5.0)
    assert (stiffness[~at_edge | ~along_picks] == 1.0).all()
