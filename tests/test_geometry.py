"""Interlaced centre lines: contact, clearance, smoothness, and cloth bent out of all shape."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from woven_cloth import WEAVES, rolled, shaken, sheared, woven

from warp_fabric.geometry import (
    arc_fractions,
    arc_lengths,
    catmull_rom,
    centre_lines,
    clearance,
    cloth_mesh,
    crossing_normals,
    yarn_widths,
)
from warp_fabric.relief import relief_of


def closest(one: np.ndarray, other: np.ndarray) -> float:
    """Smallest distance between two densely sampled lines, every pair of samples."""
    return float(np.sqrt(((one[:, None] - other[None]) ** 2).sum(-1).min()))


@pytest.mark.parametrize("samples", [1, 4, 7])
def test_yarns_touch_at_every_crossing_on_their_side(samples):
    fabric = woven("twill22", 7, 9, radii=(0.2, 0.1), pick_radii=(0.25, 0.15, 0.3))
    position = shaken(fabric, 0.1)
    ends, picks = centre_lines(fabric, position, samples)
    assert ends.shape == (9, 6 * samples + 1, 3)
    assert picks.shape == (7, 8 * samples + 1, 3)
    end_at, pick_at = ends[:, ::samples].swapaxes(0, 1), picks[:, ::samples]
    normal = crossing_normals(fabric, position)
    np.testing.assert_allclose(end_at - position, fabric.end_radius[None, :, None] * normal, atol=1e-12)
    np.testing.assert_allclose(pick_at - position, -fabric.pick_radius[:, None, None] * normal, atol=1e-12)


def test_normal_is_the_one_of_the_physics():
    fabric = woven("twill22", 6, 5)
    position = shaken(fabric, 0.1)
    normal = crossing_normals(fabric, position)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1.0, rtol=1e-12)
    inner = np.cross(position[3, 4] - position[3, 2], position[4, 3] - position[2, 3])
    corner = np.cross(position[0, 1] - position[0, 0], position[1, 0] - position[0, 0])
    for at, cross in (((3, 3), inner), ((0, 0), corner)):
        sign = 1.0 if fabric.drawdown[at] else -1.0
        np.testing.assert_allclose(normal[at], sign * cross / np.linalg.norm(cross), rtol=1e-12)
    assert not fabric.drawdown[3, 3]
    assert fabric.drawdown[0, 0]


def test_a_crossing_without_a_normal_takes_its_neighbours():
    fabric = woven("plain", 5, 5)
    position = sheared(rolled(fabric.position, 20.0, 30.0), 10.0) @ np.linalg.qr(np.ones((3, 3)) + np.eye(3))[0]
    expected = crossing_normals(fabric, position)[2, 2]
    position[2, 3] = position[2, 1]
    np.testing.assert_allclose(crossing_normals(fabric, position)[2, 2], expected, atol=0.1)


@pytest.mark.parametrize("weave", WEAVES)
@pytest.mark.parametrize("radius", [0.1, 0.2, 0.25, 0.28])
def test_no_yarn_goes_through_another(weave, radius):
    """Every end against every pick along all of both lines, without `clearance`; then `clearance` on few samples."""
    fabric = woven(weave, 7, 8, radii=(radius,))
    ends, picks = centre_lines(fabric, fabric.position, 32)
    assert min(closest(end, pick) for end in ends for pick in picks) > 0.998 * 2 * radius
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 4)).min() > 0.97
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 8)).min() > 0.99


@pytest.mark.parametrize("weave", WEAVES)
@pytest.mark.parametrize("pose", ["sheared", "rolled", "rolled_askew", "uneven"])
def test_bent_cloth_keeps_its_yarns_apart(weave, pose):
    fabric = woven(weave, 16, 16, radii=(0.25,))
    position = {
        "sheared": sheared(fabric.position, 20.0),
        "rolled": rolled(fabric.position, 4.0, 0.0),
        "rolled_askew": rolled(fabric.position, 3.0, 35.0),
        "uneven": shaken(fabric, 0.015),
    }[pose]
    assert clearance(fabric, *centre_lines(fabric, position, 4)).min() > 0.95


def test_unequal_yarns_and_spacings_keep_apart():
    mixed = woven("plain", 12, 12, radii=(0.2, 0.26), pick_radii=(0.25, 0.25, 0.15))
    assert clearance(mixed, *centre_lines(mixed, mixed.position, 8)).min() > 0.97
    wide = woven("plain", 12, 12, radii=(0.25,), pick_radii=(0.25,), pick_spacing=2.0)
    assert clearance(wide, *centre_lines(wide, wide.position, 8)).min() > 0.97


def test_clearance_is_the_distance_of_the_curves():
    fabric = woven("plain", 6, 5, radii=(0.2, 0.3), pick_radii=(0.25,))
    ends, picks = centre_lines(fabric, shaken(fabric, 0.08), 4)
    ratio = clearance(fabric, ends, picks)
    assert ratio.min() < 0.95 < ratio.max()
    for pick, end in np.ndindex(6, 5):
        one = catmull_rom(ends, np.full(801, end), np.linspace(0, 20, 801))
        other = catmull_rom(picks, np.full(801, pick), np.linspace(0, 16, 801))
        expected = closest(one, other) / (fabric.end_radius[end] + fabric.pick_radius[pick])
        assert ratio[pick, end] == pytest.approx(expected, rel=2e-3)


def test_clearance_sees_yarns_that_do_not_fit():
    fabric = woven("plain", 8, 8, radii=(0.36,))
    assert clearance(fabric, *centre_lines(fabric, fabric.position, 8)).min() < 0.9
    ends, picks = centre_lines(fabric, fabric.position, 8)
    ends[..., 2] = picks[..., 2] = 0.0
    np.testing.assert_allclose(clearance(fabric, ends, picks), 0.0, atol=1e-9)


def test_floats_are_straight_and_the_two_halves_of_a_change_mirror_each_other():
    fabric = woven("satin5", 11, 11, radii=(0.2,))
    ends, _ = centre_lines(fabric, fabric.position, 8)
    up = fabric.drawdown.T
    for end, line in enumerate(ends):
        np.testing.assert_allclose(line[:, 0], end, atol=1e-12)
        for k in range(10):
            height = line[8 * k : 8 * k + 9, 2]
            if up[end, k] == up[end, k + 1]:
                np.testing.assert_allclose(height, 0.2 if up[end, k] else -0.2, rtol=1e-12)
            else:
                np.testing.assert_allclose(height, -height[::-1], atol=1e-12)
                assert (np.diff(height) < 0).all() == up[end, k]
                assert abs(height[4]) < 1e-12


@pytest.mark.parametrize("spacing", [0.05, 0.3, 0.5])
def test_crossings_closer_than_a_yarn_is_thick_are_passed_without_a_jump(spacing):
    fabric = woven("plain", 5, 5, radii=(0.25,), pick_spacing=spacing)
    ends, _ = centre_lines(fabric, fabric.position, 64)
    height = ends[..., 2].reshape(5, -1)
    at_crossings = relief_of(fabric).end_height[0, 0]
    np.testing.assert_allclose(np.abs(height[:, ::64]), at_crossings, rtol=1e-12)
    assert np.abs(height).max() <= at_crossings < 0.25
    assert np.abs(np.diff(height, axis=1)).max() < 0.12
    for k in range(4):
        assert len(set(np.sign(np.diff(height[0, 64 * k : 64 * k + 65])))) == 1


@pytest.mark.parametrize("size", [0.0, 0.12])
def test_the_direction_is_continuous(size):
    """A bend's largest angle between samples shrinks with their distance; a kink's would not."""
    fabric = woven("twill22", 8, 8, radii=(0.2,))
    position = shaken(fabric, size)

    def sharpest(samples: int) -> float:
        angles = []
        for lines in centre_lines(fabric, position, samples):
            step = np.diff(lines, axis=1)
            step /= np.linalg.norm(step, axis=-1, keepdims=True)
            angles.append(np.linalg.norm(np.diff(step, axis=1), axis=-1).max())
        return max(angles)

    assert sharpest(256) < 0.3 * sharpest(64)


@pytest.mark.parametrize("seed", range(3))
def test_lines_move_and_grow_with_the_cloth(seed):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    fabric, larger = woven("twill22", 6, 7, radii=(0.2, 0.1)), woven("twill22", 6, 7, radii=(0.6, 0.3))
    position = shaken(fabric, 0.15, seed)
    shift = rng.normal(size=3)
    for line, moved in zip(centre_lines(fabric, position), centre_lines(larger, 3 * position @ rotation.T + shift)):
        np.testing.assert_allclose(3 * line @ rotation.T + shift, moved, atol=1e-9)


def test_ends_and_picks_play_the_same_part():
    fabric = woven("satin5", 6, 9, radii=(0.2,), pick_radii=(0.1, 0.3))
    position = shaken(fabric, 0.1)
    swapped = {"end_yarn": fabric.pick_yarn, "pick_yarn": fabric.end_yarn, "layout": None}
    turned = replace(fabric, drawdown=fabric.drawdown.T.copy(), **swapped)
    ends, picks = centre_lines(fabric, position)
    turned_ends, turned_picks = centre_lines(turned, position.swapaxes(0, 1))
    np.testing.assert_allclose(turned_ends, picks, atol=1e-12)
    np.testing.assert_allclose(turned_picks, ends, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 2), (2, 5), (5, 4)])
@pytest.mark.parametrize("ruin", ["rest", "point", "line", "folded", "pleated", "coincident", "huge", "tiny"])
def test_degenerate_cloth_gives_finite_lines_near_the_cloth(shape, ruin):
    fabric = woven("plain", *shape, radii=(0.25,))
    position = fabric.position.copy()
    if ruin == "point":
        position[:] = 1.0
    elif ruin == "line":
        position[..., 1] = 2.0 * position[..., 0]
    elif ruin == "folded":
        position[..., 0] = np.abs(position[..., 0] - 1.0)
    elif ruin == "pleated":
        position[..., 0] %= 2.0
    elif ruin == "coincident":
        position[-1] = position[0]
    elif ruin == "huge":
        position *= 1e6
    elif ruin == "tiny":
        position *= 1e-9
    with np.errstate(all="raise", under="ignore"):
        lines = centre_lines(fabric, position, 5)
        normal = crossing_normals(fabric, position)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1.0, rtol=1e-9)
    largest = max(np.linalg.norm(np.diff(position, axis=axis), axis=-1).max(initial=0.0) for axis in (0, 1))
    for line in lines:
        assert np.isfinite(line).all()
        slack = 0.25 + largest
        assert (line >= position.min(axis=(0, 1)) - slack).all()
        assert (line <= position.max(axis=(0, 1)) + slack).all()
    assert np.isfinite(clearance(fabric, *lines)).all()


def test_a_single_yarn_follows_its_crossings():
    fabric = woven("plain", 1, 6)
    ends, picks = centre_lines(fabric, fabric.position, 4)
    np.testing.assert_allclose(picks[0, ::4], fabric.position[0], atol=1e-12)
    np.testing.assert_allclose(picks[0, :, 1:], 0.0, atol=1e-12)
    np.testing.assert_allclose(ends[:, 0], fabric.position[0], atol=1e-12)


def test_wrong_arguments_are_refused():
    fabric = woven("plain", 4, 5)
    with pytest.raises(ValueError, match="samples_per_crossing"):
        centre_lines(fabric, fabric.position, 0)
    with pytest.raises(ValueError, match=r"\(4, 5, 3\)"):
        centre_lines(fabric, fabric.position.swapaxes(0, 1))


def test_lengths_along_lines():
    lines = np.array([[[0, 0, 0], [3, 4, 0], [3, 4, 5]], [[1, 1, 1], [1, 1, 1], [1, 1, 1]]], dtype=float)
    np.testing.assert_allclose(arc_lengths(lines), [[0, 5, 10], [0, 0, 0]])
    np.testing.assert_allclose(arc_fractions(lines), [[0, 0.5, 1], [0, 0, 0]])


def test_interlacing_makes_yarns_longer_than_the_cloth():
    """Half a segment has the height a (1 - (2 t)^3): its length by quadrature."""
    fabric = woven("plain", 4, 4, radii=(0.25,))
    ends, _ = centre_lines(fabric, fabric.position, 200)
    way = np.linspace(0.0, 0.5, 20001)
    half = np.mean(np.sqrt(1.0 + (24.0 * 0.25 * way**2) ** 2)) * 0.5
    np.testing.assert_allclose(arc_lengths(ends)[:, -1], 3 * 2 * half, rtol=1e-4)


def test_widths_are_diameters():
    ends, picks = yarn_widths(woven("plain", 3, 2, radii=(0.2, 0.1), pick_radii=(0.3,)))
    np.testing.assert_allclose(ends, [0.4, 0.2])
    np.testing.assert_allclose(picks, [0.6, 0.6, 0.6])


def test_catmull_rom_meets_its_samples_and_their_slopes():
    lines = np.random.default_rng(0).normal(size=(2, 6, 3))
    at = np.arange(6.0)
    np.testing.assert_allclose(catmull_rom(lines, np.array([1]), at), lines[1], atol=1e-12)
    step = 1e-6
    for side in (-step, step):
        slope = (catmull_rom(lines, np.array([0]), at[1:-1] + side) - lines[0, 1:-1]) / side
        np.testing.assert_allclose(slope, 0.5 * (lines[0, 2:] - lines[0, :-2]), atol=1e-4)
    straight = np.arange(5.0)[None, :, None] * np.array([1.0, 2.0, -1.0])
    points = catmull_rom(straight, np.array([0]), np.array([0.3, 3.7]))
    np.testing.assert_allclose(points, [[0.3, 0.6, -0.3], [3.7, 7.4, -3.7]], atol=1e-12)


def test_cloth_mesh_covers_the_cloth_facing_up():
    fabric = woven("plain", 4, 6, pick_spacing=2.0)
    vertices, quads = cloth_mesh(fabric.position)
    assert vertices.shape == (24, 3)
    assert quads.shape == (15, 4)
    corner = vertices[quads]
    areas = 0.5 * np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    np.testing.assert_allclose(areas, np.tile([0.0, 0.0, 2.0], (15, 1)), atol=1e-12)
    assert len({tuple(quad) for quad in np.sort(quads, axis=1)}) == 15


def test_large_cloth_is_quick():
    fabric = woven("twill22", 200, 200)
    start = time.process_time()
    centre_lines(fabric, fabric.position, 4)
    assert time.process_time() - start < 1.0
