"""The memory of arrays as another type."""

import gc

import numpy as np
import warp as wp

from warp_fabric.solver.views import flat, view
from warp_fabric.types import f64, mat55, vec5


def test_a_view_shares_memory(device):
    values = np.random.default_rng(3).standard_normal((4, 2, 5, 5))
    blocks = wp.array(values, dtype=mat55, device=device)
    rows, numbers = view(blocks, vec5, (4, 2, 5)), flat(blocks)
    np.testing.assert_array_equal(rows.numpy(), values)
    np.testing.assert_array_equal(numbers.numpy(), values.ravel())
    assert numbers.dtype == f64
    rows.fill_(3.0)
    assert (blocks.numpy() == 3.0).all()


def test_it_holds_what_it_shows(device):
    numbers = flat(wp.full(1000, 7.0, dtype=vec5, device=device))
    gc.collect()
    wp.full(1000, 8.0, dtype=vec5, device=device)
    assert (numbers.numpy() == 7.0).all()
