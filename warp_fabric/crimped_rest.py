"""How sliding coordinates at rest follow the crimp: they are arc lengths, and change with it. NumPy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from warp_fabric.fabric import interlaced_length, touching_crimp
from warp_fabric.scene import Scene

Values = Callable[[str], np.ndarray]
"""The present value of a parameter, by its dotted name."""


class CrimpedRest:
    """Of one scene.

    Attributes:
        names: The parameters that its crimp depends on: the two crimps, or, where yarns touch, their radii.
    """

    def __init__(self, scene: Scene) -> None:
        fabric = scene.build()
        self._spacings = (fabric.end_spacing, fabric.pick_spacing)
        self._lengths = interlaced_length(fabric.drawdown, fabric.pick_spacing, fabric.end_spacing)
        self._touches = scene.fabric.crimp == "touching"
        self._shares = {f"yarns.{yarn.name}.radius": sum(share) for yarn, share in zip(fabric.yarns, fabric.yarn_share)}
        self.names = ()
        if scene.crimped:
            self.names = (*self._shares,) if self._touches else ("fabric.pick_crimp", "fabric.end_crimp")

    def crimps(self, value: Values) -> np.ndarray:
        """[2] of the picks and of the ends, at these values."""
        if not self._touches:
            return np.array([float(value(name)) for name in self.names])
        return np.array([touching_crimp(self._rise(value), spacing) for spacing in self._spacings])

    def slope(self, name: str, value: Values) -> np.ndarray:
        """[2] their derivative by a parameter's value; 0 where it is none of `names`."""
        if name not in self.names:
            return np.zeros(2)
        if not self._touches:
            return np.array([name == each for each in self.names], float)
        rise = self._rise(value)
        ratios = np.array([rise / spacing for spacing in self._spacings])
        return self._shares[name] * ratios / np.hypot(1.0, ratios) / self._spacings

    def moved(self, change: np.ndarray) -> np.ndarray:
        """[picks, ends, 2] m, what sliding coordinates and anchors at rest change by where the crimps do by [2]."""
        return self._lengths * change

    def _rise(self, value: Values) -> float:
        return sum(share * float(value(name)) for name, share in self._shares.items())
