"""Solids beside tubes: what hides what, which sides are seen, and shadows."""

import numpy as np
import pytest
from test_tracer import OVERHEAD, SIZE, above, lit, straight

from warp_fabric.obstacle_shapes import COLOR
from warp_fabric.picture.solids import Solids
from warp_fabric.picture.tracer import trace
from warp_fabric.srgb import to_linear

LINE = ((-5, 0, 0), (5, 0, 0))


def sheet(height: float, looks_up: bool = True, two_sided: bool = False, size: float = 3.0) -> Solids:
    """A square about the z axis."""
    corners = np.array([[-size, -size, height], [size, -size, height], [size, size, height], [-size, size, height]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    faces = faces if looks_up else faces[:, ::-1]
    normals = np.tile([0.0, 0.0, 1.0 if looks_up else -1.0], (2, 3, 1))
    return Solids(corners, faces, normals, np.full(2, two_sided))


def seen(solids, line=LINE, key=OVERHEAD):
    return trace(straight(line), above(), key, SIZE, 4, solids=solids)


def test_a_sheet_hides_what_is_behind_it_and_is_hidden():
    alone, over, below = (seen(each) for each in (None, sheet(5.0), sheet(-5.0)))
    covered = over[..., 3] > 0.5
    assert covered.sum() * (16.0 / SIZE[0]) ** 2 == pytest.approx(36.0 + 4.0 * 2.0, rel=0.02)
    middle = np.s_[58:62, 70:90, :3]
    assert np.ptp(over[middle], axis=(0, 1)).max() < 1e-3
    np.testing.assert_allclose(below[middle], alone[middle], rtol=0.02)
    assert below[40, 80, 3] == 1.0


def test_a_sheet_is_matte_and_neutral():
    color = seen(sheet(5.0))[60, 80, :3]
    np.testing.assert_allclose(color / color[0], to_linear(COLOR) / to_linear(COLOR)[0], rtol=1e-5)
    aslant = seen(sheet(5.0), key=lit((0, 1, 1)))[60, 80, :3]
    assert (aslant < 0.9 * color).all()


def test_which_sides_are_seen():
    """One that is not seen casts a shadow all the same."""
    alone, under = seen(None), seen(sheet(5.0, looks_up=False))
    np.testing.assert_array_equal(under[..., 3], alone[..., 3])
    assert under[60, 80, 1] < 0.9 * alone[60, 80, 1]
    both = seen(sheet(5.0, looks_up=False, two_sided=True))
    np.testing.assert_allclose(both[40:80, 60:100], seen(sheet(5.0))[40:80, 60:100], rtol=1e-5)


def test_what_is_behind_one_seen_from_behind_is_seen():
    upper, lower = sheet(5.0, looks_up=False), sheet(-5.0)
    both = Solids(
        np.concatenate([upper.vertices, lower.vertices]),
        np.concatenate([upper.faces, lower.faces + 4]),
        np.concatenate([upper.normals, lower.normals]),
        np.zeros(4, bool),
    )
    np.testing.assert_array_equal(seen(both)[..., 3], seen(lower)[..., 3])
    assert seen(both)[40, 80, 3] == 1.0


def test_shadows_fall_both_ways():
    free, under = seen(sheet(-30.0), line=((-5, 40, 0), (5, 40, 0))), seen(sheet(-1.5))
    edge = np.s_[74:76, 75:85, 1]  # beside the tube
    assert under[edge].mean() < 0.9 * free[edge].mean()
    bright, dark = seen(None, key=lit((0, 1, 1))), seen(wall(), key=lit((0, 1, 1)))
    assert dark[58:62, 70:90, 1].mean() < 0.75 * bright[58:62, 70:90, 1].mean()


def wall() -> Solids:
    """Stands between the tube and a light at y."""
    corners = np.array([[-20.0, 4, -20], [20, 4, -20], [20, 4, 20], [-20, 4, 20]])
    return Solids(corners, np.array([[0, 2, 1], [0, 3, 2]]), np.tile([0.0, 1, 0], (2, 3, 1)), np.ones(2, bool))
