"""Cut cloth that moves in a known way, made up rather than simulated: for tests of what is drawn and exported."""

from __future__ import annotations

from typing import Any

import numpy as np
from cut_cloth import angle, diagonal, disc
from usd_cloth import motion, usd_scene

from warp_fabric import Scene, Trajectory

SHAPES = {"disc": disc(15, 5.0), "L": angle(12), "strip": diagonal(14, 6)}
COTTON = {"radius": 1.3e-4, "linear_density": 2.0e-5, "young_modulus": 1.0e8, "bending_modulus": 2.0e-3}
"""Yarns of 20 tex, as cotton is spun for shirts, in place of the paper's; SI units."""


def cut_scene(present: np.ndarray, yarns: dict | None = None, **changes: Any) -> Scene:
    """A twill of two yarns that is cut so; `yarns`: other values of both."""
    size = {"fabric__ends": present.shape[1], "fabric__picks": present.shape[0], "pins": []}
    other = {f"yarns__{name}__{key}": value for name in ("thin", "thick") for key, value in (yarns or {}).items()}
    return usd_scene(**{**size, **other, **changes}, fabric__present=present)


def cut_run(
    present: np.ndarray, frames: int = 4, yarns: dict | None = None, far: float = 0.0, **changes: Any
) -> Trajectory:
    """A run of it that waves and moves off by `far` [m/s]; what is cut off holds its rest."""
    scene = cut_scene(present, yarns, **changes)
    fabric, time = scene.build(), np.arange(frames) / scene.time.frames_per_second
    absent = ~fabric.layout.present
    kept = [motion(scene, at) for at in time]
    for at, frame in zip(time, kept):
        frame["position"][..., 2] += far * at
        frame["velocity"][..., 2] += far
        frame["position"][absent], frame["sliding"][absent] = fabric.position[absent], fabric.sliding[absent]
        frame["velocity"][absent], frame["sliding_velocity"][absent] = 0.0, 0.0
    arrays = {name: np.stack([frame[name] for frame in kept]) for name in kept[0]}
    rest, zeros = np.repeat(fabric.sliding[None], frames, axis=0), np.zeros((frames, *present.shape))
    return Trajectory(time, **arrays, anchor=rest, compression=zeros, scene=scene, version="1.2.3", device="cpu")
