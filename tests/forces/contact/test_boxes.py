"""Rows of numbers: sorted, behind each other, and as long as need be."""

import itertools

import numpy as np
import pytest
import warp as wp

from warp_fabric.forces.contact.boxes import Rows, double, single
from warp_fabric.types import f64, vec3


@wp.kernel(enable_backward=False)
def _give(
    offset: wp.array(dtype=wp.int32),
    number: wp.array(dtype=wp.int32),
    count: wp.array(dtype=wp.int32),
    row: wp.array2d(dtype=wp.int32),
):
    a = wp.tid()
    found = int(0)
    for k in range(offset[a], offset[a + 1]):
        if found < row.shape[1]:
            row[a, found] = number[k]
        found += 1
    count[a + 1] = found


def find(rows: Rows, lists: list[np.ndarray], device: str) -> bool:
    offset = np.cumsum([0, *map(len, lists)])
    number = np.concatenate([*lists, np.zeros(1)])
    return rows.find(_give, [wp.array(each, dtype=wp.int32, device=device) for each in (offset, number)])


def lists_of(rows: Rows) -> list[list[int]]:
    first, packed = rows.first.numpy(), rows.packed.numpy()
    return [packed[a:b].tolist() for a, b in itertools.pairwise(first)]


@pytest.mark.parametrize("seed", range(3))
def test_sorted_behind_each_other(device, seed):
    """Whatever order they are found in, and also when there are fewer again than before."""
    rng, rows = np.random.default_rng(seed), Rows(20, wp.get_device(device))
    for most in (0, 3, 9, 5, 0, 9):
        lists = [rng.permutation(100)[: rng.integers(most + 1)] for _ in range(20)]
        find(rows, lists, device)
        assert lists_of(rows) == [sorted(each) for each in lists]
        assert rows.total == sum(map(len, lists))


def test_longer_than_there_is_room_for(device):
    rng, rows = np.random.default_rng(1), Rows(5, wp.get_device(device))
    long = [rng.permutation(1000)[:count] for count in (3, Rows.WIDTH + 1, 0, 5 * Rows.WIDTH, Rows.WIDTH)]
    assert find(rows, long, device)
    assert lists_of(rows) == [sorted(each) for each in long]
    before = rows.packed.ptr
    assert not find(rows, long[::-1], device), "there is room now"
    assert rows.packed.ptr == before
    assert lists_of(rows) == [sorted(each) for each in long[::-1]]


def test_no_rows(device):
    rows = Rows(0, wp.get_device(device))
    assert (len(rows.packed), rows.total, *rows.first.numpy()) == (0, 0, 0)


@wp.kernel(enable_backward=False)
def _there_and_back(x: wp.array(dtype=vec3), y: wp.array(dtype=vec3)):
    i = wp.tid()
    y[i] = double(single(x[i])) + vec3(f64(0.0))


def test_single_and_double(device):
    x = np.random.default_rng(2).standard_normal((7, 3))
    y = wp.zeros(7, dtype=vec3, device=device)
    wp.launch(_there_and_back, 7, [wp.array(x, dtype=vec3, device=device)], [y], device=device)
    np.testing.assert_array_equal(y.numpy(), x.astype(np.float32).astype(float))
