"""Smooth values where cloth is cut away, so that splines can run through whole rows of a grid."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from warp_fabric.layout import Layout

LEVEL = 1.0e-6
"""Weight of slopes, beside that of curvature: where nothing bends, values level out."""


def filled(lines: tuple[np.ndarray, np.ndarray], values: np.ndarray, layout: Layout) -> np.ndarray:
    """[picks, ends, k] of values of nodes [n, k]; between and beyond them what is least curved.

    Args:
        lines: Where the grid's picks lie, and its ends.
    """
    if layout.is_full:
        return values.reshape(*layout.shape, -1)
    known = layout.number
    unknown = np.flatnonzero(~layout.present)
    weighted = [weight * each for axis in (0, 1) for weight, each in zip((LEVEL, 1.0), _differences(lines, axis))]
    curved = sp.csc_array(sp.vstack(weighted))
    whole = np.zeros((layout.size, values.shape[1]))
    whole[known] = values
    left, normal = curved[:, unknown], curved[:, unknown].T
    found = spsolve((normal @ left).tocsc(), -(normal @ (curved[:, known] @ values)))
    whole[unknown] = found.reshape(len(unknown), -1)
    return whole.reshape(*layout.shape, -1)


def _differences(lines: tuple[np.ndarray, np.ndarray], axis: int) -> list[sp.csr_array]:
    """First and second divided differences along an axis of the grid, of its values row by row."""
    at, other = lines[axis].astype(float), sp.eye_array(len(lines[1 - axis]))
    slopes = np.diff(np.eye(len(at)), axis=0) / np.diff(at)[:, None]
    found = [sp.csr_array(each) for each in (slopes, np.diff(slopes, axis=0))]
    return [sp.csr_array(sp.kron(each, other) if axis == 0 else sp.kron(other, each)) for each in found]
