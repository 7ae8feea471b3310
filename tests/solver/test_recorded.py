"""Device work that is recorded, and schedules of what the device and the host do by turns."""

import numpy as np
import pytest
import warp as wp

from warp_fabric.solver.recorded import Recorded, Schedule, Work
from warp_fabric.types import f64


@pytest.fixture
def arrays(device) -> list[wp.array]:
    return [wp.zeros(3, dtype=f64, device=device) for _ in range(3)]


def test_recorded_work_reads_what_is_there_when_it_is_replayed(device, arrays):
    x, y, _ = arrays
    calls = []

    def work() -> None:
        calls.append(None)
        wp.copy(y, x)

    recorded = Recorded(wp.get_device(device), work)
    for k in range(4):
        x.fill_(float(k))
        recorded()
        np.testing.assert_array_equal(y.numpy(), k)
    assert len(calls) == 2  # carried out, then recorded; from there on replayed


def schedule_of(device: str, order: str, arrays: list[wp.array]) -> tuple[Schedule, list[str], list[float]]:
    """Work of the device (d: z = y = x) and of the host (h: note y), as a schedule; who was called; the notes."""
    x, y, z = arrays
    calls, notes = [], []

    def on_device(number: int) -> Work:
        def work() -> None:
            calls.append(f"d{number}")
            wp.copy(y, x)
            wp.copy(z, y)

        return Work(work)

    def on_host(number: int) -> Work:
        def work() -> None:
            calls.append(f"h{number}")
            notes.append(float(y.numpy()[0]))

        return Work(work, on_host=True)

    pieces = [on_host(k) if kind == "h" else on_device(k) for k, kind in enumerate(order)]
    return Schedule(wp.get_device(device), pieces), calls, notes


@pytest.mark.parametrize("order", ["", "d", "h", "dd", "hd", "dh", "ddhd", "hhdhddh"])
def test_a_schedule_keeps_the_order(device, arrays, order):
    schedule, calls, _ = schedule_of(device, order, arrays)
    schedule()
    assert calls == [f"{kind}{k}" for k, kind in enumerate(order)]


@pytest.mark.parametrize("order", ["dh", "ddhd", "hhdhddh"])
def test_the_device_is_recorded_and_the_host_is_not(device, arrays, order):
    schedule, calls, notes = schedule_of(device, order, arrays)
    for k in range(5):
        arrays[0].fill_(float(k))
        schedule()
        np.testing.assert_array_equal(arrays[2].numpy(), k)  # replays read what is there
    for number, kind in enumerate(order):
        assert calls.count(f"{kind}{number}") == (5 if kind == "h" else 2)
    if order == "dh":
        assert notes == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_neighbours_on_the_device_are_recorded_together(device, arrays, monkeypatch):
    launched = []
    replay = wp.capture_launch
    monkeypatch.setattr(wp, "capture_launch", lambda graph: launched.append(graph) or replay(graph))
    schedule, _, _ = schedule_of(device, "dddhdd", arrays)
    for _ in range(3):
        schedule()
    assert len(launched) == 2 * 2  # twice, of two pieces each
    assert len({id(graph) for graph in launched}) == 2
