"""GMRES's vectors on a device; what they give is tested in `test_basis.py`, with the host's."""

import numpy as np
import warp as wp
from device_guards import transfers

from warp_fabric.solver.device_basis import BLOCK, TILE, DeviceBasis
from warp_fabric.types import vec5


def test_many_tiles(device):
    """More of them than a block of threads adds up at once."""
    count = (BLOCK + 1) * TILE // 5 + 3
    values = np.random.default_rng(5).standard_normal((count, 5))
    x = wp.array(values, dtype=vec5, device=device)
    basis = DeviceBasis(2, 5 * count, wp.get_device(device))
    np.testing.assert_allclose(basis.norm(x), np.linalg.norm(values), rtol=1e-13)


def test_the_same_bits_each_time(device):
    values = np.random.default_rng(6).standard_normal((3000, 5))
    x = wp.array(values, dtype=vec5, device=device)
    norms = {DeviceBasis(2, x.size * 5, wp.get_device(device)).norm(x) for _ in range(5)}
    assert len(norms) == 1


def test_no_vector_is_read(device):
    x, out = (wp.full(40, value, dtype=vec5, device=device) for value in (1.0, 2.0))
    basis = DeviceBasis(3, 200, wp.get_device(device))
    with transfers() as found:
        for _ in range(3):
            basis.take(x)
            basis.begin(basis.norm(x), out)
            basis.grow(1, x, out)
            basis.combine([1.0, 2.0], out)
            basis.leave(x, out)
    assert not found
