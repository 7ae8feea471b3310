"""The prims of one fabric: its yarns, its surface, its pins, and what it is physically."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from usd_export.crimp_values import CrimpValues
from usd_export.guides import define_pins
from usd_export.metadata import describe_fabric
from usd_export.sim_curves import define_sim_curves
from usd_export.stage import LOOKS, ROOT, Placement, prim_name
from usd_export.surface_mesh import SurfaceMesh
from usd_export.yarn_curves import YarnCurves
from warp_fabric.real_cloth import RealFrames

if TYPE_CHECKING:
    from usd_export.options import Options
    from warp_fabric.scene import Scene


class FabricPrims:
    """One fabric of an export.

    Args:
        scene: Of that fabric alone. options: What is exported, and how.
        placement: From the simulation to the stage; its root is what the fabric lies under.
        panel: Which panel it is; None: the scene has none.

    Attributes:
        curves, surface: Its yarns, its surface.
        animated: Type of each attribute that has samples.
    """

    def __init__(self, scene: Scene, options: Options, placement: Placement, panel: str | None = None) -> None:
        self.scene, self.options, self.placement, self.panel = scene, options, placement, panel
        self.curves = YarnCurves(scene.real_fabric, options, placement)
        self.surface = SurfaceMesh(scene.real_fabric, options, placement)
        self._real = None if scene.bundling is None else RealFrames(scene)
        self._crimp = CrimpValues(scene, placement.root)
        self._parts = (self.curves, self.surface, self._crimp)
        self.animated: dict[Sdf.Path, Sdf.ValueTypeName] = {}
        for part in self._parts:
            self.animated |= part.animated

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of it to be seen."""
        return not (self.curves.prims or self.surface.prims)

    def define(self, stage: Usd.Stage) -> None:
        """Write what comes before the materials."""
        root, move = UsdGeom.Xform.Define(stage, self.placement.root), self.placement.move()
        if move is not None:
            root.AddTransformOp().Set(move)
        describe_fabric(stage.GetPrimAtPath(self.placement.root), self.scene.real_fabric, self.panel)
        for part in self._parts:
            part.define(stage)

    def define_guides(self, stage: Usd.Stage) -> None:
        """Write what comes after the materials."""
        define_pins(stage, self.scene, self.options, self.placement)
        if self.options.sim_curves:
            define_sim_curves(stage, self.curves, self.placement)

    def samples(self, time: float, frame: Mapping[str, np.ndarray]) -> dict[Sdf.Path, Any]:
        """Values of the animated attributes at one moment.

        Args:
            time: [s]. frame: Arrays by name as a trajectory has them, of this fabric.
        """
        frame = frame if self._real is None else self._real.frame(frame)
        arrays = {**frame, **self._crimp.rates(time, frame)}
        return {path: value for part in self._parts for path, value in part.samples(arrays).items()}


def fabrics_of(scene: Scene, options: Options) -> list[FabricPrims]:
    """The fabrics of a scene: the cloth itself at the root, or panels below it."""
    placement = Placement.of(options, scene.parts[0].real_fabric, scene.time.frames_per_second)
    taken, frames = {LOOKS.name}, options.frames_of([panel.name for panel in scene.panels])
    if not scene.panels:
        return [FabricPrims(scene, options, placement)]
    return [
        FabricPrims(part, options, replace(placement, root=ROOT.AppendChild(prim_name(name, taken)), frame=frame), name)
        for (name, frame), part in zip(frames.items(), scene.parts)
    ]
