"""How many beads a fabric has, see `beads.py`; apart from those, which load Warp."""

from __future__ import annotations

import numpy as np

from warp_fabric.fabric import Fabric
from warp_fabric.layout import ALONG_END, ALONG_PICK

SLACK = 1.0e-9
"""Relative, of comparisons of lengths that are often equal by design."""


def beads_between(length: float, thick: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """How many beads segments have between their crossings.

    Args:
        length: Of the segments in the flat fabric, m. thick: The radii of their two crossings' beads together, m.
        radius: Of their yarns, m.
    """
    count = np.ceil(length / (2.0 * radius) * (1.0 - SLACK)).astype(int) - 1
    return np.where(thick < length * (1.0 - SLACK), np.maximum(count, 0), 0)


def segment_bead_count(fabric: Fabric) -> int:
    """Of all segments of a fabric."""
    pick, end = (fabric.kind_radius[kinds] for kinds in fabric.kinds)
    bead = pick + end
    if fabric.bundling is not None:  # whose beads are as thick as the cloth
        pick = end = bead
    along_picks = beads_between(fabric.end_spacing, bead[:, :-1] + bead[:, 1:], pick[:, :-1])
    along_ends = beads_between(fabric.pick_spacing, bead[:-1] + bead[1:], end[:-1])
    layout = fabric.layout
    return int(along_picks[layout.links(ALONG_PICK)].sum() + along_ends[layout.links(ALONG_END)].sum())
