"""Band factors against dense algebra, definite or not."""

import numpy as np
import pytest

from warp_fabric.solver.bands import BandFactors


def banded(size: int, width: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """A random symmetric matrix, and its lower band."""
    rng = np.random.default_rng(71)
    dense = np.tril(np.triu(rng.standard_normal((size, size)), -width))
    dense = dense + dense.T + shift * np.eye(size)
    band = np.zeros((size, width + 1))
    for k in range(width + 1):
        band[: size - k, k] = np.diag(dense, -k)
    return dense, band


@pytest.mark.parametrize(("size", "width"), [(1, 0), (6, 2), (9, 8), (40, 5)])
@pytest.mark.parametrize("shift", [30.0, 0.1])
@pytest.mark.parametrize("overwrite", [False, True])
def test_solutions(size, width, shift, overwrite):
    dense, band = banded(size, width, shift)
    kept, right = band.copy(), np.random.default_rng(72).standard_normal(size)
    factors = BandFactors(band, overwrite)
    assert factors.definite == bool(np.linalg.eigvalsh(dense)[0] > 0.0)
    for _ in range(2):
        found = factors.solve(right, lambda: kept)
        assert np.linalg.norm(dense @ found - right) < 1e-12 * np.linalg.norm(dense, 2) * np.linalg.norm(found)
    assert overwrite or np.array_equal(band, kept)


def test_both_kinds_are_met():
    assert BandFactors(banded(40, 5, 30.0)[1]).definite
    assert not BandFactors(banded(40, 5, 0.1)[1]).definite
