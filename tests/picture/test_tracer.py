"""The ray tracer against tubes whose pictures are known: areas, shading, shadows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from warp_fabric.picture.camera import Camera
from warp_fabric.picture.tracer import Light, trace
from warp_fabric.picture.tube_chains import Tubes

SIZE = (160, 120)


def straight(*lines, radius=1.0, plies=0, points=5) -> Tubes:
    """Straight white tubes between pairs of points."""
    line = [np.linspace(start, stop, points) for start, stop in np.asarray(lines, dtype=float)]
    tangent = [np.repeat([(k[-1] - k[0]) / np.linalg.norm(k[-1] - k[0])], points, axis=0) for k in line]
    frame = [np.cross(k, [0.36, 0.48, 0.8]) for k in tangent]
    count = points * len(line)
    return Tubes(
        point=np.concatenate(line),
        tangent=np.concatenate(tangent),
        frame=np.concatenate([k / np.linalg.norm(k, axis=1, keepdims=True) for k in frame]),
        length=np.concatenate([np.linalg.norm(k - k[0], axis=1) for k in line]),
        radius=np.full(count, radius),
        color=np.full((count, 3), 0.5),
        segment=np.delete(np.arange(count), np.arange(points - 1, count, points)),
        plies=plies,
    )


def above(height: float = 50.0, half_width: float = 8.0, centre=(0.0, 0.0, 0.0)) -> Camera:
    """Looks down -z without perspective; x to the right."""
    eye = np.add(centre, (0, 0, height))
    return Camera(eye, np.eye(3)[0], np.eye(3)[1], -np.eye(3)[2], (half_width, half_width * 0.75), (0.0, 0.0))


def lit(key) -> Light:
    key = np.array(key, dtype=float)
    return Light(key / np.linalg.norm(key), np.eye(3)[2], -np.eye(3)[2], np.eye(3)[2])


OVERHEAD = lit((0, 0, 1))


@pytest.mark.parametrize(
    ("start", "stop"), [((-5, 0, 0), (5, 0, 0)), ((-3, -4, 0), (3, 4, 0)), ((-3, 0, -4), (3, 0, 4))]
)
def test_a_tube_covers_its_silhouette(start, stop):
    picture = trace(straight((start, stop)), above(), OVERHEAD, SIZE, 4)
    way = np.subtract(stop, start)
    along, steep = np.linalg.norm(way[:2]), abs(way[2]) / np.linalg.norm(way)
    area = picture[..., 3].sum() * (16.0 / SIZE[0]) ** 2
    assert area == pytest.approx(2 * along + steep * np.pi, rel=0.01)  # its ends are discs


def test_a_tube_that_bends_has_no_gaps():
    corner = straight(((-4, 0, 0), (0, 0, 0)), ((0, 0, 0), (0, 4, 0)))
    whole = replace(corner, segment=np.arange(9))  # through the corner
    gap, joined = (trace(each, above(), OVERHEAD, SIZE, 4)[60:66, 80:86, 3].mean() for each in (corner, whole))
    assert joined > 0.95
    assert gap < 0.9 * joined


def test_shadows_are_smooth():
    """What a few rays a pixel find differs from pixel to pixel; the picture does not."""
    lower, upper = ((-6, 0, 0), (6, 0, 0)), ((0, -4, 3), (0, 4, 3))
    seen = trace(straight(lower, upper), above(), lit((-1, 0, 1)), SIZE, 2)[55:65, 92:138, 1]
    stipple = np.abs(seen[1:-1, 1:-1] - 0.25 * (seen[:-2, 1:-1] + seen[2:, 1:-1] + seen[1:-1, :-2] + seen[1:-1, 2:]))
    assert stipple.mean() < 0.02 * seen.mean()


def test_far_and_small_tubes_keep_their_width():
    """Single precision must not fray a yarn of radius 1 seen from 2000 away, in a cloth 1000 wide."""
    tubes = straight(((990, 1000, 0), (1010, 1000, 0)), points=40)
    picture = trace(tubes, above(2000.0, centre=(1000.0, 1000.0, 0.0)), OVERHEAD, SIZE, 4)
    columns = picture[:, 20:-20, 3].sum(axis=0) * 16.0 / SIZE[0]
    np.testing.assert_allclose(columns, 2.0, rtol=0.03)


def test_a_lens_shows_nearer_tubes_larger():
    camera = Camera(np.array([0, 0, 40.0]), *np.eye(3)[:2], -np.eye(3)[2], (0.0, 0.0), (0.2, 0.15))
    wide = []
    for z in (0.0, 20.0):
        picture = trace(straight(((-50, 0, z), (50, 0, z))), camera, OVERHEAD, SIZE, 9)
        wide.append(picture[:, SIZE[0] // 2, 3].sum())
    assert wide[1] / wide[0] == pytest.approx(2.0, rel=0.03)


def test_the_side_towards_the_light_is_brighter():
    for key, brighter in (((0, 1, 0.3), slice(0, 60)), ((0, -1, 0.3), slice(60, 120))):
        picture = trace(straight(((-5, 0, 0), (5, 0, 0))), above(), lit(key), SIZE, 4)
        assert picture[brighter, ..., 1].sum() > 0.6 * picture[..., 1].sum()


def test_a_tube_shades_the_one_below():
    lower, upper = ((-6, 0, 0), (6, 0, 0)), ((0, -4, 3), (0, 4, 3))
    light = lit((-1, 0, 1))  # moves the shadow 3 to the right
    alone = trace(straight(lower), above(), light, SIZE, 4)[58:62, :, 1].mean(axis=0)
    both = trace(straight(lower, upper), above(), light, SIZE, 4)[58:62, :, 1].mean(axis=0)

    def column(x: float) -> int:
        return int((x / 8 + 1) / 2 * SIZE[0])

    assert both[column(3)] < 0.6 * alone[column(3)]
    assert both[column(-5)] == pytest.approx(alone[column(-5)], rel=0.02)


def test_tubes_nearby_dim_the_light_between_them():
    middle, beside = ((-6, 0, 0), (6, 0, 0)), (((-6, 2.1, 0), (6, 2.1, 0)), ((-6, -2.1, 0), (6, -2.1, 0)))
    light = lit((0, 0, -1))  # the main light is behind: what is left comes from around
    alone = trace(straight(middle), above(), light, SIZE, 8)[50:70, 60:100, 1].mean()
    crowded = trace(straight(middle, *beside), above(), light, SIZE, 8)[50:70, 60:100, 1].mean()
    assert crowded < 0.95 * alone


def test_plies_wind_along_the_tube():
    """Along the top of a tube of 3 plies the shading repeats 3 times a twist; a smooth tube's does not change."""
    from warp_fabric.picture.shading import PLY_PITCH

    line = ((-2.2 * PLY_PITCH, 0, 0), (2.2 * PLY_PITCH, 0, 0))
    camera = above(half_width=2 * PLY_PITCH)
    size = (480, 360)
    smooth, plied = (
        trace(straight(line, plies=plies, points=90), camera, OVERHEAD, size, 4)[178:182, :, 1].mean(axis=0)
        for plies in (0, 3)
    )
    assert smooth.std() < 0.01 * smooth.mean()
    assert plied.std() > 0.05 * plied.mean()
    strength = np.abs(np.fft.rfft(plied - plied.mean()))
    assert np.argmax(strength) == 3 * 4  # three plies, four twists


def test_pictures_repeat_exactly():
    tubes = straight(((-5, 0, 0), (5, 0, 0)), ((0, -4, 2), (0, 4, 2)), plies=3)
    first, second = (trace(tubes, above(), lit((-1, 1, 1)), SIZE, 3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
