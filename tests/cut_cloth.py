"""Cloth that was cut, as a disc with a hole, an L or a diagonal strip, and moves in a known way."""

from __future__ import annotations

from typing import Any

import numpy as np
from usd_cloth import motion, usd_scene

from warp_fabric import Scene, Trajectory

PICKS, ENDS = 14, 16


def disc(picks: int = PICKS, ends: int = ENDS) -> np.ndarray:
    """bool[picks, ends], a disc with a round hole; its rim touches all edges of the grid."""
    y, x = np.meshgrid(np.linspace(-1, 1, picks), np.linspace(-1, 1, ends), indexing="ij")
    return (np.hypot(x, y) <= 1.06) & (np.hypot(x, y) > 0.3)


def ell(picks: int = PICKS, ends: int = ENDS) -> np.ndarray:
    """bool[picks, ends], an L."""
    present = np.ones((picks, ends), bool)
    present[picks // 2 :, ends // 3 :] = False
    return present


def strip(picks: int = PICKS, ends: int = ENDS) -> np.ndarray:
    """bool[picks, ends], a strip from corner to corner."""
    pick, end = np.mgrid[:picks, :ends]
    return np.abs(end / (ends - 1) - pick / (picks - 1)) * ends < 4.5


SHAPES = {"disc": disc, "ell": ell, "strip": strip}
COTTON = {"radius": 1.0e-4, "linear_density": 2.0e-5, "young_modulus": 1.0e8, "bending_modulus": 2.0e-3}
"""Yarns about as thick as those of a shirt's cotton, in SI units, to stand in for the paper's."""


def cut_scene(present: np.ndarray, yarns: dict | None = None, **changes: Any) -> Scene:
    """A twill of two yarns that is cut so; `yarns`: other values of both."""
    size = {"fabric__ends": present.shape[1], "fabric__picks": present.shape[0], "pins": []}
    other = {f"yarns__{name}__{key}": value for name in ("thin", "thick") for key, value in (yarns or {}).items()}
    return usd_scene(**{**size, **other, **changes}, fabric__present=present)


def cut_run(present: np.ndarray, frames: int = 4, yarns: dict | None = None, far: float = 0.0, **changes: Any):
    """A run of it, made up rather than simulated: it waves, and moves off by `far` [m/s]; what is cut off stays."""
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
