"""Small red and blue cloth, and what is seen of it in a picture."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from warp_fabric.fabric import Fabric, repeated, rest_position, rest_sliding, srgb
from warp_fabric.yarn import Yarn

image = pytest.importorskip("matplotlib.image")
QUICK = {"size": (320, 240), "rays": 2, "samples_per_crossing": 4}
TOP = {"size": (300, 300), "view": "top", "rays": 3, "plies": 0}


def woven(drawdown, pose="flat", end_colors=("#d02020",), pick_colors=("#2030d0",), radius=0.25e-3) -> Fabric:
    picks, ends = np.shape(drawdown)
    yarn = Yarn(radius=radius, linear_density=1e-4, young_modulus=1e6, bending_modulus=1e-4)
    return Fabric(
        drawdown=np.array(drawdown, dtype=bool),
        end_spacing=1e-3,
        pick_spacing=1e-3,
        yarns=(yarn,),
        end_yarn=np.zeros(ends, dtype=int),
        pick_yarn=np.zeros(picks, dtype=int),
        position=rest_position(picks, ends, 1e-3, 1e-3, pose, (0.3, -0.2, 5.0)),
        sliding=rest_sliding(np.zeros((picks, ends), bool), 1e-3, 1e-3),
        end_color=srgb(repeated(end_colors, ends)),
        pick_color=srgb(repeated(pick_colors, picks)),
    )


def scattered(picks=6, ends=6) -> np.ndarray:
    """A drawdown that looks different from every side."""
    return np.random.default_rng(5).random((picks, ends)) < 0.5


def decoded(path) -> np.ndarray:
    """The pixels of a picture, [height, width, 3], read by another's reader."""
    return (image.imread(path)[..., :3] * 255).round().astype(np.uint8)


def is_red(pixels) -> np.ndarray:
    pixels = np.asarray(pixels, dtype=int)
    return pixels[..., 0] > pixels[..., 2] + 60


def is_blue(pixels) -> np.ndarray:
    pixels = np.asarray(pixels, dtype=int)
    return pixels[..., 2] > pixels[..., 0] + 60


def at_crossings(pixels: np.ndarray, picks: int, ends: int) -> np.ndarray:
    """Mean colour around every crossing of a flat square fabric seen from the top, [picks, ends, 3]."""
    spacing = pixels.shape[0] / (max(picks, ends) * 1.06)
    colors = np.empty((picks, ends, 3))
    for pick, end in np.ndindex(picks, ends):
        row = int(pixels.shape[0] / 2 - (pick - (picks - 1) / 2) * spacing)
        column = int(pixels.shape[1] / 2 + (end - (ends - 1) / 2) * spacing)
        colors[pick, end] = pixels[row - 2 : row + 3, column - 2 : column + 3].mean(axis=(0, 1))
    return colors


def run_of(fabric, position, time=None):
    """What of a run is drawn."""
    time = np.arange(float(len(position))) if time is None else time
    run = SimpleNamespace(fabric=fabric, position=position, time=time, scene=SimpleNamespace(obstacles=()))
    run.parts = (run,)
    return run
