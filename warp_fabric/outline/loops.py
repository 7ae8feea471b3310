"""Closed loops: whether they bound an area, from pieces that meet at their ends, and where they lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS

FEWEST = 3
"""Points of a loop."""


def checked_loops(loops: Sequence[np.ndarray], cell: float) -> list[np.ndarray]:
    """The loops, if no two edges of them cross and each encloses a cell. They may touch, and hold each other.

    Args:
        loops: Points [n, 2] of each, m.
        cell: Area of a cell of the cloth, m2.

    Raises:
        SceneError: else; it says where in mm.
    """
    import shapely

    loops = [without_repeats(loop) for loop in loops]
    if not loops:
        raise SceneError("the outline has no loops", fix="give at least one, of three points or more")
    areas = []
    for k, loop in enumerate(loops):
        if len(loop) < FEWEST:
            what = f"loop {k} has {len(loop)} different points, which bound no area"
            raise SceneError(what, where=f"[{k}]", fix="give at least 3 points, each [x, y] in metres")
        areas.append(shapely.Polygon(loop))
        if not areas[k].is_valid:
            reason = shapely.is_valid_reason(areas[k])
            at = [float(each) for each in re.findall(r"-?[\d.]+(?:e[-+]?\d+)?", reason)[-2:]]
            what = f"loop {k} crosses or touches itself at {_in_mm(at)}"
            raise SceneError(what, where=f"[{k}]", fix="move its points, or make it two loops that do not cross")
        if areas[k].area < cell:
            size = f"{1e6 * areas[k].area:.3g} mm2, less than a cell of the cloth, {1e6 * cell:.3g} mm2"
            what = f"loop {k} at {_in_mm(loop[0])} encloses {size}"
            raise SceneError(what, where=f"[{k}]", fix="give coordinates and sizes in metres, or take the loop out")
    for (j, first), (k, second) in combinations(enumerate(areas), 2):
        if first.equals(second):
            raise SceneError(f"loops {j} and {k} are the same", where=f"[{k}]", fix="take one of them out")
        if first.overlaps(second):
            met = shapely.get_coordinates(first.boundary.intersection(second.boundary))
            what = f"loops {j} and {k} cross at {_in_mm(met[0])}"
            raise SceneError(what, where=f"[{k}]", fix="let loops lie beside or within each other")
    return loops


def without_repeats(loop: np.ndarray) -> np.ndarray:
    """A loop's points [n, 2] without those that the next one repeats, so that its first is not its last."""
    return loop[np.any(loop != np.roll(loop, -1, axis=0), axis=1)]


def closed_loops(paths: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The loops among paths of points [n, 2], m: those that end where they begin, and those that are made by open paths
    that meet at their ends. Ends that are `FLATNESS` apart meet. What does not close is left out."""
    import shapely

    places: list[np.ndarray] = []

    def place(point: np.ndarray) -> np.ndarray:
        near = [each for each in places if np.hypot(*(each - point)) <= FLATNESS]
        return near[0] if near else places.append(point) or point

    closed, pieces = [], []
    for path in paths:
        if len(path) > FEWEST and np.hypot(*(path[-1] - path[0])) <= FLATNESS:
            closed.append(path[:-1])
        elif len(path) > 1:
            pieces.append(np.concatenate([[place(path[0])], path[1:-1], [place(path[-1])]]))
    merged = shapely.line_merge(shapely.MultiLineString(pieces)) if pieces else shapely.MultiLineString()
    rings = [each for each in shapely.get_parts(merged) if each.is_closed]
    return [without_repeats(each) for each in [*closed, *map(shapely.get_coordinates, rings)]]


def box(loops: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The least and greatest x and y of all points of loops."""
    points = np.concatenate(loops)
    return points.min(axis=0), points.max(axis=0)


def _in_mm(point: Sequence[float] | np.ndarray) -> str:
    return f"({1e3 * point[0]:.4g}, {1e3 * point[1]:.4g}) mm"
