"""Exporting a finished run."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from usd_export.options import Options
from usd_export.writer import NEEDED, Writer
from warp_fabric.counts import OnCount, count_progress
from warp_fabric.errors import SceneError, UsdError
from warp_fabric.initial import STATE, initial_state
from warp_fabric.trajectory import RISES, Trajectory, load_trajectory


def export(
    run: Trajectory | str | os.PathLike, path: str | os.PathLike, *, progress: bool | OnCount = False, **options: Any
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
    facts = {"version": run.version, "device": run.device, "initial": _initial(run)}
    with (
        count_progress(progress, "frame") as tell,
        Writer(run.scene, path, chosen, **facts, growing=False) as writer,
    ):
        for k, time in enumerate(run.time.tolist()):
            arrays = {name: getattr(run, name) for name in (*NEEDED, *RISES)}
            writer.append(time, {name: array[k] for name, array in arrays.items() if array is not None})
            tell(k + 1, len(run.time))
    return Path(path)


def _initial(run: Trajectory) -> dict[str, np.ndarray] | None:
    """The state that the run began with: its first frame. An equilibrium's is in another file; if that is not there
    any more, the equilibrium itself has to do.
    """
    if run.scene.initial.state is None or not run.frame_count:
        return None
    if run.scene.time.integrator == "static":
        with contextlib.suppress(SceneError):
            return initial_state(run.scene)
    first = run.frame(0)
    return {name: first[name] for name in STATE}
