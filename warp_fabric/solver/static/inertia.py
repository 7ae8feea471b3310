"""What kind of point the net force vanishes at: a minimum, a saddle, or one that the cloth is free to leave.

Told by the smallest eigenvalues of the Hessian H relative to its diagonal D, H v = lambda D v: their signs mean nothing
below `FLOOR`, where rounding makes them, whatever this machine rounds to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from warp_fabric.errors import SolverError
from warp_fabric.solver.static.dissection import PIVOT_FLOOR
from warp_fabric.solver.static.landscape import Landscape

HEAVIEST = 1.0e3
"""Shift, relative to the diagonal, with which any finite matrix is definite."""
FLOOR = PIVOT_FLOOR
MODES = 6
SWEEPS = 20


@dataclass(frozen=True)
class Inertia:
    """The lowest modes of a point that is no minimum.

    Attributes:
        values: [k] relative eigenvalues, ascending. modes: [k, N, 5], their largest component 1.
    """

    values: np.ndarray
    modes: np.ndarray

    @property
    def saddle(self) -> bool:
        """Whether the potential falls away from there; if not, the cloth is free to move along the first mode."""
        return bool(self.values[0] < -FLOOR)


def inertia(landscape: Landscape) -> Inertia | None:
    """The lowest modes at the landscape's state, None at a minimum. Leaves the factors of a shifted Hessian."""
    landscape.curve()
    if landscape.factors.factor(landscape.hessian):
        return None
    free = landscape.free
    blocks = landscape.hessian.blocks.numpy()
    diagonal = np.abs(np.einsum("nii->ni", blocks[:, 0]))
    diagonal = np.where(free, np.maximum(diagonal, 1e-12 * diagonal.max()), 0.0)
    shift = 4.0 * FLOOR
    while not landscape.factors.factor(landscape.hessian, shift * diagonal):
        shift *= 10.0
        if shift > HEAVIEST:
            raise SolverError("the potential has no finite curvature", where="static", fix="check yarns and pins")
    matrix = landscape.hessian.to_scipy().tocsr()
    rng = np.random.default_rng(0)
    count = min(MODES, int(free.sum()))
    modes = rng.standard_normal((*free.shape, count)) * free[..., None]
    values = np.zeros(count)
    for _ in range(SWEEPS):
        modes = landscape.factors.solve(diagonal[..., None] * modes)
        flat = modes.reshape(-1, count)
        flat = flat / np.abs(flat).max(axis=0)
        weighted = diagonal.reshape(-1, 1) * flat
        stiffness, weight = flat.T @ (matrix @ flat), flat.T @ weighted
        before = values
        values, turn = eigh(0.5 * (stiffness + stiffness.T), weight + 1e-14 * np.diag(np.diag(weight)))
        modes = (flat @ turn).reshape(modes.shape)
        if np.allclose(values[0], before[0], rtol=1e-3, atol=1e-2 * FLOOR):
            break
    modes = np.moveaxis(modes, -1, 0)
    return Inertia(values, modes / np.abs(modes).max(axis=(1, 2), keepdims=True))
