"""Plies: the strands that a folded yarn is twisted from, as curves around the yarn's centre line. NumPy only.

Each ply is a helix around the centre line. What it winds around turns with the line as little as possible
(rotation-minimising frames), starting from the cloth's normal where the yarn begins; the angle on top of that follows
the yarn's material. So plies neither spin nor jump from frame to frame: they bend, stretch and slide with their yarn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TWIST_FACTOR = 3500.0
"""Turns per metre times the square root of tex: a middling weaving yarn, English twist coefficient 3.7 times 957.

Source: W. Klein, The Technology of Short-staple Spinning (The Textile Institute), gives coefficients of 3.3 to 3.8 for
crosswise and 3.8 to 4.5 for lengthwise cotton yarns of medium staple.
"""
SAMPLES_PER_TURN = 8
"""A Catmull-Rom curve through so many samples a turn leaves a circle by less than 1 % of its radius."""


def typical_twist(linear_density: float) -> float:
    """Twist [turns/m] of a yarn of this linear density [kg/m]: S, as of yarns plied from the usual Z-spun singles.

    The twist's sign: positive is Z (a right-handed helix), negative is S.
    """
    return -TWIST_FACTOR / np.sqrt(linear_density * 1e6)


def ply_radius(radius: float, plies: int) -> float:
    """Radius [m] of each of so many round plies that touch each other inside a yarn's round outline [m]."""
    share = np.sin(np.pi / plies) if plies > 1 else np.inf
    return radius / (1.0 + 1.0 / share)


def samples_needed(twist: float, spacing: float) -> int:
    """Samples from one crossing to the next that show plies of this twist [turns/m] as round at this spacing [m]."""
    return max(1, int(np.ceil(SAMPLES_PER_TURN * abs(twist) * spacing)))


def ply_lines(lines: Array, start: Array, along: Array, radius: Array, twist: Array, plies: int) -> Array:
    """Centre lines of the plies around the centre lines of yarns.

    Args:
        lines: Centre lines of the yarns [m], `[yarns, samples, 3]`, at least two samples.
        start: The cloth's unit normal where each yarn begins, `[yarns, 3]`.
        along: The yarn's material at the samples [m]: length of yarn from some fixed point of it, `[yarns, samples]`.
        radius: Radii of the yarns [m], `[yarns]`.
        twist: Their twists [turns/m], `[yarns]`; positive is Z.
        plies: How many, at least 2.

    Returns:
        `[yarns, plies, samples, 3]` [m].
    """
    tangent = _unit(np.gradient(lines, axis=1))
    normal = minimal_rotation(lines, tangent, start)
    beside = np.cross(tangent, normal)
    turn = 2.0 * np.pi * (np.asarray(twist)[:, None] * along)
    angle = turn[:, None] + (2.0 * np.pi / plies) * np.arange(plies)[:, None]
    wound = np.cos(angle)[..., None] * normal[:, None] + np.sin(angle)[..., None] * beside[:, None]
    radius = np.asarray(radius, dtype=np.float64)
    offset = radius - ply_radius(1.0, plies) * radius
    return lines[:, None] + offset[:, None, None, None] * wound


def minimal_rotation(lines: Array, tangent: Array, start: Array) -> Array:
    """Unit normals along lines that turn around their tangents as little as possible, `[lines, samples, 3]`.

    Double reflection: W. Wang, B. Juettler, D. Zheng and Y. Liu, Computation of rotation minimizing frames, ACM
    Transactions on Graphics 27 (2008).

    Args:
        lines: Samples [m], `[lines, samples, 3]`.
        tangent: Unit tangents, likewise.
        start: What the first normal is to point to, `[lines, 3]`.
    """
    # First the mirror between two samples, then the one that takes the mirrored tangent to the next tangent.
    step = np.diff(lines, axis=1)
    first = _reciprocal(step)
    seen = tangent[:, :-1] - (2.0 * first * _dot(step, tangent[:, :-1]))[..., None] * step
    turn = tangent[:, 1:] - seen
    second = _reciprocal(turn)
    normal = np.empty_like(lines)
    normal[:, 0] = _beside(start, tangent[:, 0])
    for k in range(lines.shape[1] - 1):
        at = normal[:, k]
        at = at - (2.0 * first[:, k] * _dot(step[:, k], at))[:, None] * step[:, k]
        normal[:, k + 1] = at - (2.0 * second[:, k] * _dot(turn[:, k], at))[:, None] * turn[:, k]
    return normal


def _beside(start: Array, tangent: Array) -> Array:
    """Unit vectors at right angles to the tangents, as near to `start` as can be; some where that has none."""
    across = start - _dot(start, tangent)[:, None] * tangent
    axis = np.eye(3)[np.argmin(np.abs(tangent), axis=-1)]
    some = _unit(axis - _dot(axis, tangent)[:, None] * tangent)
    return np.where((_dot(across, across) > 1e-12)[:, None], _unit(across), some)


def _reciprocal(vector: Array) -> Array:
    """1 / |v|^2, and 0 where that is too short to have a direction."""
    square = _dot(vector, vector)
    return np.where(square > 1e-30, 1.0 / np.maximum(square, 1e-30), 0.0)


def _dot(one: Array, other: Array) -> Array:
    return np.einsum("...k,...k->...", one, other)


def _unit(vector: Array) -> Array:
    return vector / np.maximum(np.sqrt(_dot(vector, vector)), 1e-300)[..., None]
