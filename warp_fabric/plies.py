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
    inner = np.ascontiguousarray(np.moveaxis(lines, -1, 0))
    tangent = np.gradient(inner, axis=2)
    tangent /= np.maximum(np.sqrt(_dot(tangent, tangent)), 1e-300)
    one, other, angle = _frames(inner, tangent, np.asarray(start).T)
    angle += 2.0 * np.pi * (np.asarray(twist)[:, None] * along)
    radius = np.asarray(radius, dtype=np.float64)
    offset = (radius - ply_radius(1.0, plies) * radius)[:, None]
    over, aside = offset * np.cos(angle), offset * np.sin(angle)
    first, across = over * one + aside * other, over * other - aside * one  # a quarter turn apart
    result = np.empty((len(lines), plies, *lines.shape[1:]))
    for k in range(plies):
        at = 2.0 * np.pi * k / plies
        result[:, k] = np.moveaxis(inner + np.cos(at) * first + np.sin(at) * across, 0, -1)
    return result


def minimal_rotation(lines: Array, tangent: Array, start: Array) -> Array:
    """Unit normals along lines that turn around their tangents as little as possible, `[lines, samples, 3]`.

    Double reflection: W. Wang, B. Juettler, D. Zheng and Y. Liu, Computation of rotation minimizing frames, ACM
    Transactions on Graphics 27 (2008).

    Args:
        lines: Samples [m], `[lines, samples, 3]`.
        tangent: Unit tangents, likewise.
        start: What the first normal is to point to, `[lines, 3]`.
    """
    one, other, angle = _frames(*(np.ascontiguousarray(np.moveaxis(each, -1, 0)) for each in (lines, tangent, start)))
    return np.moveaxis(np.cos(angle) * one + np.sin(angle) * other, 0, -1)


def _frames(lines: Array, tangent: Array, start: Array) -> tuple[Array, Array, Array]:
    """Some two unit normals at right angles at each sample, and by which angle from the first to the second
    minimal rotation has turned. Components come first here, `[3, lines, samples]`: several times faster in NumPy.
    """
    one, other = _normals(tangent)
    # Any normal is carried on to the next sample by two mirrors, one between the samples and one that takes the
    # mirrored tangent to the next; how far it then is turned from the normal there adds up.
    step = np.diff(lines, axis=2)
    seen, carried = (_mirrored(each[..., :-1], step) for each in (tangent, one))
    carried = _mirrored(carried, tangent[..., 1:] - seen)
    angle = np.empty(lines.shape[1:])
    angle[:, 0] = np.arctan2(_dot(start, other[..., 0]), _dot(start, one[..., 0]))
    angle[:, 1:] = np.arctan2(_dot(carried, other[..., 1:]), _dot(carried, one[..., 1:]))
    return one, other, np.cumsum(angle, axis=1)


def _normals(tangent: Array) -> tuple[Array, Array]:
    """Two unit vectors at right angles to each other and the tangent, right-handed with it.

    T. Duff et al., Building an orthonormal basis, revisited, Journal of Computer Graphics Techniques 6 (2017).
    """
    x, y, z = tangent
    sign = np.copysign(1.0, z)
    a = -1.0 / (sign + z)
    b = x * y * a
    return np.stack([1.0 + sign * x * x * a, sign * b, -sign * x]), np.stack([b, sign + y * y * a, -y])


def _mirrored(vector: Array, across: Array) -> Array:
    """Vectors mirrored at the plane at right angles to `across`; as they are where that has no direction."""
    square = _dot(across, across)
    share = np.where(square > 1e-30, 2.0 / np.maximum(square, 1e-30), 0.0)
    return vector - share * _dot(across, vector) * across


def _dot(one: Array, other: Array) -> Array:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
