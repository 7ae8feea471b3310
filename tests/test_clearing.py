"""Arrays set to zero, at once and within recorded work."""

import numpy as np
import pytest
import warp as wp

from warp_fabric.clearing import clear
from warp_fabric.solver.recorded import Recorded
from warp_fabric.types import f64, mat33, vec5


@pytest.mark.parametrize(("shape", "kind"), [((7,), f64), ((4, 3), vec5), ((2, 3, 5), mat33), ((0,), vec5)])
def test_all_numbers_are_set(device, shape, kind):
    array = wp.full(shape, 3.0, dtype=kind, device=device)
    clear(array)
    assert not array.numpy().any()


def test_recorded(device):
    array = wp.zeros(10, dtype=vec5, device=device)
    work = Recorded(wp.get_device(device), lambda: clear(array))
    for _ in range(3):
        array.fill_(2.0)
        work()
        assert not array.numpy().any()


def test_a_tape_passes_it_over(device):
    array = wp.zeros(3, dtype=f64, device=device, requires_grad=True)
    with wp.Tape() as tape:
        clear(array)
    assert not tape.launches


def test_recording_copies_nothing():
    """As a recorded memset does on the CPU."""
    psutil = pytest.importorskip("psutil")
    array = wp.zeros(2**22, dtype=vec5, device="cpu")
    work = Recorded(wp.get_device("cpu"), lambda: clear(array))
    work()
    before = psutil.Process().memory_info().rss
    work()
    assert psutil.Process().memory_info().rss - before < 0.2 * array.capacity
    np.testing.assert_array_equal(array.numpy()[-1], 0.0)
