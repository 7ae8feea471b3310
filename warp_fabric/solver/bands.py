"""Factors of symmetric band matrices by LAPACK: Cholesky's where the matrix is positive definite, else LU."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import get_lapack_funcs

_pbtrf, _pbtrs, _gbtrf, _gbtrs = get_lapack_funcs(("pbtrf", "pbtrs", "gbtrf", "gbtrs"), dtype=np.float64)


class BandFactors:
    """Factors of one matrix.

    Args:
        band: [n, width + 1], band[j, i - j] = A[i, j] for i >= j.
        overwrite: Whether the factors may take its place.

    Attributes:
        definite: Whether the matrix is positive definite.
    """

    def __init__(self, band: np.ndarray, overwrite: bool = False) -> None:
        self._band = band
        self._lower, failed = _pbtrf(band.T, lower=1, overwrite_ab=overwrite)
        self.definite = not failed
        self._lu: tuple[np.ndarray, np.ndarray] | None = None

    def solve(self, right: np.ndarray, again: Callable[[], np.ndarray] | None = None) -> np.ndarray:
        """A^-1 right, [n].

        Args:
            again: What gives the matrix once more, where the factors may have taken its place.
        """
        if self.definite:
            return _pbtrs(self._lower, right, lower=1)[0]
        if self._lu is None:  # only now: most often another matrix comes instead
            self._lu = _lu((self._band if again is None else again()).T)
        factors, pivots = self._lu
        width = (len(factors) - 1) // 3
        return _gbtrs(factors, width, width, right, pivots)[0]


def _lu(lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """LU factors of a symmetric band matrix that has no Cholesky factor."""
    width, size = len(lower) - 1, lower.shape[1]
    band = np.zeros((3 * width + 1, size), order="F")
    for k in range(width + 1):
        band[2 * width + k, : size - k] = lower[k, : size - k]
        band[2 * width - k, k:] = lower[k, : size - k]
    factors, pivots, _ = _gbtrf(band, width, width, overwrite_ab=1)
    return factors, pivots
