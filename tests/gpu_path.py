"""What serves on a GPU, serving on the CPU."""

from __future__ import annotations

import pytest
import warp as wp

from warp_fabric.solver import coarse_cholesky, gmres, host, preconditioner, sweep
from warp_fabric.solver.device_basis import DeviceBasis
from warp_fabric.solver.parallel_lines import ParallelLines


def take_gpu_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are solved in parallel, GMRES's vectors stay on the device, and whatever the host reads is copied."""
    for module in (preconditioner, sweep):
        monkeypatch.setattr(module, "yarn_lines", lambda model, reach: ParallelLines(model, reach, together=False))
    monkeypatch.setattr(gmres, "HostBasis", lambda most, size: DeviceBasis(most, size, wp.get_device("cpu")))
    for module in (host, coarse_cholesky):
        monkeypatch.setattr(module, "on_host", lambda array: False)
