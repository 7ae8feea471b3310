"""What bandwidths count, and how long work takes without its launches."""

import time

import pytest
import warp as wp
from sample_cloth import sample_model

from benchmarks import bandwidth
from benchmarks.bandwidth import copy_rate, per_second, product_rate, rate, seconds_of, size_of
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.types import mat55


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(bandwidth, "COPIED", {True: 2**16, False: 2**16})
    monkeypatch.setattr(bandwidth, "SECONDS", 1e-4)
    copy_rate.cache_clear()
    yield
    copy_rate.cache_clear()


def test_rates():
    assert rate(8, 2.0) == {"bytes": 8, "seconds": 2.0, "bytes_per_second": 4.0}
    assert per_second(rate(5 * 10**9, 2.0)) == "2.5"
    assert per_second(rate(5 * 10**9, 2.0), rate(10 * 10**9, 1.0)) == "2.5 (25 %)"


def test_sizes(device):
    assert size_of(wp.zeros((3, 13), dtype=mat55, device=device), wp.zeros(5, dtype=wp.int32, device=device)) == 7820


@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_moves_blocks_neighbours_and_two_vectors(device, transposed):
    model = sample_model("plain", device)
    result = product_rate(BlockMatrix(model), transposed)
    assert result["bytes"] == model.node_count * (13 * (25 * 8 + 4) + 2 * 5 * 8)
    assert result["bytes_per_second"] == pytest.approx(result["bytes"] / result["seconds"])


def test_a_copy_reads_and_writes(device):
    assert copy_rate(device)["bytes"] == 2 * 2**16


def test_recorded_work_is_timed_and_done(device):
    x = wp.zeros(1000, dtype=wp.float64, device=device)
    begun = time.perf_counter()
    seconds = seconds_of(lambda: x.fill_(2.0), wp.get_device(device))
    assert 0.0 < seconds <= time.perf_counter() - begun
    assert (x.numpy() == 2.0).all()
