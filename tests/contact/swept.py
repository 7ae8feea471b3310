"""Segments against triangles, still and moving: what tells whether yarns have passed through something.

NumPy alone, and none of the simulator's code. Points move straight and evenly; whatever passes is found where four of
them are in one plane, at the roots of a cubic. All functions take many cases at once, [n, 3] a point.
"""

from __future__ import annotations

import numpy as np

BISECTIONS = 52
EDGE = 1.0e-9
"""Of a triangle or a segment: how far beside it counts as on it."""


def volume(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Six times the signed volume of tetrahedra."""
    return np.einsum("ni,ni->n", np.cross(b - a, c - a), d - a)


def crosses(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """[n] whether segments pq cross triangles abc, their edges included; what only touches their plane does not."""
    sides = volume(a, b, c, p) * volume(a, b, c, q) < 0.0
    u, v, w = (volume(p, q, x, y) for x, y in ((a, b), (b, c), (c, a)))
    return sides & (((u >= 0) & (v >= 0) & (w >= 0)) | ((u <= 0) & (v <= 0) & (w <= 0)))


def point_passes(start: list[np.ndarray], end: list[np.ndarray]) -> np.ndarray:
    """[n] whether moving points pass moving triangles.

    Args:
        start, end: The places of point and corners, [n, 3] each, at the start and the end.
    """

    def on_it(p, a, b, c):
        normal = np.cross(b - a, c - a)
        size = np.einsum("ni,ni->n", normal, normal)
        parts = [np.einsum("ni,ni->n", normal, np.cross(y - x, p - x)) for x, y in ((a, b), (b, c), (c, a))]
        return (size > 0.0) & (np.min(parts, axis=0) >= -EDGE * size)

    return _meets(start, end, on_it)


def segment_passes(start: list[np.ndarray], end: list[np.ndarray]) -> np.ndarray:
    """[n] whether moving segments pass moving segments; parallel ones do not.

    Args:
        start, end: The places of the first one's ends and the second one's ends, [n, 3] each.
    """

    def on_both(p, q, a, b):
        u, v, w = q - p, b - a, p - a
        uu, uv, vv, uw, vw = (np.einsum("ni,ni->n", *pair) for pair in ((u, u), (u, v), (v, v), (u, w), (v, w)))
        skew = uu * vv - uv * uv
        skewed = skew > 1.0e-18 * uu * vv
        safe = np.where(skewed, skew, 1.0)
        s, t = (uv * vw - vv * uw) / safe, (uu * vw - uv * uw) / safe
        return skewed & (np.minimum(s, t) >= -EDGE) & (np.maximum(s, t) <= 1.0 + EDGE)

    return _meets(start, end, on_both)


def _meets(start: list[np.ndarray], end: list[np.ndarray], good) -> np.ndarray:
    """[n] whether four moving points come into one plane, pass it, and are well placed there."""
    met = np.zeros(len(start[0]), bool)
    at_start, at_end = volume(*start), volume(*end)
    (a, b, c), (da, db, dc) = ([each - points[0] for each in points[1:]] for points in (start, end))
    da, db, dc = da - a, db - b, dc - c
    slope = _det(da, b, c) + _det(a, db, c) + _det(a, b, dc)
    bend = _det(a, db, dc) + _det(da, b, dc) + _det(da, db, c)
    twist = _det(da, db, dc)
    # Where the cubic's four Bernstein coefficients have one sign it has no root.
    control = np.stack([at_start, at_start + slope / 3, at_start + 2 * slope / 3 + bend / 3, at_end])
    some = np.flatnonzero((control.min(axis=0) <= 0.0) & (control.max(axis=0) >= 0.0))
    if not len(some):
        return met
    first, last = (np.stack([each[some] for each in points]) for points in (start, end))

    def points_at(time: np.ndarray) -> np.ndarray:
        return first * (1.0 - time[:, None]) + last * time[:, None]

    # Between the roots of its derivative the cubic is monotone.
    linear, square, root = slope[some], bend[some], np.zeros(len(some))
    cubic = twist[some]
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(square**2 - 3.0 * cubic * linear, 0.0))
        lead = -(square + np.where(square < 0.0, -root, root))
        turns = np.stack([lead / (3.0 * cubic), linear / lead])
    turns = np.sort(np.clip(np.nan_to_num(turns, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0), axis=0)
    borders = [np.zeros(len(some)), *turns, np.ones(len(some))]
    signs = [volume(*points_at(border)) >= 0.0 for border in borders]
    for k in range(3):
        changing = np.flatnonzero(signs[k] != signs[k + 1])
        if not len(changing):
            continue
        low, high, sign = borders[k].copy(), borders[k + 1].copy(), signs[k]
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            same = (volume(*points_at(middle)) >= 0.0) == sign
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        placed = good(*points_at(0.5 * (low + high)))
        met[some[changing]] |= placed[changing]
    return met


def _det(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return np.einsum("ni,ni->n", np.cross(a, b), c)
