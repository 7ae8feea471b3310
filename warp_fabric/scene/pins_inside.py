"""Pins that pull crossings into obstacles, which push them out: no step may be able to settle that. NumPy only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.scene.distances import obstacle_distance
from warp_fabric.scene.meshes import obstacle_meshes
from warp_fabric.scene.panels import pins_by_part
from warp_fabric.scene.pin_path import pin_targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warp_fabric.scene.scene import Scene

SHALLOW = 0.1
"""Of a crossing's radius: how deep pins may go, as those do that follow a body's surface and cut its arcs."""
LEAST, MOST = 65, 257
"""Looks at a run: at all rows of paths and evenly between, but for long paths."""


def pins_inside(scene: Scene) -> list[str]:
    """Where pins pull crossings into obstacles, of each obstacle the worst, such as
    "pins.1 pulls its crossing 1.7 mm into obstacle 0 (plane) at 0.12 s ...".

    Not of crossings that are inside at rest: cloth that starts there is told of by itself. Nor where nothing is felt.

    Raises:
        SceneError: where a mesh cannot be read.
    """
    if not (scene.pins and scene.obstacles) or scene.collision.stiffness == 0.0:
        return []
    names = [f"panel {panel.name!r}: " for panel in scene.panels] or [""]
    parts = zip(names, scene.parts, pins_by_part(scene))
    return [name + each for name, part, numbers in parts for each in _of_part(part, numbers)]


def _of_part(scene: Scene, numbers: Sequence[int]) -> list[str]:
    """Of a scene of one fabric, whose pins have these numbers in the whole scene."""
    found: list[str] = []
    if not scene.pins:
        return found
    rest = scene.real_fabric.position
    crossings = np.array([rest[tuple(pin.crossing)] for pin in scene.pins])
    least = SHALLOW * float(scene.real_fabric.pick_radius.mean() + scene.real_fabric.end_radius.mean())
    for o, (obstacle, mesh) in enumerate(zip(scene.obstacles, obstacle_meshes(scene))):
        rows = [row[0] for row in obstacle.path or ()] + ([] if mesh is None else mesh.times.tolist())
        outside = obstacle_distance(obstacle, mesh, crossings, 0.0) >= 0.0
        pins = {n: pin for n, pin, out in zip(numbers, scene.pins, outside) if out and (len(rows) > 1 or pin.path)}
        if not pins:
            continue
        times = _looks([*rows, *(row[0] for pin in pins.values() for row in pin.path or ())], scene)
        held = [pin_targets([*pins.values()], rest, time) for time in times]
        depth = np.array([-obstacle_distance(obstacle, mesh, at, 0.0, time) for at, time in zip(held, times.tolist())])
        deepest = depth.max(axis=0)
        into = int((deepest > least).sum())
        if into:
            time, pin = np.unravel_index(depth.argmax(), depth.shape)
            what = f"pins.{[*pins][pin]} pulls its crossing {1e3 * deepest[pin]:.2g} mm into obstacle {o}"
            what += f" ({obstacle.shape}){_when(scene, times[time])}"
            others = f", {into - 1} other pins likewise" if into > 2 else ", another pin likewise" if into == 2 else ""
            found.append(f"{what}{others}: lead one around the other")
    return found


def _when(scene: Scene, time: float) -> str:
    """What goes wrong when; an equilibrium has no steps that fail, and what is inside at first is pushed out."""
    if scene.time.integrator == "static":
        return ""
    return f" at {time:.4g} s, where steps may fail" if time > 0.0 else " from the start"


def _looks(rows: Iterable[float], scene: Scene) -> NDArray[np.float64]:
    """Times [s] of a run, those of rows among them."""
    last = scene.time.frame_count * scene.time.steps_per_frame * scene.time.step_size
    within = [time for time in rows if 0.0 < time < last]
    times = np.unique([*within, *np.linspace(0.0, last, LEAST)])
    return times[np.unique(np.linspace(0, len(times) - 1, MOST).astype(int))]
