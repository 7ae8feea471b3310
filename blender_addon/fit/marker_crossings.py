"""Which crossing each marker is on. NumPy only."""

from __future__ import annotations

import re

import numpy as np

from warp_fabric import TargetError

NEAREST, CLEARLY = 0.5, 1.5
"""How far [spacings] from a crossing a marker may be at first to be taken for it, and how many times further away the
second nearest has to be."""


def marker_crossings(names: list[str], points: np.ndarray, rest: np.ndarray, spacing: float) -> list[tuple[int, int]]:
    """(pick, end) of markers: what a name such as 3:4 says, else the crossing that a marker is on at first.

    Args:
        names: Of the markers.
        points: [n, 3] where they are at first, in the fabric's frame [m].
        rest: [picks, ends, 3] the fabric's crossings at rest.
        spacing: The smaller distance of neighbouring yarns [m].

    Raises:
        TargetError: where a marker is on no crossing, or two are on the same.
    """
    found: dict[tuple[int, int], str] = {}
    for name, point in zip(names, points):
        match = re.fullmatch(r"[\[(]?\s*(\d+)\s*[,:;]\s*(\d+)\s*[\])]?", name)
        crossing = (int(match[1]), int(match[2])) if match else _nearest(name, point, rest, spacing)
        picks, ends = rest.shape[:2]
        if not (crossing[0] < picks and crossing[1] < ends):
            what = f"the fabric has no crossing {crossing[0]}:{crossing[1]}"
            raise TargetError(what, where=name, fix=f"name the marker from 0:0 to {picks - 1}:{ends - 1}")
        other = found.setdefault(crossing, name)
        if other != name:
            what = f"it is on crossing {crossing[0]}:{crossing[1]}, as {other} is"
            raise TargetError(what, where=name, fix="move one of them, or name them after their crossings")
    return [*found]


def _nearest(name: str, point: np.ndarray, rest: np.ndarray, spacing: float) -> tuple[int, int]:
    distance = np.linalg.norm(rest.reshape(-1, 3) - point, axis=-1)
    near = np.argsort(distance)[:2]
    fix = "name it after its crossing, such as 3:4 (pick 3, end 4), or move it there at the start frame"
    if distance[near[0]] > NEAREST * spacing:
        what = f"this marker is {1e3 * distance[near[0]]:.3g} mm from the nearest crossing of the fabric"
        raise TargetError(what, where=name, fix=fix)
    pairs = [(int(pick), int(end)) for pick, end in (divmod(node, rest.shape[1]) for node in near)]
    if len(near) > 1 and distance[near[1]] < CLEARLY * distance[near[0]]:
        what = "this marker lies between crossings {}:{} and {}:{}".format(*pairs[0], *pairs[1])
        raise TargetError(what, where=name, fix=fix)
    return pairs[0]
