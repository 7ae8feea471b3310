"""Runs that have come so far and no farther."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_run import small_scene

from warp_fabric.checkpoint import checkpoint_path
from warp_fabric.kept_frames import kept_run
from warp_fabric.simulation import simulate_to


def interrupted(path: Path, frames: int) -> None:
    """Simulate `small_scene` to a file until there are so many frames, which its checkpoint then has."""

    class Enough(Exception):
        pass

    def stop(frame) -> None:
        kept.append(frame)
        if len(kept) == frames:
            raise Enough

    kept = []
    resume = checkpoint_path(path).exists()
    if resume:
        kept += [None] * kept_run(checkpoint_path(path)).frame_count
    with pytest.raises(Enough):
        simulate_to(path, small_scene(), resume=resume, on_frame=stop)
