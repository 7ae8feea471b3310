"""Exporting a finished run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from usd_export.options import Options
from usd_export.writer import NEEDED, Writer
from warp_fabric.errors import UsdError
from warp_fabric.trajectory import Trajectory, load_trajectory

Told = Callable[[int, int], None]
"""Called after each frame with how many are written and how many there are."""


def export(
    run: Trajectory | str | os.PathLike, path: str | os.PathLike, *, progress: bool | Told = False, **options: Any
) -> Path:
    """Export a run's frames as USD: yarns as curves, the cloth's surface as a mesh, materials, pins, the scene.

    Args:
        run: A trajectory, or the path of a trajectory file.
        path: The file to write: .usdc (or .usd) is binary, .usda text, .usdz a package. It is replaced when all is
            written, not before.
        progress: True shows a bar on stderr; or a function that is told how many frames are written, of how many.
        **options: What is exported, and how: see `Options`.

    Returns:
        The path written.

    Raises:
        UsdError: where an option is impossible, a frame is not finite, or the file cannot be written.
        TrajectoryError: where the trajectory file cannot be read.
    """
    chosen = Options.of(options)
    if not isinstance(run, Trajectory):
        if not isinstance(run, (str, os.PathLike)):
            fix = "give a Trajectory or the path of a .h5 file"
            raise UsdError(f"{type(run).__name__} is not a run", where="run", fix=fix)
        run = load_trajectory(run)
    tell, close = _teller(progress)
    try:
        with Writer(run.scene, path, chosen, version=run.version, device=run.device, growing=False) as writer:
            for k, time in enumerate(run.time.tolist()):
                writer.append(time, {name: getattr(run, name)[k] for name in NEEDED})
                tell(k + 1, len(run.time))
    finally:
        close()
    return Path(path)


def _teller(progress: bool | Told) -> tuple[Told, Callable[[], None]]:
    if callable(progress):
        return progress, lambda: None
    if not progress:
        return (lambda _done, _count: None), lambda: None
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(bar_width=20), TextColumn("frame"), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True))
    task = bar.add_task("export", total=None)
    bar.start()
    return (lambda done, count: bar.update(task, completed=done, total=count)), bar.stop
