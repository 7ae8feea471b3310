"""Directions: unit vectors, and where a cloth faces. NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from warp_fabric.layout import Layout

Array = NDArray[np.float64]

LYING = 0.8
"""Vertical share of a cloth's normal above which it counts as lying."""


def norm(vector: Array) -> Array:
    """Lengths `[...]` of vectors `[..., 3]`."""
    return np.sqrt(np.sum(vector * vector, axis=-1))


def unit(vector: Array, fallback: Array | float = 0.0, smallest: float = 1e-300) -> Array:
    """Vectors `[..., 3]` at length 1; `fallback` where the length is below `smallest`."""
    length = norm(vector)[..., None]
    return np.where(length > smallest, vector / np.maximum(length, smallest), fallback)


def facing(position: Array, layout: Layout | None = None) -> Array:
    """Unit vector `[3]`: where the side with a True drawdown's ends looks on average.

    Cloth that is folded up, and a single yarn, face where they are flattest, and not down.

    Args:
        position: Crossings, `[picks, ends, 3]`.
        layout: Which of them there are; None: all.
    """
    layout = layout or Layout.full(position.shape[0], position.shape[1])
    position, corners = layout.packed(position), layout.quads.T
    normals = np.cross(position[corners[2]] - position[corners[0]], position[corners[3]] - position[corners[1]])
    face = normals.sum(axis=0)
    if np.linalg.norm(face) <= 0.05 * np.linalg.norm(normals, axis=1).sum():
        offset = position - position.mean(axis=0)
        face = np.linalg.svd(offset.T @ offset)[0][:, 2]
        face = face if face[2] >= -LYING else -face
    return unit(face)
