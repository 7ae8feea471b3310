"""The matrix itself as its preconditioner: sparse LU factors, on the host.

Where cloth lies in a heap, stiff contacts join what is far apart on the grid, and neither lines nor smooth motions know
of all of them: GMRES can fail. Factors cost as much as a hundred iterations or more, by how much they fill.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.host import HostArrays
from warp_fabric.solver.preconditioner import Preconditioner
from warp_fabric.solver.recorded import Work


class LuPreconditioner(Preconditioner):
    """M = A. Pivots stay on the diagonal, in an order that keeps the factors of a symmetric pattern sparse; one that is
    not positive then shows that the matrix's symmetric part is not positive definite."""

    name = "LU"

    def __init__(self, matrix: BlockMatrix) -> None:
        super().__init__(matrix)
        self._factors: scipy.sparse.linalg.SuperLU | None = None
        self._host = HostArrays()

    def begin(self) -> None:
        """Give up the factors, which are large."""
        self._factors = None

    def factor(self) -> list[Work]:
        return [Work(self._factorise, on_host=True)]

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> list[Work]:
        def solve() -> None:
            values = self._host.get(right)
            if self._factors is None:  # the matrix is singular
                values = np.full_like(values, np.nan)
            else:
                values = self._factors.solve(values, trans="T" if transposed else "N")
            self._host.put(out, values)

        return [Work(solve, on_host=True)]

    def _factorise(self) -> None:
        self._factors = None  # the old ones go before there are new ones
        self._factors = symmetric_factors(self.matrix.to_scipy())
        found = None if self._factors is None else pivots(self._factors)
        self.definite = None if found is not None and (found > 0.0).all() else False


def symmetric_factors(matrix: scipy.sparse.csr_array | scipy.sparse.bsr_array) -> scipy.sparse.linalg.SuperLU | None:
    """LU factors of a matrix whose pattern is symmetric; None where a pivot is exactly 0."""
    options = {"SymmetricMode": True}
    try:
        return scipy.sparse.linalg.splu(
            matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
        )
    except RuntimeError:
        return None


def pivots(factors: scipy.sparse.linalg.SuperLU) -> np.ndarray | None:
    """[n] the pivot in each row; None where one was not taken on the diagonal. All are positive where the matrix's
    symmetric part is positive definite."""
    if not np.array_equal(factors.perm_r, factors.perm_c):
        return None
    return factors.U.diagonal()[factors.perm_c]
