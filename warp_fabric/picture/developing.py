"""From traced light to the pixels of a picture: a backdrop, a tone curve, sRGB. NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from warp_fabric.srgb import from_linear

KNEE = 0.5
"""Brightness above which light bends towards white in place of clipping."""


def developed(traced: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A traced picture `[height, width, 4]` before a plain backdrop, as sRGB bytes `[height, width, 3]`."""
    height, width = traced.shape[:2]
    v, u = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    shade = 0.72 - 0.07 * v - 0.13 * (u**2 + v**2) / 2.0
    backdrop = shade[..., None] * np.array([0.96, 0.98, 1.0])
    linear = traced[..., :3] + (1.0 - traced[..., 3:]) * backdrop
    linear = np.where(linear > KNEE, 1.0 - (1.0 - KNEE) * np.exp(-(linear - KNEE) / (1.0 - KNEE)), linear)
    return np.round(255.0 * from_linear(linear)).astype(np.uint8)
