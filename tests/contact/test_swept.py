"""Segments against triangles, still and moving: by hand, and against looking very often."""

import numpy as np
import pytest
from swept import crosses, point_passes, segment_passes

TRIANGLE = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


def one(*points):
    return [np.array([point], float) for point in points]


def moved(points, by):
    return [np.add(point, by) for point in points]


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ((0.2, 0.2, -1.0), (0.2, 0.2, 1.0), True),
        ((0.2, 0.2, 1.0), (0.2, 0.2, -1.0), True),
        ((0.2, 0.2, 1.0e-9), (0.2, 0.2, 1.0), False),
        ((0.6, 0.6, -1.0), (0.6, 0.6, 1.0), False),
        ((-1.0e-9, 0.2, -1.0), (-1.0e-9, 0.2, 1.0), False),
        ((-1.0, 0.2, 0.0), (2.0, 0.2, 0.0), False),
        ((-0.1, 0.2, -0.05), (0.3, 0.2, 0.35), False),
        ((-0.1, 0.2, -0.1), (0.3, 0.2, 0.3), True),
        ((-0.1, 0.2, -0.2), (0.3, 0.2, 0.2), True),
    ],
)
def test_segments_cross_triangles(p, q, expected):
    assert crosses(*one(p, q, *TRIANGLE))[0] == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0.2, 0.2, -1.0), (0.2, 0.2, 1.0), True),
        ((0.2, 0.2, 0.1), (0.2, 0.2, 1.0e-12), False),
        ((0.2, 0.2, 0.1), (0.2, 0.2, -1.0e-12), True),
        ((0.6, 0.6, -1.0), (0.6, 0.6, 1.0), False),
        ((-0.5, 0.2, -1.0), (0.9, 0.2, 1.0), True),
        ((-0.5, 0.2, -1.0), (0.3, 0.2, 1.0), False),
    ],
)
def test_points_pass_triangles(start, end, expected):
    shift = np.array([0.3, -0.2, 0.5])  # a motion in common changes nothing
    start, end = one(start, *TRIANGLE), one(np.add(end, shift), *moved(TRIANGLE, shift))
    assert point_passes(start, end)[0] == expected


def test_a_point_that_comes_and_goes_passes():
    """The point moves along x below the one edge, then the other rises: the triangle is beneath it at both ends, but
    above it on the way."""
    start = one((0.0, 0.02, 0.25), (0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    end = one((0.95, 0.02, 0.25), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 1.0))
    beneath = [crosses(points[0], points[0] - [0.0, 0.0, 9.0], *points[1:])[0] for points in (start, end)]
    assert beneath == [True, True]
    assert point_passes(start, end)[0]
    higher = [[points[0] + [0.0, 0.0, 0.3], *points[1:]] for points in (start, end)]
    assert not point_passes(*higher)[0]


@pytest.mark.parametrize(
    ("height", "along", "expected"),
    [(1.0, 0.5, True), (0.1, 0.5, True), (-0.1, 0.5, False), (1.0, 1.1, False), (1.0, 0.999, True)],
)
def test_segments_pass_segments(height, along, expected):
    """One along x falls by 2 `height` from `height` above one along y."""
    lower = [(along, -1.0, 0.0), (along, 1.0, 0.0)]
    start = one((0.0, 0.0, height), (1.0, 0.0, height), *lower)
    end = one((0.0, 0.0, -abs(height)), (1.0, 0.0, -abs(height)), *lower)
    assert segment_passes(start, end)[0] == expected


def test_parallel_segments_do_not_pass():
    start = one((0, 0, 1), (1, 0, 1), (0, 0, 0), (1, 0, 0))
    assert not segment_passes(start, one((0, 0, -1), (1, 0, -1), (0, 0, 0), (1, 0, 0)))[0]


def test_what_is_seen_when_looking_often_is_found():
    """Whether a random segment crosses a random triangle changes only where an end or an edge passes, and where none
    does it never changes; also where it crosses only on the way."""
    random, count, looks = np.random.default_rng(3), 4000, 400
    start, end = random.standard_normal((2, 5, count, 3))
    passed = np.zeros(count, bool)
    for k in range(2):
        chosen = [k, 2, 3, 4]
        passed |= point_passes([*start[chosen]], [*end[chosen]])
    for a, b in ((2, 3), (3, 4), (4, 2)):
        passed |= segment_passes([*start[[0, 1, a, b]]], [*end[[0, 1, a, b]]])
    seen = np.array([crosses(*((1 - t) * start + t * end)) for t in np.linspace(0.0, 1.0, looks)])
    changed = (seen != seen[0]).any(axis=0)
    assert not (changed & ~passed).any()
    brief = ~seen[0] & ~seen[-1] & changed
    assert brief.sum() > 100
    assert (passed & ~changed).sum() < 0.02 * passed.sum()  # these come and go between two looks
