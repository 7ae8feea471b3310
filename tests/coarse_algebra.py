"""Coarse grids as dense algebra has them: their functions, what they do to a matrix, and their own matrices."""

from __future__ import annotations

import numpy as np
from textile_cloth import part_of

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_tables import REACH, WIDTH
from warp_fabric.solver.splines import splines_on

FORWARD = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (1, -1)]


def functions_on(shapes: list[tuple[int, int]], spacing: float) -> np.ndarray:
    """[points, functions] products of splines, fabric after fabric, picks before ends."""
    parts = [np.kron(splines_on(rows, spacing).values(), splines_on(ends, spacing).values()) for rows, ends in shapes]
    whole = np.zeros(np.sum([part.shape for part in parts], axis=0))
    at = np.zeros(2, int)
    for part in parts:
        whole[at[0] : at[0] + part.shape[0], at[1] : at[1] + part.shape[1]] = part
        at += part.shape
    return whole


def motions_on(shapes: list[tuple[int, int]], spacing: float) -> np.ndarray:
    """[5 points, 3 functions] W: the same for three coordinates; nothing slides."""
    return np.kron(functions_on(shapes, spacing), np.eye(5)[:, :3])


def written_out(grid: CoarseGrid) -> np.ndarray:
    """[3 F, 3 F] of a grid's matrix, from the half of it that is kept."""
    function, fabric, half = (array.numpy() for array in (grid.functions.function, grid.functions.fabric, grid.half))
    dense = np.zeros((grid.count, 3, grid.count, 3))
    for f, (number, a, b) in enumerate(function):
        *_, first, rows, columns = fabric[number]
        for slot in range(half.shape[1]):
            da, db = slot // WIDTH - REACH, slot % WIDTH - REACH
            if 0 <= a + da < rows and 0 <= b + db < columns:
                dense[f, :, first + (a + da) * columns + b + db] += half[f, slot]
            else:
                assert not half[f, slot].any()
    dense = dense.reshape(3 * grid.count, 3 * grid.count)
    return dense + dense.T


def symmetric_part(matrix: BlockMatrix) -> np.ndarray:
    """Half of each crossing's own block and those of the six neighbours ahead, and the transpose."""
    half = 0.5 * part_of(matrix, [(0, 0)]) + part_of(matrix, FORWARD)
    return half + half.T
