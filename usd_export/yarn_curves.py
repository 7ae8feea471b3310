"""Yarns as `UsdGeomBasisCurves`: one prim for each yarn and direction, every yarn (or ply) one curve of it.

What renderers agree on (measured): Catmull-Rom with `pinned` ends and constant widths. Blender reads pinned B-splines
short and per-curve widths wrong, but per-curve (uniform) colours and numbers right. Normals would make ribbons.

Texture coordinates are those of the surface, at rest: a picture on the cloth is the same on its yarns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pxr import Sdf, Usd, UsdGeom, Vt

from usd_export.metadata import describe_yarn
from usd_export.options import Options
from usd_export.stage import LENGTHS, UV, Placement, linear, prim_name, vec3f, write_coordinates, write_primvar
from usd_export.yarn_lines import Group, YarnLines
from warp_fabric.geometry import cloth_uv, relief_of

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric

YARNS = "Yarns"
"""The name of the prim that a fabric's yarns lie under."""


class YarnCurves:
    """The yarns of an export.

    Attributes:
        animated: Type of each attribute that has samples.
        scope: The path of the prim above them.
        prims: The path of each group's prim; none where yarns are left out.
        groups: The groups, in the same order.
        every: All groups by the name of their prim, also where yarns are left out.
    """

    def __init__(self, fabric: Fabric, options: Options, placement: Placement) -> None:
        self.options, self.placement, self.fabric = options, placement, fabric
        self.lines = YarnLines(fabric, options)
        taken: set[str] = set()
        self.every = {prim_name(f"{each.direction}s_{each.yarn.name}", taken): each for each in self.lines.groups}
        self.scope = placement.root.AppendChild(YARNS)
        self.prims = [self.scope.AppendChild(name) for name in self.every] if options.yarns else []
        self.groups = self.lines.groups if options.yarns else []
        self.animated: dict[Sdf.Path, Sdf.ValueTypeName] = {}
        for prim in self.prims:
            self.animated[prim.AppendProperty("points")] = Sdf.ValueTypeNames.Point3fArray
            self.animated[prim.AppendProperty("extent")] = Sdf.ValueTypeNames.Float3Array
            if options.velocities:
                self.animated[prim.AppendProperty("velocities")] = Sdf.ValueTypeNames.Vector3fArray

    def define(self, stage: Usd.Stage) -> None:
        """Write all that does not change."""
        if not self.groups:
            return
        scope = UsdGeom.Xform.Define(stage, self.scope)
        purpose = self.options.yarn_purpose or ("render" if self.options.surface else "default")
        scope.CreatePurposeAttr().Set("default" if purpose == "default" else purpose)
        places = [self.lines.across(each) for each in (self.fabric.sliding, cloth_uv(self.fabric.layout))]
        for prim, group, fraction, *at in zip(self.prims, self.groups, self.lines.fractions(), *places):
            curves = UsdGeom.BasisCurves.Define(stage, prim)
            self._define(curves, group, fraction)
            for name, values in zip((LENGTHS, UV), at):
                write_coordinates(curves, name, values)

    def samples(self, frame: Mapping[str, Any]) -> dict[Sdf.Path, Any]:
        """Values of the animated attributes at one moment.

        Args:
            frame: Arrays by name as a trajectory has them.
        """
        if not self.groups:
            return {}
        if self.options.velocities:
            points, velocities = self.lines.moving(frame)
        else:
            relief = relief_of(self.fabric, frame.get("interchange"), frame.get("flattening"))
            points, velocities = self.lines.at(frame["position"], frame["sliding"], relief), []
        values: dict[Sdf.Path, Any] = {}
        for k, (prim, group) in enumerate(zip(self.prims, self.groups)):
            at = vec3f(self.placement.points(points[k]))
            values[prim.AppendProperty("points")] = at
            # The points' box and half the width on every side, just as USD computes it and validators want it, though
            # between points curves stand out of it by less than a tenth of a radius.
            values[prim.AppendProperty("extent")] = UsdGeom.Curves.ComputeExtent(at, self._widths(group))
            if velocities:
                values[prim.AppendProperty("velocities")] = vec3f(self.placement.vectors(velocities[k]))
        return values

    def _widths(self, group: Group) -> Vt.FloatArray:
        return Vt.FloatArray([2.0 * group.radius * self.placement.scale])

    def _define(self, curves: UsdGeom.BasisCurves, group: Group, fraction: NDArray[np.float32]) -> None:
        curves.CreateTypeAttr(UsdGeom.Tokens.cubic)
        curves.CreateBasisAttr(UsdGeom.Tokens.catmullRom)
        curves.CreateWrapAttr(UsdGeom.Tokens.pinned)
        curves.CreateCurveVertexCountsAttr(Vt.IntArray.FromNumpy(group.counts))
        curves.CreateWidthsAttr(self._widths(group))
        curves.SetWidthsInterpolation(UsdGeom.Tokens.constant)
        plies = group.plies
        color = np.repeat(linear(group.color), plies, axis=0)
        write_primvar(curves.CreateDisplayColorPrimvar(UsdGeom.Tokens.uniform), color)
        primvars = UsdGeom.PrimvarsAPI(curves)
        first = 0 if group.direction == "end" else self.fabric.end_count
        numbers = np.repeat(first + group.members, plies).astype(np.int32)
        kinds = Sdf.ValueTypeNames
        primvars.CreatePrimvar("yarnId", kinds.IntArray, UsdGeom.Tokens.uniform).Set(Vt.IntArray.FromNumpy(numbers))
        if plies > 1:
            strands = Vt.IntArray.FromNumpy(np.tile(np.arange(plies, dtype=np.int32), len(group.members)))
            primvars.CreatePrimvar("plyId", kinds.IntArray, UsdGeom.Tokens.uniform).Set(strands)
        along = primvars.CreatePrimvar("yarnLength", kinds.FloatArray, UsdGeom.Tokens.vertex)
        write_primvar(along, fraction)
        describe_yarn(curves.GetPrim(), group.yarn, group.direction)
