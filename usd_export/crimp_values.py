"""How crimped yarns are at the moment: numbers at the crossings, frame by frame, beside the scene in the metadata.

Centre lines tell them only together with the crossings: who looks for these, or for contact, needs both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pxr import Sdf, Usd, Vt

from usd_export.metadata import NAMESPACE
from usd_export.stage import ROOT
from warp_fabric.trajectory import RISES, components

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

DOCUMENTATION = {
    "interchange": "Half of what ends rise more between crossings than at rest, and picks less [m].",
    "flattening": "How much nearer centre lines are at crossings than at rest [m].",
}


class CrimpValues:
    """Those of a fabric; there are none without crimp. SI units, whatever the stage's are.

    Args:
        scene: Of that fabric. root: The prim that it lies under.

    Attributes:
        names: Of the arrays of a trajectory.
        animated: Type of each attribute that has samples.
    """

    def __init__(self, scene: Scene, root: Sdf.Path = ROOT) -> None:
        self.names, self._root = [name for name in RISES if name in components(scene)], root
        self.animated = {self._path(name): Sdf.ValueTypeNames.FloatArray for name in self.names}
        self._before: tuple[float, Mapping[str, Any]] | None = None

    def define(self, stage: Usd.Stage) -> None:
        """Write all that does not change."""
        for name in self.names:
            path = self._path(name)
            made = stage.GetPrimAtPath(self._root).CreateAttribute(path.name, Sdf.ValueTypeNames.FloatArray, True)
            made.SetDocumentation(f"{DOCUMENTATION[name]} Crossing by crossing, pick by pick.")

    def rates(self, time: float, frame: Mapping[str, Any]) -> dict[str, Any]:
        """How fast the values change [m/s], by name and "_rate", since the frame before; 0 in the first.

        A trajectory has no velocities of them, and a growing file does not know the frame to come.

        Args:
            time: [s].
            frame: Arrays by name as a trajectory has them.
        """
        before, self._before = self._before or (time - 1.0, frame), (time, frame)
        step = time - before[0]
        return {f"{name}_rate": (frame[name] - before[1][name]) / step for name in self.names}

    def samples(self, frame: Mapping[str, Any]) -> dict[Sdf.Path, Any]:
        """Values of the animated attributes at one moment.

        Args:
            frame: Arrays by name as a trajectory has them.
        """
        flat = {name: np.ascontiguousarray(np.ravel(frame[name]), np.float32) for name in self.names}
        return {self._path(name): Vt.FloatArray.FromNumpy(array) for name, array in flat.items()}

    def _path(self, name: str) -> Sdf.Path:
        return self._root.AppendProperty(f"{NAMESPACE}:{name}")
