"""Where the camera stands: before the cloth, so that all of it is in the picture. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.directions import LYING, facing, unit
from warp_fabric.layout import Layout

Array = NDArray[np.float64]

VIEWS = ("three-quarter", "top")
SIDES = ("auto", "face", "back")
LENS = float(np.tan(np.radians(11.0)))
"""Tangent of half the field of view, along the longer side."""
MARGIN = 1.06


@dataclass(frozen=True)
class Camera:
    """Rays start at `eye + u shift[0] right + v shift[1] up`, along `forward + u spread[0] right + v spread[1] up`.

    `u`, `v` run from -1 to 1 over the picture: parallel rays have no `spread`, those of a lens no `shift`.
    """

    eye: Array
    right: Array
    up: Array
    forward: Array
    shift: tuple[float, float]
    spread: tuple[float, float]


def place(
    position: Array,
    points: Array,
    size: tuple[int, int],
    *,
    layout: Layout | None = None,
    view: str = "three-quarter",
    back: bool = False,
    direction: tuple[float, float] | None = None,
    zoom: float = 1.0,
    focus: tuple[int, int] | None = None,
) -> Camera:
    """A camera before the cloth that sees all `points` when `zoom` is 1.

    Args:
        position: The cloth's crossings `[picks, ends, 3]`, about the origin.
        points: What has to be in the picture `[points, 3]`, in units of a yarn's radius.
        size: Width and height in pixels.
        layout: Which crossings there are; None: all.
        view: "three-quarter", or "top": straight onto the cloth and without perspective.
        back: Whether the side is seen that ends with a False drawdown lie on.
        direction: Where the camera stands instead: azimuth and elevation in degrees, as seen from the cloth; azimuth 0
            is towards -y, 90 towards +x.
        zoom: 1 shows all points, 4 a quarter of that width.
        focus: Crossing in the middle of the picture; None: all of the cloth, or its middle crossing where `zoom` is
            more than 1.
    """
    layout = layout or Layout.full(position.shape[0], position.shape[1])
    towards, up = _stand(position, layout, view, back, direction)
    right = unit(np.cross(up, towards))
    up = np.cross(towards, right)
    seen = points @ np.stack([right, up, towards], axis=1)
    shape = np.array(size) / max(size)
    middle = 0.5 * (seen.min(axis=0) + seen.max(axis=0))
    tall = seen[:, 2].max() + 1.0
    if view == "top":
        spread, reach = np.zeros(2), np.max(np.abs(seen[:, :2] - middle[:2]) / shape) * MARGIN
        shift, distance = reach * shape / zoom, tall - middle[2] + reach
    else:
        spread, shift = LENS * shape, np.zeros(2)
        for _ in range(4):  # nearer parts look larger: centre what is seen, step back until all is in the picture
            offset = seen - middle
            distance = np.max(offset[:, 2] + np.max(np.abs(offset[:, :2]) / spread, axis=1) * MARGIN)
            drawn = offset[:, :2] / (distance - offset[:, 2:])
            middle[:2] += 0.5 * (drawn.min(axis=0) + drawn.max(axis=0)) * distance
        spread = spread / zoom
    if focus is not None or zoom > 1.0:
        target = position[focus or layout.nearest(position.shape[0] // 2, position.shape[1] // 2)]
        middle[:2] = (target @ np.stack([right, up, towards], axis=1))[:2]
        if view != "top":
            middle[2] = target @ towards
            distance = max(distance, tall - middle[2])
    eye = middle[0] * right + middle[1] * up + (middle[2] + distance) * towards
    return Camera(eye, right, up, -towards, (float(shift[0]), float(shift[1])), (float(spread[0]), float(spread[1])))


def shows_back(position: Array, side: str, layout: Layout | None = None) -> bool:
    """Whether the cloth is seen from its back: as asked for, else where it lies face down."""
    return side == "back" if side != "auto" else bool(facing(position, layout)[2] < -LYING)


def _stand(
    position: Array, layout: Layout, view: str, back: bool, direction: tuple[float, float] | None
) -> tuple[Array, Array]:
    """Unit vectors from the cloth towards the camera, and upwards in the picture."""
    if direction is not None:
        azimuth, elevation = np.radians(direction)
        level = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
        towards = np.cos(elevation) * level + np.sin(elevation) * np.array([0.0, 0.0, 1.0])
        return towards, np.cos(elevation) * np.array([0.0, 0.0, 1.0]) - np.sin(elevation) * level
    face, over = _upright(position, layout)
    if back:
        face = -face
    across = np.cross(over, face)
    if view == "top":
        return face, over
    if abs(face[2]) > LYING:
        return unit(0.8 * face - 0.62 * over + 0.24 * across), np.sign(face[2]) * face
    return unit(face - 0.48 * across + 0.16 * over), over


def _upright(position: Array, layout: Layout) -> tuple[Array, Array]:
    """Unit vectors: where the cloth's face looks, and what is upwards in it (at right angles)."""
    face = facing(position, layout)
    points, pick = layout.packed(position), layout.crossing[:, 0]
    along = points[pick == pick[-1]].mean(axis=0) - points[pick == pick[0]].mean(axis=0)
    over = np.array([0.0, 0.0, 1.0]) if abs(face[2]) <= LYING else along
    over = over - (over @ face) * face
    if np.linalg.norm(over) <= 1e-9 * np.linalg.norm(along):
        over = np.cross(face, [1.0, 0.0, 0.0])
    return face, unit(over)
