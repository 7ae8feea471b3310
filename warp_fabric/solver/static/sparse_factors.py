"""Factors of a symmetric matrix whose crossings couple across the cloth, as where it touches itself: sparse LU without
row exchanges, whose pivots' signs tell whether the matrix is definite."""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.sparse_lu import pivots, symmetric_factors
from warp_fabric.solver.static.dissection import PIVOT_FLOOR, Dissection


class SparseFactors:
    """Solves with what a model's matrices are on the free unknowns.

    Args:
        free: [N, 5] bool, which unknowns there are.
    """

    def __init__(self, free: np.ndarray) -> None:
        self.free = free
        self.definite = False
        self._numbers = np.flatnonzero(free.ravel())
        self._factors: scipy.sparse.linalg.SuperLU | None = None

    def factor(self, matrix: BlockMatrix, shift: np.ndarray | None = None) -> bool:
        """Factorise a matrix, with `shift` [N, 5] added to its diagonal; whether it is positive definite."""
        self.release()
        whole = matrix.to_scipy().tocsr()[self._numbers][:, self._numbers]
        if shift is not None:
            whole = whole + scipy.sparse.diags_array(np.asarray(shift, float).ravel()[self._numbers])
        factors = symmetric_factors(whole)
        found = None if factors is None else pivots(factors)
        if found is None or not (found > np.maximum(PIVOT_FLOOR * whole.diagonal(), 0.0)).all():
            return False
        self._factors, self.definite = factors, True
        return True

    def release(self) -> None:
        """Give up the factors, which are large."""
        self._factors, self.definite = None, False

    def solve(self, right: np.ndarray) -> np.ndarray:
        """[N, 5, ...]; 0 at what is not free."""
        assert self._factors is not None
        x = np.array(right, float).reshape(self.free.size, -1)
        found = np.zeros_like(x)
        found[self._numbers] = self._factors.solve(x[self._numbers])
        return found.reshape(*self.free.shape, *np.shape(right)[2:])


def factors_for(model: Model, free: np.ndarray) -> Dissection | SparseFactors:
    """What suits a model: nested dissection, or where its cloth touches itself, sparse LU."""
    if model.touches_itself:
        return SparseFactors(free)
    return Dissection(model.layouts, model.topology.neighbor, free)
