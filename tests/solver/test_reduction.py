"""The kernels that factorise by cyclic reduction: what they leave, against dense algebra. Solves with it are tested in
`test_parallel_lines.py`."""

import numpy as np
import pytest
from textile_cloth import band_of, random_matrix, textile_model

from warp_fabric.solver.parallel_lines import ParallelLines


@pytest.mark.parametrize("reach", [1, 2])
def test_factors_of_the_first_level(device, reach):
    """Of a pick of eight crossings: blocks in the order in which nodes are eliminated, by columns."""
    model = textile_model(((1, 8),), device)
    matrix = random_matrix(model, 41)
    lines = ParallelLines(model, reach, together=not model.device.is_cpu)
    lines.factor(matrix, 0)
    size, factors = 5 * reach, lines._factors[0]
    band = band_of(matrix, 0, reach)
    blocks = band.reshape(8 // reach, size, 8 // reach, size).swapaxes(1, 2)

    def stored(name: str, node: int) -> np.ndarray:
        return getattr(factors, name).numpy()[:, node * size : (node + 1) * size].T

    for j in range(4 // reach):
        pivot = np.linalg.inv(blocks[2 * j, 2 * j])
        expected = {"inverses": pivot}
        expected |= {"inner_after": pivot @ blocks[2 * j, 2 * j + 1], "outer_after": blocks[2 * j + 1, 2 * j] @ pivot}
        if j:
            expected["inner_before"] = pivot @ blocks[2 * j, 2 * j - 1]
            expected["outer_before"] = blocks[2 * j - 1, 2 * j] @ pivot
        for name, block in expected.items():
            np.testing.assert_allclose(stored(name, j), block, atol=1e-13)


def test_the_last_level_is_the_schur_complement_of_all_others(device):
    model = textile_model(((1, 8),), device)
    matrix = random_matrix(model, 42)
    lines = ParallelLines(model, 1, together=not model.device.is_cpu)
    lines.factor(matrix, 0)
    whole_inverse = np.linalg.inv(band_of(matrix, 0, 1))
    last = lines._factors[0].inverses.numpy()[:, -5:].T
    np.testing.assert_allclose(last, whole_inverse[-5:, -5:], atol=1e-14)
