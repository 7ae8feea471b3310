"""How sliding coordinates at rest follow the crimp: they are arc lengths, and change with it. NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from warp_fabric.fabric import touching_crimp
from warp_fabric.scene import Scene

Values = Callable[[str], Any]
"""The present value of a parameter, by its dotted name."""


class CrimpedRest:
    """Of one scene.

    Args:
        follows: Whether the first state is that at rest; where it is another, nothing follows.

    Attributes:
        names: The parameters that it follows: the two crimps, or, where yarns touch, their radii.
        lengths: [picks, ends, 2] m, how much of the cloth before each crossing is interlaced: what sliding coordinates
            change by where the crimps (of picks, of ends) change by 1.
    """

    def __init__(self, scene: Scene, follows: bool = True) -> None:
        fabric = scene.build()
        self._spacings = fabric.real_spacings
        self.lengths = fabric.interlaced_length
        self._touches = scene.fabric.crimp == "touching"
        self._shares = {f"yarns.{yarn.name}.radius": sum(share) for yarn, share in zip(fabric.yarns, fabric.yarn_share)}
        self.names = ()
        if scene.crimped and follows:
            self.names = (*self._shares,) if self._touches else ("fabric.pick_crimp", "fabric.end_crimp")

    def crimps(self, value: Values, hypot: Callable = np.hypot) -> list[Any]:
        """That of the picks, and that of the ends, at these values.

        Args:
            hypot: That of what the values are: NumPy's numbers, torch's tensors.
        """
        if not self._touches:
            return [value(name) for name in self.names]
        rise = self._rise(value)
        return [touching_crimp(rise, spacing, hypot) for spacing in self._spacings]

    def slope(self, name: str, value: Values) -> np.ndarray:
        """[2] their derivative by a parameter's value; 0 where it is none of `names`."""
        if name not in self.names:
            return np.zeros(2)
        if not self._touches:
            return np.array([name == each for each in self.names], float)
        rise = float(self._rise(value))
        ratios = np.array([rise / spacing for spacing in self._spacings])
        return self._shares[name] * ratios / np.hypot(1.0, ratios) / self._spacings

    def moved(self, change: np.ndarray) -> np.ndarray:
        """[picks, ends, 2] m, what sliding coordinates and anchors at rest change by where the crimps do by [2]."""
        return self.lengths * change

    def _rise(self, value: Values) -> Any:
        return sum(share * value(name) for name, share in self._shares.items())
