"""Cloth in motion, for tests of derivatives: runs that start from the middle of a golden rollout."""

from __future__ import annotations

import numpy as np
from sample_cloth import AT_ORIGIN, golden, golden_scene

from warp_fabric import Scene
from warp_fabric.trajectory import COMPONENTS, Trajectory

DT = 1e-3
STATE = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
TIGHT = {"solver.tolerance": 1e-12}
AIR = {"environment.wind": [0.5, 2.0, 1.0], "environment.wind_density": 1.2, "environment.wind_drag": 0.3}
MIDWAY = {"snag_plain_bdf2": 14, "pull_twill_bdf2": 6, "hang_plain_bdf2": 8}
MIDWAY |= {"crimp_pull_plain_euler": 12, "crimp_flatten_plain_euler": 12, "damped_hang_twill_bdf2": 10}
"""Frames to start from, by golden rollout. In the first yarns slide through each other; in the others they stick."""


def midway(name: str, integrator: str, steps: int) -> tuple[Scene, dict[str, np.ndarray]]:
    """A golden rollout from its middle on: a scene, and a first state that fits it but for small random changes.

    The cloth is moved to the origin, where numbers round less. A third key, within the second step, bends pins' paths.
    """
    frame, scene, arrays = MIDWAY[name], golden_scene(name), golden(name)
    origin = np.array(scene.fabric.origin)
    changes = TIGHT | AT_ORIGIN | {"time.integrator": integrator, "time.duration": steps * DT}
    if name.startswith("snag"):
        changes |= AIR
    for k, pin in enumerate(scene.pins):
        if pin.path is not None:
            (start, *a), (end, *b) = pin.path
            start, end, bend = start - frame * DT, end - frame * DT, 1.3 * DT
            share = (bend - start) / (end - start)
            middle = (1.0 - share) * np.array(a) + share * np.array(b) + 2e-5
            keys = zip((start, bend, end), (np.array(a), middle, np.array(b)))
            changes[f"pins.{k}.path"] = [[time, *(point - origin).tolist()] for time, point in keys]
    rng, inner = np.random.default_rng(21), scene.build().slides[..., None]
    initial = {key: arrays[key][frame].copy() for key in STATE}
    initial["position"] -= origin
    for key, size in {"position": 1e-6, "velocity": 1e-3, "sliding": 1e-8, "sliding_velocity": 1e-5}.items():
        free = inner if key.startswith("sliding") else True
        initial[key] += size * free * rng.standard_normal(initial[key].shape)
    return scene.replace(changes), initial


def trajectory(scene: Scene, **arrays: np.ndarray) -> Trajectory:
    """A trajectory of a scene from some of its arrays, [T, picks, ends, ...]; the others are zeros."""
    grid = (len(arrays["position"]), scene.fabric.picks, scene.fabric.ends)
    empty = {name: np.zeros((*grid, width) if width else grid) for name, width in COMPONENTS.items()}
    time = arrays.pop("time", np.arange(grid[0]) / scene.time.frames_per_second)
    return Trajectory(time=time, **{**empty, **arrays}, scene=scene, version="test", device="none")
