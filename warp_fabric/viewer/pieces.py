"""Yarns as copies of one short round piece: few numbers to send, and each piece has a colour of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from warp_fabric.viewer.subject import Strands

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Where the copies of `piece_shape` are.

    Attributes:
        position: `[n, 3]` middles.
        wxyz: `[n, 4]` unit quaternions that turn +z along the yarn.
        scale: `[n, 3]` radius, radius, half length.
        color: `[n, 3]` sRGB, 0 to 1.
    """

    position: Float32
    wxyz: Float32
    scale: Float32
    color: Float32


def piece_shape(sides: int, cap: float, fine: bool = True) -> tuple[Float32, NDArray[np.uint32]]:
    """A piece of radius 1 from z = -1 to 1 with round ends: vertices `[n, 3]` and triangles `[m, 3]`.

    Where a yarn turns, the round ends fill the gap between two pieces, and else they are hidden in the next piece. They
    share no vertices with the wall, so that the browser shades that as straight.

    Args:
        sides: Of its cross-section.
        cap: How far the round ends stand out, in half lengths: the radius that pieces are scaled to over their length.
        fine: Whether these ends are round, rather than cones.
    """
    turn = np.radians([90.0, 40.0, 10.0, 0.0] if fine else [90.0, 0.0])
    lower = [(-1.0 - cap * np.sin(angle), np.cos(angle)) for angle in turn]
    upper = [(-height, radius) for height, radius in reversed(lower)]
    return _joined([_revolved(each, sides) for each in (lower, [(-1.0, 1.0), (1.0, 1.0)], upper)])


def ball_shape(sides: int = 16) -> tuple[Float32, NDArray[np.uint32]]:
    """A ball of radius 1: vertices `[n, 3]` and triangles `[m, 3]`."""
    return _joined(
        [_revolved([(-np.cos(turn), np.sin(turn)) for turn in np.linspace(0, np.pi, sides // 2 + 1)], sides)]
    )


def _revolved(profile: list[tuple[float, float]], sides: int) -> tuple[NDArray, NDArray]:
    """A profile of rising heights and radii, turned around the z axis; a radius of 0 is a tip."""
    around = 2.0 * np.pi * np.arange(sides) / sides
    circles = [
        np.stack([radius * np.cos(around), radius * np.sin(around), np.full(sides, z)], 1) for z, radius in profile
    ]
    one, faces = np.arange(sides), []
    other = (one + 1) % sides
    for k, ((_, below), (_, above)) in enumerate(pairwise(profile)):
        a, b = k * sides + one, k * sides + other
        faces += [np.stack([a, b, b + sides], axis=1)] if below > 1e-9 else []
        faces += [np.stack([a, b + sides, a + sides], axis=1)] if above > 1e-9 else []
    return np.concatenate(circles), np.concatenate(faces)


def _joined(parts: list[tuple[NDArray, NDArray]]) -> tuple[Float32, NDArray[np.uint32]]:
    first = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    vertices = np.concatenate([vertices for vertices, _ in parts]).astype(np.float32)
    return vertices, np.concatenate([faces + start for (_, faces), start in zip(parts, first)]).astype(np.uint32)


def pieces(
    strands: Strands,
    centre: NDArray[np.float64],
    scale: float,
    tint: tuple[float, float, float] | None = None,
) -> Pieces:
    """The pieces of yarns.

    Args:
        strands: The yarns [m].
        centre: `[3]` m, what becomes the origin.
        scale: View units per metre.
        tint: One colour for all in place of the strands' own [sRGB].
    """
    color = strands.color if tint is None else np.broadcast_to(np.asarray(tint), strands.color.shape)
    points = (strands.points - centre) * scale
    steps = np.diff(points, axis=1)
    length = np.linalg.norm(steps, axis=-1)
    direction = steps / np.maximum(length, 1e-30)[..., None]
    radius = np.broadcast_to((strands.radius * scale)[:, None], length.shape)
    there = np.ones(length.shape, bool) if strands.there is None else strands.there
    return Pieces(
        position=(0.5 * (points[:, :-1] + points[:, 1:]))[there].astype(np.float32),
        wxyz=_turned(direction[there]).astype(np.float32),
        scale=np.stack([radius, radius, 0.5 * length], axis=-1)[there].astype(np.float32),
        color=color[there].astype(np.float32),
    )


def _turned(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit quaternions that turn +z to unit directions, `[n, 4]`."""
    x, y, z = direction.T
    wxyz = np.stack([1.0 + z, -y, x, np.zeros_like(x)], axis=1)
    wxyz[z < -1.0 + 1e-9] = (0.0, 1.0, 0.0, 0.0)  # half a turn, about any axis across
    return wxyz / np.linalg.norm(wxyz, axis=1, keepdims=True)
