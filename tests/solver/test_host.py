"""Arrays' numbers on the host."""

import gc

import numpy as np
import pytest
import warp as wp

from warp_fabric.solver import host as host_module
from warp_fabric.solver.host import HostArrays
from warp_fabric.types import vec5


def array(device: str, seed: int, count: int = 7) -> wp.array:
    return wp.array(np.random.default_rng(seed).standard_normal((count, 5)), dtype=vec5, device=device)


@pytest.fixture
def host() -> HostArrays:
    return HostArrays()


def test_numbers_are_those_of_now(device, host):
    x = array(device, 1)
    for k in range(3):
        x.fill_(float(k))
        np.testing.assert_array_equal(host.get(x), np.full(35, float(k)))


def test_several_arrays_are_kept_apart(device, host):
    arrays = [array(device, seed) for seed in range(4)]
    for _ in range(2):
        for each in arrays:
            np.testing.assert_array_equal(host.get(each), each.numpy().ravel())


def test_an_array_made_later_is_not_taken_for_one_before(device, host):
    """Arrays that nobody else holds: Python gives their number to others, were they let go."""
    for seed in range(50):
        x = array(device, seed)
        np.testing.assert_array_equal(host.get(x), x.numpy().ravel())
        del x
        gc.collect(0)


def test_putting(device, host):
    x = array(device, 2)
    host.get(x)
    values = np.arange(35.0)
    host.put(x, values)
    np.testing.assert_array_equal(x.numpy(), values.reshape(7, 5))
    np.testing.assert_array_equal(host.get(x), values)


def test_copying(device, host):
    x, y = array(device, 3), array(device, 4)
    expected = y.numpy().copy()
    host.copy(x, y)
    np.testing.assert_array_equal(x.numpy(), expected)
    x.zero_()
    np.testing.assert_array_equal(y.numpy(), expected)


def test_products(device, host):
    x, y = array(device, 5), array(device, 6)
    assert host.dot(x, y) == pytest.approx(np.vdot(x.numpy(), y.numpy()), rel=1e-13)
    y.fill_(np.nan)
    assert np.isnan(host.dot(x, y))


def test_the_largest_number(device, host):
    values = np.zeros((25, 5))
    values[20, 3], values[4, 1] = -3.5, 2.0
    x = wp.array(values, dtype=vec5, device=device)
    for size in (3.5, 7.0, 14.0):
        assert host.largest(x) == size
        x.assign(2.0 * x.numpy())


def test_elsewhere_numbers_are_copied(device, host, monkeypatch):
    monkeypatch.setattr(host_module, "on_host", lambda array: False)
    x = array(device, 7)
    before = x.numpy().copy()
    copied = host.get(x)
    np.testing.assert_array_equal(copied, before.ravel())
    copied[:] = 0.0
    np.testing.assert_array_equal(x.numpy(), before)
    for values in (np.arange(35.0), copied):
        host.put(x, values)
        np.testing.assert_array_equal(x.numpy(), values.reshape(7, 5))


def test_elsewhere_numbers_are_those_of_now(device, host, monkeypatch):
    """Where the device's work has been recorded, too."""
    monkeypatch.setattr(host_module, "on_host", lambda array: False)
    x, y = array(device, 8), array(device, 9)
    for _ in range(4):
        x.assign(-2.0 * x.numpy())
        np.testing.assert_array_equal(host.get(x), x.numpy().ravel())
        assert host.dot(x, y) == pytest.approx(np.vdot(x.numpy(), y.numpy()), rel=1e-13)
        assert host.largest(x) == np.abs(x.numpy()).max()
