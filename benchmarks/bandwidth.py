"""How fast a device moves memory: the bytes that some work must move at least, over the time that it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.types import vec5

COPIED = {True: 2**27, False: 2**30}
"""Bytes of the array that is copied, on a CPU and on a GPU: far more than caches hold."""
SECONDS = 0.05
"""Of work that is measured in one go."""


def seconds_of(work: Callable[[], None], device: wp.Device, samples: int = 5) -> float:
    """Seconds of device work without the cost of launching it: the fastest of a few replays of a recording, which
    holds it many times."""
    work()  # compiles
    wp.synchronize_device(device)
    begun = time.perf_counter()
    work()
    wp.synchronize_device(device)
    times = max(1, min(50, int(SECONDS / (time.perf_counter() - begun))))
    with wp.ScopedDevice(device), wp.ScopedCapture(device) as capture:
        for _ in range(times):
            work()
    fastest = float("inf")
    for _ in range(samples + 1):  # the first uploads the recording
        begun = time.perf_counter()
        wp.capture_launch(capture.graph)  # pyright: ignore[reportArgumentType]
        wp.synchronize_device(device)
        fastest = min(fastest, time.perf_counter() - begun)
    return fastest / times


def rate(bytes_moved: int, seconds: float) -> dict[str, float]:
    """One result: bytes moved at least, seconds, bytes per second."""
    return {"bytes": bytes_moved, "seconds": seconds, "bytes_per_second": bytes_moved / seconds}


def size_of(*arrays: wp.array) -> int:
    """Bytes of all elements."""
    return sum(array.size * wp.types.type_size_in_bytes(array.dtype) for array in arrays)


@cache
def copy_rate(name: str) -> dict[str, float]:
    """Copying on a device of this name, the ceiling for all that is larger than its caches: bytes read and written."""
    device = wp.get_device(name)
    source = wp.zeros(COPIED[device.is_cpu] // 8, dtype=wp.float64, device=device)
    target = wp.zeros_like(source)
    return rate(2 * size_of(source), seconds_of(lambda: wp.copy(target, source), device))


def product_rate(matrix: BlockMatrix, transposed: bool = False) -> dict[str, float]:
    """One product with the stencil matrix: its blocks and neighbours are read, a vector is read and another written."""
    model = matrix.model
    x, z = (wp.zeros(model.node_count, dtype=vec5, device=model.device) for _ in range(2))
    bytes_moved = size_of(matrix.blocks, model.grid.neighbor, x, z)
    return rate(bytes_moved, seconds_of(lambda: matrix.multiply(x, x, z, transposed=transposed), model.device))


def per_second(result: dict[str, float], ceiling: dict[str, float] | None = None) -> str:
    """A rate for a table: GB/s, and how much of the ceiling that is."""
    share = f" ({100 * result['bytes_per_second'] / ceiling['bytes_per_second']:.0f} %)" if ceiling else ""
    return f"{1e-9 * result['bytes_per_second']:.1f}{share}"
