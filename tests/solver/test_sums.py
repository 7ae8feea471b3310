"""Numbers about vectors that a device computes."""

import numpy as np
import pytest
import warp as wp

from warp_fabric.solver.sums import BLOCK, TILE, Products, Staging, launch_largest
from warp_fabric.types import f64, vec5


def numbers(device: str, *shape: int) -> wp.array:
    return wp.array(np.random.default_rng(5).standard_normal(shape), dtype=f64, device=device)


@pytest.mark.parametrize("size", [1, TILE, TILE + 1, (BLOCK + 1) * TILE + 3])
def test_products(device, size):
    """Of more tiles than a block of threads adds up at once, too."""
    vectors, x, out = numbers(device, 3, size), numbers(device, size), wp.full(5, 7.0, dtype=f64, device=device)
    Products(3, size, wp.get_device(device)).launch(vectors, 2, x, out, 1)
    expected = [7.0, *(vectors.numpy()[:2] @ x.numpy()), 7.0, 7.0]
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-11)


def test_the_same_bits_each_time(device):
    x, out = numbers(device, 1, 15000), wp.zeros(1, dtype=f64, device=device)
    found = set()
    for _ in range(5):
        Products(1, 15000, wp.get_device(device)).launch(x, 1, x[0], out)
        found.add(float(out.numpy()[0]))
    assert len(found) == 1


def test_the_largest(device):
    """Whatever the number before."""
    x = wp.array(np.random.default_rng(6).standard_normal((40, 5)), dtype=vec5, device=device)
    out = wp.full(1, 1e9, dtype=f64, device=device)
    launch_largest(x, out)
    assert out.numpy()[0] == np.abs(x.numpy()).max()


def test_numbers_go_to_and_fro(device):
    staged = Staging(wp.array(np.arange(10.0).reshape(2, 5), dtype=vec5, device=device))
    staged.fetch()
    np.testing.assert_array_equal(staged.wait(), np.arange(10.0))
    staged.seen[3] = -1.0
    staged.send()
    assert staged.array.numpy()[0, 3] == -1.0
