"""What elements of bundles weigh, in those of the real yarns they stand for; 1 where yarns are real. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warp_fabric.fabric import Fabric
from warp_fabric.topology import DOWN, LEFT, OFFSETS, RIGHT, UP, Topology

Array = NDArray[np.float64]

BEYOND = {side: OFFSETS.index((2 * OFFSETS[side][0], 2 * OFFSETS[side][1])) for side in (RIGHT, LEFT, UP, DOWN)}
"""The slot two steps along a yarn, by that of one step."""


def jamming_shares(fabrics: Sequence[Fabric], table: Topology, drawdown: NDArray[np.bool_]) -> Array:
    """[C] share of the yarns of each corner that jam: those that change sides both along the pick and along the end.

    Args:
        drawdown: bool[N], whether the end is on top.
    """
    centre, along, across = table.corner.T
    shares = ((drawdown[centre] != drawdown[along]) & (drawdown[centre] != drawdown[across])).astype(float)
    first = 0
    for number, fabric in enumerate(fabrics):
        if fabric.bundling is not None:
            mine = np.flatnonzero(table.fabric[centre] == number)
            places = fabric.layout.crossing[table.corner[mine] - first]
            pick, end = places.min(axis=1).T  # the first crossing of the cell that the corner lies in
            shares[mine] = fabric.bundling.interlaced_corners[pick, end]
        first += fabric.layout.count
    return shares


def corner_weights(fabrics: Sequence[Fabric], table: Topology) -> Array:
    """[C] how many real corners each stands for.

    A bundle's corner stands for those of half a bundle each way. Real crossings shear up to the last but one yarn:
    where nothing follows the corner's neighbour, it stands for those up to there too, half a real spacing short of the
    edge, and not for half a bundle less.
    """
    centre, along, across = table.corner.T
    strands = np.array([fabric.strands for fabric in fabrics])[table.fabric[centre]]
    weight = np.ones(len(centre))
    for neighbour, number, sides in ((along, strands[:, 1], (RIGHT, LEFT)), (across, strands[:, 0], (UP, DOWN))):
        first = table.neighbor[centre, sides[0]] == neighbour
        last = np.where(first, table.neighbor[centre, BEYOND[sides[0]]], table.neighbor[centre, BEYOND[sides[1]]]) < 0
        weight = weight * np.where(last, 2.0 * number - 1.0, number)
    return weight


def clamp_stiffness(fabrics: Sequence[Fabric], table: Topology, pinned: NDArray[np.int32]) -> Array:
    """[T] how much stiffer a triple is than its yarn: where its middle crossing and the one on one side alone are
    pinned, the real clamp ends half a real spacing behind the middle crossing, not half a bundle's.

    Args:
        pinned: Nodes.
    """
    held = np.zeros(table.node_count, bool)
    held[pinned] = True
    before, centre, after = table.triple.T
    clamped = held[centre] & (held[before] != held[after])
    strands = np.array([fabric.strands[::-1] for fabric in fabrics])  # along a pick lie ends
    length = strands[table.fabric[centre], table.triple_axis]
    return np.where(clamped, 2.0 * length / (length + 1.0), 1.0)
