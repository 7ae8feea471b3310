"""A small cloth of two yarns and several colours that moves in a known way: for tests of exporting."""

from __future__ import annotations

from typing import Any

import numpy as np

from warp_fabric import Scene, Trajectory

TEXT = """
[fabric]
weave = "twill22"
ends = 7
picks = 5
end_spacing = 1.0e-3
pick_spacing = 1.2e-3
end_yarns = ["thin", "thick"]
pick_yarns = ["thin"]
end_colors = ["#ff0000", "#00ff00", "#0000ff"]
origin = [0.1, -0.2, 0.3]

[yarns.thin]
radius = 2.0e-4
tex = 60
young_modulus = 1.0e7
bending_modulus = 1.0e-3
color = "#808080"

[yarns.thick]
radius = 2.4e-4
tex = 90
young_modulus = 1.0e7
bending_modulus = 1.0e-3

[[pins]]
crossing = [0, 0]

[[pins]]
crossing = [0, 6]
path = [[0.0, 0.106, -0.2, 0.3], [0.05, 0.105, -0.2, 0.31]]

[time]
duration = 0.1
step = 1.0e-3
frames_per_second = 50.0
"""


def usd_scene(**changes: Any) -> Scene:
    """The scene, with changes by dotted key where __ stands for the dot."""
    return Scene.from_toml(TEXT).replace({name.replace("__", "."): value for name, value in changes.items()})


def motion(scene: Scene, time: float) -> dict[str, np.ndarray]:
    """Arrays of a frame: waves run over the cloth and yarns slide. The velocities are exact."""
    fabric = scene.build()
    rest, size = fabric.position, fabric.end_spacing
    wave = rest @ np.array([300.0, 200.0, 250.0]) + 40.0 * time
    push = np.array([0.3, -0.2, 1.0]) * size
    slip = np.where(fabric.slides, 0.1 * size, 0.0)[..., None] * np.array([1.0, -0.5])
    return {
        "position": rest + np.sin(wave)[..., None] * push,
        "velocity": 40.0 * np.cos(wave)[..., None] * push,
        "sliding": fabric.sliding + np.sin(30.0 * time) * slip,
        "sliding_velocity": 30.0 * np.cos(30.0 * time) * slip,
    }


def usd_run(frames: int = 6, **changes: Any) -> Trajectory:
    """A run of the scene, made up rather than simulated."""
    scene = usd_scene(**changes)
    time = np.arange(frames) / scene.time.frames_per_second
    kept = [motion(scene, at) for at in time]
    arrays = {name: np.stack([frame[name] for frame in kept]) for name in kept[0]}
    rest = np.repeat(scene.build().sliding[None], frames, axis=0)
    compression = np.zeros(rest.shape[:3])
    return Trajectory(time, **arrays, anchor=rest, compression=compression, scene=scene, version="1.2.3", device="cpu")
