"""How bundles stand for real yarns."""

import numpy as np
import pytest

from warp_fabric.bundling import Axis, Bundling, bundle_count
from warp_fabric.layout import Layout


def axis(count: int, size: int, yarn=0, kinds: int = 1) -> Axis:
    return Axis(np.broadcast_to(yarn, count).copy(), bundle_count(count, size), kinds)


def bundling(drawdown, size: int, present=None, yarns=(0, 0), kinds: int = 1) -> Bundling:
    picks, ends = (axis(n, size, yarn, kinds) for n, yarn in zip(drawdown.shape, yarns))
    layout = Layout.full(picks.count, ends.count, False) if present is None else Layout(present, False)
    return Bundling(picks, ends, drawdown, layout)


def plain(count: int) -> np.ndarray:
    return np.indices((count, count)).sum(axis=0) % 2 == 0


def twill(count: int) -> np.ndarray:
    return np.indices((count, count)).sum(axis=0) % 4 < 2


@pytest.mark.parametrize(("count", "size", "bundles"), [(97, 8, 13), (97, 1, 97), (780, 8, 98), (10, 4, 3), (3, 8, 1)])
def test_how_many_there_are(count, size, bundles):
    assert bundle_count(count, size) == bundles


@pytest.mark.parametrize(("count", "size"), [(97, 8), (97, 2), (50, 8), (11, 4), (9, 8)])
def test_yarns_add_up(count, size):
    found = axis(count, size)
    assert found.place[0] == 0
    assert found.place[-1] == pytest.approx(count - 1)
    whole = found.sides[:, 1].sum(axis=(0, 2))
    np.testing.assert_allclose(whole, found.strands, rtol=1e-12)
    edges = found.sides[1, 1, 0] + found.sides[0, 0, 0], found.sides[0, 1, -1] + found.sides[1, 0, -1]
    np.testing.assert_allclose(edges, 0.5 * (found.strands + 1.0), rtol=1e-12)
    assert whole[1:-1].sum() + np.sum(edges) == pytest.approx(count)


def test_stripes_are_shared_out():
    yarn = np.repeat([0, 1, 1, 0], 8)  # 8 of one, 16 of the other, 8 of the first
    found = Axis(np.append(yarn, 0), bundle_count(33, 4), 2)
    whole = found.sides[:, 1].sum(axis=0)
    np.testing.assert_allclose(whole[4], [0.0, 4.0])  # in the midst of a stripe
    np.testing.assert_allclose(whole[2], [2.5 - 0.625, 1.5 + 0.625], atol=0.7)  # at its edge, some of each
    total = whole[1:-1].sum(axis=0) + found.sides[1, 1, 0] + found.sides[0, 1, -1] + 2 * found.sides[0, 0, 0]
    np.testing.assert_allclose(total, [17.0, 16.0], atol=1e-9)


def test_real_crossings_go_to_the_nearest_bundles():
    found = bundling(plain(17), 4)
    assert [found.crossing(pick, 0)[0] for pick in (0, 1, 2, 3, 5, 6, 16)] == [0, 0, 1, 1, 1, 2, 4]
    assert found.middle(1, 3) == (4, 12)
    present = np.ones((5, 5), bool)
    present[0, :2] = False
    assert bundling(plain(17), 4, present).crossing(0, 0) == (1, 0)


@pytest.mark.parametrize("size", [2, 4, 5])
def test_shares_of_a_weave(size):
    found = bundling(plain(21), size)
    assert all((share == 1.0).all() for share in (*found.interlaced, found.interlaced_corners))
    found = bundling(twill(41), size)
    for share in found.interlaced:
        np.testing.assert_allclose(share, 0.5, atol=0.15 if size == 5 else 1e-12)
    np.testing.assert_allclose(found.interlaced_corners[1:-1, 1:-1], 0.25, atol=0.1)


def test_shares_are_those_of_their_place():
    drawdown = plain(33)
    drawdown[:, 16:] = twill(33)[:, 16:]
    along_picks, along_ends = bundling(drawdown, 4).interlaced
    assert (along_picks[:, :3] == 1.0).all()
    np.testing.assert_allclose(along_picks[:, 5:], 0.5)
    assert (along_ends[:, :3] == 1.0).all()
    np.testing.assert_allclose(along_ends[:, 6:], 0.5)


def test_kinds_of_bundles():
    pick, end, mix, reach = bundling(plain(17), 4).yarns
    assert len(mix) == 4  # of picks and of ends, in the midst and at the edge
    np.testing.assert_allclose(mix[pick[:, 2], 0], [2.5, 4, 4, 4, 2.5])
    np.testing.assert_allclose(mix[end[2], 0], [2.5, 4, 4, 4, 2.5])
    np.testing.assert_allclose(reach, 4.0)
    assert not set(pick.ravel()) & set(end.ravel())


def test_a_cut_edge_is_an_edge():
    present = np.ones((5, 5), bool)
    present[3:, 3:] = False
    pick, _, mix, _ = bundling(plain(17), 4, present).yarns
    np.testing.assert_allclose(mix[pick[2], 0], [4.0, 4.0, 4.0, 2.5, 2.5])


def test_weights_of_real_yarns_are_a_partition():
    for each in (axis(17, 4), axis(50, 8)):
        np.testing.assert_allclose(each.share.sum(axis=0), 1.0)
        np.testing.assert_allclose(each.cover.sum(axis=0), 1.0)
        np.testing.assert_allclose(each.cover.sum(axis=1), each.strands)
