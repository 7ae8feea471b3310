"""How stiff a scene's cloth is against its inertia, which decides how its steps are solved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene


def rates(scene: Scene) -> tuple[float, float]:
    """How fast inertia between neighbouring crossings gives way, 1/s2: to bending or shear, and to stretch."""
    picks, ends = (1.0, 1.0) if scene.bundling is None else scene.bundling.strands
    spacing = min(ends * scene.fabric.end_spacing, picks * scene.fabric.pick_spacing)
    soft, taut = [], []
    for yarn in scene.yarns.values():
        share = math.pi * yarn.radius**2 / (yarn.linear_density * spacing**2)
        soft += [yarn.bending_modulus * share / spacing**2, 0.5 * scene.shear_modulus * share]
        taut.append(yarn.young_modulus * share)
    return max(soft), max(taut)


def is_stiff(rate: float, h: float) -> bool:
    """Whether bending or shear, of this rate, outweighs inertia from one crossing to the next within `h` seconds."""
    return bool(rate * h * h > 1.0)
