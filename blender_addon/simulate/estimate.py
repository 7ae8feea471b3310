"""What a simulation will take, before it is started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from warp_fabric import Scene, SceneError
from warp_fabric.memory import needs
from warp_fabric.memory.machine import room
from warp_fabric.memory.needs import PROGRAM
from warp_fabric.scene import Environment, Time
from warp_fabric.scene.bundled import in_words as in_words_of_bundles

from ..fabric.design.fabric_description import in_bundles, layout_of, rest_scene
from ..fabric.scene.scene_builder import collision_of, contact_of, simulated_time

if TYPE_CHECKING:
    from ..fabric.settings.fabric_settings import FabricSettings

STEP = 18e-6
"""Seconds for a time step and crossing on one core, from 25 x 25 to 200 x 200 crossings (`docs/performance.md`)."""
ON_OBSTACLES, ON_ITSELF, ON_OTHERS = 1.5, 1.15, 2.0
"""How many times as long it takes with obstacles; where cloth touches itself; where it lies on other cloth. Measured
against the same cloth that swings, 18 x 32 to 32 x 32: 1.1 to 1.2 for cotton and wool that fall on a sphere, 1 to 4
for soft yarns that fall on a bending arm, over a table's edge and on stairs."""
WRITTEN, HELD = 14e-6, 1800.0
"""Seconds and bytes that all yarns of bundles take for each of their crossings, in a frame that is written for Blender:
measured at 780 x 780 (`docs/performance.md`). Where yarns are simulated as such, a frame's time steps hide them."""
START = 4.0
"""Seconds until the first step: a Python of its own, and the kernels loaded."""


def estimate(
    settings: FabricSettings,
    scene: bpy.types.Scene,
    beside: Sequence[FabricSettings] = (),
    obstacles: bool = False,
) -> tuple[float, float]:
    """Seconds and bytes that simulating a fabric will take on one core: seconds within a factor of about two.

    Bundles count as what is simulated, and what it takes to write all their yarns comes on top.

    Cheap enough to be called while drawing. The time of the method Rest Shape is not known before: it is that of some
    hundred steps here.

    Args:
        settings: Of the fabric.
        scene: Whose frames are simulated.
        beside: Of the fabrics that are simulated with it. obstacles: Whether there are any.

    Raises:
        WarpFabricError: where the settings do not fit each other.
    """
    simulation, fabrics = settings.simulation, [settings, *beside]
    scenes = [_simulated(each, settings, scene, bool(beside)) for each in fabrics]
    bundles = [part.bundling for part in scenes]
    real = [layout_of(each).count for each in fabrics]
    crossings = sum(count if part is None else part.layout.count for count, part in zip(real, bundles))
    drawn = sum(count for count, part in zip(real, bundles) if part is not None)
    static = simulation.integrator == "static"
    frames = 0 if static else max(0, scene.frame_end - scene.frame_start)
    steps = 100 if static else frames * simulation.substeps
    touching = ON_OTHERS if beside else ON_ITSELF if settings.collision.self_collision else 1.0
    seconds = START + STEP * crossings * steps * touching * (ON_OBSTACLES if obstacles else 1.0)
    seconds += WRITTEN * drawn * (frames + 1)
    return seconds, PROGRAM + HELD * drawn + sum(needs.simulation(each, written=True).total for each in scenes)


def bundles_in_words(settings: FabricSettings) -> str | None:
    """What a fabric is simulated as: "26 x 26 crossings, simulated as 14 x 14 bundles of 2"; None: as its yarns.

    Raises:
        WarpFabricError: where the settings do not fit each other.
    """
    if settings.cloth.bundle == 1:
        return None
    rest = rest_scene(settings)
    return in_words_of_bundles(replace(rest, fabric=in_bundles(settings, rest.fabric)))


def lacking(size: float) -> str:
    """In words that there is not so much memory left; "" where there is, or where that is not known."""
    there = room()
    if there is None or size <= there.size:
        return ""
    return f"Needs {_amount(size)} of memory; {there.of} has {_amount(there.size)} left"


def _simulated(settings: FabricSettings, lead: FabricSettings, scene: bpy.types.Scene, together: bool) -> Scene:
    """What is simulated, as far as it takes memory."""
    cloth = lead.cloth
    try:
        time = simulated_time(lead, scene)
    except SceneError:  # there is no frame after the first yet
        time = Time(integrator="static")
    environment = Environment(wind_density=cloth.wind_density, wind_drag=cloth.wind_drag)
    rest = rest_scene(settings)
    return replace(
        rest,
        fabric=in_bundles(settings, rest.fabric),
        time=time,
        environment=environment,
        contact=contact_of(cloth),
        collision=collision_of(lead.collision, False, together),
    )


def in_words(seconds: float, size: float) -> tuple[str, str]:
    """An estimate as one reads it: "3 min", "1.2 GB"."""
    for limit, unit in ((90.0, "s"), (5400.0, "min"), (172800.0, "h"), (float("inf"), "days")):
        if seconds < limit:
            time = f"{seconds / {'s': 1, 'min': 60, 'h': 3600, 'days': 86400}[unit]:.0f} {unit}"
            break
    return f"about {time}", _amount(size)


def _amount(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
