"""How sliding coordinates at rest follow the crimp: they are arc lengths, and change with it. NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from warp_fabric.fabric import touching_crimp
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import gathered, gives

Values = Callable[[str], Any]
"""The present value of a parameter, by its dotted name."""


class CrimpedRest:
    """Of one scene, of F fabrics.

    Args:
        follows: Whether the first state is that at rest; where it is another, nothing follows.

    Attributes:
        names: The parameters that it follows: the two crimps, or, where yarns touch, their radii.
        lengths: [*scene.grid, 2] m, how much of the cloth before each crossing is interlaced: what sliding coordinates
            change by where the crimps (of picks, of ends) change by 1.
        fabric: [*scene.grid] which fabric each crossing is of.
    """

    def __init__(self, scene: Scene, follows: bool = True) -> None:
        self._parts = [_OfFabric(scene, k) for k in range(len(scene.parts) * follows)]
        self.names = tuple(dict.fromkeys(name for part in self._parts for name in part.names))
        self.lengths = gathered(scene, (part.build().interlaced_length for part in scene.parts))
        self.fabric = gathered(scene, (np.full(part.grid, k) for k, part in enumerate(scene.parts)))

    def crimps(self, value: Values, hypot: Callable = np.hypot) -> list[list[Any]]:
        """That of the picks, and that of the ends, of each fabric at these values.

        Args:
            hypot: That of what the values are: NumPy's numbers, torch's tensors.
        """
        return [part.crimps(value, hypot) for part in self._parts]

    def slope(self, name: str, value: Values) -> np.ndarray:
        """[F, 2] their derivative by a parameter's value; 0 where it is none of `names`."""
        return np.array([part.slope(name, value) for part in self._parts]).reshape(-1, 2)

    def moved(self, change: Any, lengths: Any = None) -> Any:
        """[*scene.grid, 2] m, what sliding coordinates and anchors at rest change by where the crimps do by [F, 2].

        Args:
            lengths: As the attribute, of what `change` is.
        """
        return (self.lengths if lengths is None else lengths) * change[self.fabric]


class _OfFabric:
    """Of one of a scene's fabrics; see `CrimpedRest`."""

    def __init__(self, scene: Scene, k: int) -> None:
        part = scene.parts[k]
        fabric = part.build()
        self._spacings = fabric.real_spacings
        self._touches = part.fabric.crimp == "touching"
        self._shares = {f"yarns.{yarn.name}.radius": sum(share) for yarn, share in zip(fabric.yarns, fabric.yarn_share)}
        self.names = ()
        if part.crimped:
            own = scene.panels and gives(scene.panels[k], "end_crimp")
            table = f"panels.{scene.panels[k].name}" if own else "fabric"
            self.names = (*self._shares,) if self._touches else (f"{table}.pick_crimp", f"{table}.end_crimp")

    def crimps(self, value: Values, hypot: Callable) -> list[Any]:
        if not self._touches:
            return [value(name) for name in self.names] or [0.0, 0.0]
        rise = self._rise(value)
        return [touching_crimp(rise, spacing, hypot) for spacing in self._spacings]

    def slope(self, name: str, value: Values) -> np.ndarray:
        if name not in self.names:
            return np.zeros(2)
        if not self._touches:
            return np.array([name == each for each in self.names], float)
        rise = float(self._rise(value))
        ratios = np.array([rise / spacing for spacing in self._spacings])
        return self._shares[name] * ratios / np.hypot(1.0, ratios) / self._spacings

    def _rise(self, value: Values) -> Any:
        return sum(share * value(name) for name, share in self._shares.items())
