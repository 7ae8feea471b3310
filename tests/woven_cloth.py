"""Cloth for tests of geometry: weaves with spacings near 1, at rest and bent in known ways."""

from __future__ import annotations

import numpy as np

from warp_fabric.fabric import Fabric, repeated, rest_position, rest_sliding, srgb
from warp_fabric.yarn import Yarn

WEAVES = {
    "plain": lambda pick, end: (end + pick) % 2 == 0,
    "twill22": lambda pick, end: (end + pick) % 4 < 2,
    "satin5": lambda pick, end: (end - 2 * pick) % 5 != 0,
}


def woven(weave="plain", picks=12, ends=12, radii=(0.25,), pick_radii=None, pick_spacing=1.0) -> Fabric:
    """A flat fabric with ends 1 m apart, so that radii read as fractions of the spacing."""
    yarns = tuple(
        Yarn(radius=radius, linear_density=1.0, young_modulus=1.0, bending_modulus=1.0)
        for radius in (*radii, *(pick_radii or radii))
    )
    pick, end = np.mgrid[:picks, :ends]
    first_pick = len(radii)
    return Fabric(
        drawdown=WEAVES[weave](pick, end),
        end_spacing=1.0,
        pick_spacing=pick_spacing,
        yarns=yarns,
        end_yarn=np.arange(ends) % len(radii),
        pick_yarn=first_pick + np.arange(picks) % (len(yarns) - first_pick),
        position=rest_position(picks, ends, pick_spacing, 1.0, "flat", (0, 0, 0)),
        sliding=rest_sliding(WEAVES[weave](pick, end), pick_spacing, 1.0),
        end_color=srgb(repeated(["#ffffff"], ends)),
        pick_color=srgb(repeated(["#000000"], picks)),
    )


def shaken(fabric: Fabric, size: float, seed: int = 3) -> np.ndarray:
    return fabric.position + size * np.random.default_rng(seed).normal(size=fabric.position.shape)


def sheared(position: np.ndarray, degrees: float) -> np.ndarray:
    angle, moved = np.radians(degrees), position.copy()
    moved[..., 0] += np.sin(angle) * position[..., 1]
    moved[..., 1] *= np.cos(angle)
    return moved


def rolled(position: np.ndarray, radius: float, degrees: float) -> np.ndarray:
    """Rolled up without stretch, around an axis at an angle to the picks."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    along, beside = position[..., 0] * c + position[..., 1] * s, position[..., 1] * c - position[..., 0] * s
    x, z = radius * np.sin(along / radius), radius * (1 - np.cos(along / radius))
    return np.stack([x * c - beside * s, x * s + beside * c, z], axis=-1)
