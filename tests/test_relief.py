"""How far yarns are drawn above and below the cloth: from crimp where there is some, else as round yarns have room."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from crimped_cloth import straightening
from woven_cloth import woven

from warp_fabric import Scene
from warp_fabric.geometry import centre_lines, clearance, crossing_normals, frame_relief
from warp_fabric.relief import Relief, relief_of

DATA = Path(__file__).parent / "data"
FLOATING = {"twill22": (2, 2), "satin5": (2, 3)}
"""Changes of sides in a repeat of a weave, and segments of floats."""


def jamming_radius(weave: str, sett: float) -> float:
    """Radius of equal yarns, in spacings, at a share of the densest sett of a weave: where a yarn changes sides it
    winds around both its neighbours, 60 degrees of each; along floats its neighbours touch each other."""
    changes, floats = FLOATING[weave]
    return sett * (changes + floats) / (changes * 4.0 * np.sin(np.pi / 3.0) + floats * 2.0)


def test_crimped_yarns_lie_half_their_height_beside_the_cloth():
    run = straightening("twill22", fabric__crimp=None, fabric__end_crimp=0.1, fabric__pick_crimp=0.05)
    fabric, change = run.fabric, run.interchange[3]
    found = frame_relief(run, 3)
    rises = [p * np.sqrt((1.0 + c) ** 2 - 1.0) for p, c in ((fabric.end_spacing, 0.05), (fabric.pick_spacing, 0.1))]
    np.testing.assert_allclose(found.pick_height, 0.5 * rises[0] - change, rtol=1e-12)
    np.testing.assert_allclose(found.end_height, 0.5 * rises[1] + change, rtol=1e-12)
    assert change.max() > 1e-6
    ends, picks = centre_lines(fabric, run.position[3], 4, found)
    normal = crossing_normals(fabric, run.position[3])
    above, below = ends[:, ::4].swapaxes(0, 1) - run.position[3], picks[:, ::4] - run.position[3]
    np.testing.assert_allclose(above, found.end_height[..., None] * normal, atol=1e-12)
    np.testing.assert_allclose(below, -found.pick_height[..., None] * normal, atol=1e-12)


def test_crossings_that_give_bring_both_yarns_nearer():
    run = straightening(contact__crossing_stiffness=50.0)
    rest, later = frame_relief(run, 0), frame_relief(run, -1)
    nearer = rest.pick_height + rest.end_height - later.pick_height - later.end_height
    np.testing.assert_allclose(nearer, run.flattening[-1], atol=1e-12)
    assert nearer.max() > 1e-5


@pytest.mark.parametrize("samples", [4, 32])
def test_crimped_cotton_touches_at_rest(samples):
    run = straightening()
    ratio = clearance(run.fabric, *centre_lines(run.fabric, run.position[0], samples, frame_relief(run, 0)))
    assert ratio.min() > (0.98 if samples == 4 else 0.998)
    assert ratio.max() < 1.0 + 1e-9


def test_open_cloth_gives_each_yarn_its_radius():
    fabric = woven("twill22", 6, 7, radii=(0.1, 0.2), pick_radii=(0.15, 0.25))
    found = relief_of(fabric)
    np.testing.assert_array_equal(found.pick_height, np.repeat(fabric.pick_radius[:, None], 7, axis=1))
    np.testing.assert_allclose(found.end_height, np.repeat(fabric.end_radius[None], 6, axis=0), rtol=1e-12)
    assert found.shift is None


def test_poplin_has_nearly_straight_picks():
    fabric = Scene.from_toml((DATA / "poplin_50x25.toml").read_text()).build()
    radius, found = fabric.end_radius[0], relief_of(fabric)
    most = 2.0 * radius - np.sqrt((2.0 * radius) ** 2 - (0.5 * fabric.end_spacing) ** 2)
    np.testing.assert_allclose(found.pick_height, most, rtol=1e-12)
    np.testing.assert_allclose(found.pick_height + found.end_height, 2.0 * radius, rtol=1e-12)
    assert most < 0.56 * radius
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 4)).min() > 0.99


@pytest.mark.parametrize("dense", ["ends", "picks"])
@pytest.mark.parametrize("width", [0.6, 0.7, 0.8, 0.866, 0.93])
@pytest.mark.parametrize("share", [0.8, 0.99])
def test_what_peirce_says_can_be_woven_has_room(dense, width, share):
    """Both systems' spacings, over two sums of radii, at a share of his limit."""
    other = np.sqrt(1.0 - max(share - np.sqrt(1.0 - width**2), 0.0) ** 2)
    first, second = (width, other) if dense == "ends" else (other, width)
    fabric = woven("plain", 8, 9, radii=(0.25 / first,), pick_spacing=second / first)
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 16)).min() > 0.965
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 4)).min() > 0.95
    found = relief_of(fabric)
    np.testing.assert_allclose(found.pick_height + found.end_height, 0.5 / first, rtol=1e-12)


def test_shares_change_gradually_with_the_sett():
    """The largest step shrinks with those of the radius; a jump's would not. Past the limit, too."""

    def largest(steps: int) -> float:
        radii = np.linspace(0.2, 0.45, steps + 1)
        shares = [relief_of(woven("plain", 3, 3, radii=(r,), pick_spacing=1.5)).pick_height[1, 1] / r for r in radii]
        assert max(shares) == 1.0
        assert min(shares) < 0.8
        return np.abs(np.diff(shares)).max()

    assert largest(400) < 0.4 * largest(100)


@pytest.mark.parametrize("weave", FLOATING)
def test_floats_make_room_for_dense_cloth(weave):
    fabric = woven(weave, 15, 16, radii=(jamming_radius(weave, 0.9),))
    even = replace(relief_of(fabric), shift=None)
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 8, even)).min() < 0.92
    for samples in (4, 8):
        lines = centre_lines(fabric, fabric.position, samples)
        assert clearance(fabric, *lines).min() > 0.96
        for each in lines:  # neighbours along floats
            side_by_side = np.linalg.norm(each[:, None] - each[None], axis=-1)[np.triu_indices(len(each), 1)]
            assert side_by_side.min() > 0.98 * 2.0 * fabric.end_radius[0]


def test_cloth_beyond_its_densest_sett_is_left_even():
    assert not relief_of(woven("twill22", 8, 8, radii=(jamming_radius("twill22", 1.05),))).shift.any()


def test_a_part_is_that_of_the_whole():
    fabric = woven("satin5", 12, 12, radii=(jamming_radius("satin5", 0.9),))
    whole, window = relief_of(fabric), np.s_[2:7, 3:9]
    part = whole.part(window)
    for name in ("pick_height", "end_height", "shift"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[window])
    assert Relief(whole.pick_height, whole.end_height).part(window).shift is None
