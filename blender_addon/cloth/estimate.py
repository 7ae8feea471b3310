"""What a simulation will take, before it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from ..settings import FabricSettings

STEP = 18e-6
"""Seconds for a time step and crossing on one core, from 25 x 25 to 200 x 200 crossings (`docs/performance.md`)."""
START = 4.0
"""Seconds until the first step: a Python of its own, and the kernels loaded."""
BYTES_PER_CROSSING = 27_000
BYTES_PER_FRAME = 8 * 14
"""As in `warp_fabric.limits`, which loads more than Blender's process should."""
PROGRAM = 350e6
"""Bytes of the process itself."""


def estimate(settings: FabricSettings, scene: bpy.types.Scene) -> tuple[float, float]:
    """Seconds and bytes that simulating a fabric will take on one core, within a factor of about two.

    Cheap enough to be called while drawing. The time of the method Rest Shape is not known before: it is that of some
    hundred steps here.

    Args:
        settings: Of the fabric.
        scene: Whose frames are simulated.
    """
    simulation, crossings = settings.simulation, settings.cloth.ends * settings.cloth.picks
    static = simulation.integrator == "static"
    frames = 0 if static else max(0, scene.frame_end - scene.frame_start)
    steps = 100 if static else frames * simulation.substeps
    seconds = START + STEP * crossings * steps
    return seconds, PROGRAM + crossings * (BYTES_PER_CROSSING + BYTES_PER_FRAME * (frames + 1))


def in_words(seconds: float, size: float) -> tuple[str, str]:
    """An estimate as one reads it: "3 min", "1.2 GB"."""
    for limit, unit in ((90.0, "s"), (5400.0, "min"), (172800.0, "h"), (float("inf"), "days")):
        if seconds < limit:
            time = f"{seconds / {'s': 1, 'min': 60, 'h': 3600, 'days': 86400}[unit]:.0f} {unit}"
            break
    return f"about {time}", f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
