"""How deep moving yarn segments get into obstacles."""

from __future__ import annotations

import numpy as np
from touched_bodies import Body, is_inside, surface_distance

HELD = 1.0e-6
"""Of a segment's length: how finely its way along a plane, sphere or capsule is looked at."""
SAMPLES = 101
"""Of the way into a mesh, and of a segment's points on it."""


def deepest(x: np.ndarray, body: Body, times: np.ndarray) -> np.ndarray:
    """[S] m, how deep segments, [2, S, 2, 3] m at the start and the end, get into a plane, sphere or capsule on the
    way: the most of `SAMPLES` moments at least; not positive where they stay outside.

    Nothing moves faster than `speed`, so that from one moment's depth follows what it can be around it.
    """
    first, last = x
    step = float(times[1] - times[0])
    reach = float(np.linalg.norm(x, axis=3).max() + np.linalg.norm(body.shift(times), axis=1).max())
    speed = np.linalg.norm(last - first, axis=2).max(axis=1) + body.speed(*times, reach) * step
    finest = HELD * np.linalg.norm(first[:, 1] - first[:, 0], axis=1)
    deepest = np.full(len(first), -np.inf)

    def depth_at(moment: float, s: np.ndarray) -> np.ndarray:
        p, q = ((1.0 - moment) * first[s] + moment * last[s]).swapaxes(0, 1)
        depth = body.depth(p, q, float(times[0]) + moment * step)
        deepest[s] = np.maximum(deepest[s], depth)
        return depth

    open_parts = [(np.arange(len(first)), 0.5, 0.5)]
    while open_parts:
        s, middle, half = open_parts.pop()
        depth = depth_at(middle, s)
        unsure = s[(depth <= 0.0) & (depth + speed[s] * half > 0.0) & (speed[s] * half > finest[s])]
        unsure = unsure[deepest[unsure] <= 0.0]
        if len(unsure):
            open_parts += [(unsure, middle + side * 0.5 * half, 0.5 * half) for side in (-1.0, 1.0)]
    inside = np.flatnonzero(deepest > 0.0)
    for moment in np.linspace(0.0, 1.0, SAMPLES if len(inside) else 0):
        depth_at(float(moment), inside)
    return deepest


def deepest_in_mesh(x: np.ndarray, before: np.ndarray, after: np.ndarray, faces: np.ndarray) -> float:
    """How deep a segment, [2, 2, 3] m at the start and the end, gets into a closed mesh on the way, m: the deepest of
    `SAMPLES` of its points at as many moments."""
    deepest, along = 0.0, np.linspace(0.0, 1.0, SAMPLES)[:, None]
    for moment in np.linspace(0.0, 1.0, SAMPLES):
        p, q = (1.0 - moment) * x[0] + moment * x[1]
        vertex = (1.0 - moment) * before + moment * after
        points = (1.0 - along) * p + along * q
        points = points[is_inside(points, vertex, faces)]
        if len(points):
            deepest = max(deepest, float(surface_distance(points, *vertex[faces].swapaxes(0, 1)).max()))
    return deepest
