"""The cloth's surface as a `UsdGeomMesh` of quads between crossings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pxr import Sdf, Usd, UsdGeom, Vt

from usd_export.options import Options
from usd_export.stage import LENGTHS, UV, Placement, linear, vec2f, vec3f, write_coordinates, write_primvar
from usd_export.yarn_curves import YARNS
from warp_fabric.geometry import cloth_uv

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric

SURFACE = "Surface"
"""The name of the prim of a fabric's surface."""


class SurfaceMesh:
    """The surface of an export; there is none where the fabric has a single end or pick.

    Its first texture coordinates `st` are the sliding coordinates [m], pick's and end's, so that what is printed on
    the yarns slides with them; `st1` are the same at rest, and stay. `uv` are 0 to 1 over the uncut cloth, and stay.

    Attributes:
        animated: Type of each attribute that has samples.
        prims: The path of the mesh, or none.
    """

    def __init__(self, fabric: Fabric, options: Options, placement: Placement) -> None:
        self.options, self.placement, self.fabric = options, placement, fabric
        self._path = placement.root.AppendChild(SURFACE)
        there = options.surface and len(fabric.layout.quads) > 0
        self.prims = [self._path] if there else []
        self.animated: dict[Sdf.Path, Sdf.ValueTypeName] = {}
        if there:
            self.animated = {
                self._path.AppendProperty("points"): Sdf.ValueTypeNames.Point3fArray,
                self._path.AppendProperty("extent"): Sdf.ValueTypeNames.Float3Array,
                self._path.AppendProperty(f"primvars:{LENGTHS}"): Sdf.ValueTypeNames.TexCoord2fArray,
            }
            if options.velocities:
                self.animated[self._path.AppendProperty("velocities")] = Sdf.ValueTypeNames.Vector3fArray

    def define(self, stage: Usd.Stage) -> None:
        """Write all that does not change; after the yarns, which it may stand for."""
        if not self.prims:
            return
        mesh = UsdGeom.Mesh.Define(stage, self._path)
        purpose = self.options.surface_purpose or ("proxy" if self.options.yarns else "default")
        mesh.CreatePurposeAttr().Set(purpose)
        yarns = UsdGeom.Imageable(stage.GetPrimAtPath(self.placement.root.AppendChild(YARNS)))
        if purpose == UsdGeom.Tokens.proxy and yarns and yarns.GetPurposeAttr().Get() == UsdGeom.Tokens.render:
            yarns.SetProxyPrim(mesh)
        quads, layout = self.fabric.layout.quads, self.fabric.layout
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(quads), 4, np.int32)))
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(quads.reshape(-1))))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.catmullClark)
        mesh.CreateOrientationAttr(UsdGeom.Tokens.rightHanded)
        mesh.CreateDoubleSidedAttr(True)
        top = np.where(self.fabric.drawdown[..., None], self.fabric.end_color, self.fabric.pick_color[:, None])
        write_primvar(mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex), linear(layout.packed(top)))
        primvars, kind = UsdGeom.PrimvarsAPI(mesh), Sdf.ValueTypeNames.TexCoord2fArray
        primvars.CreatePrimvar(LENGTHS, kind, UsdGeom.Tokens.vertex)
        write_coordinates(mesh, "st1", layout.packed(self.fabric.sliding))
        write_coordinates(mesh, UV, layout.packed(cloth_uv(layout)))

    def samples(self, frame: Mapping[str, Any]) -> dict[Sdf.Path, Any]:
        """Values of the animated attributes at one moment.

        Args:
            frame: Arrays by name as a trajectory has them.
        """
        if not self.prims:
            return {}
        layout = self.fabric.layout
        points = vec3f(self.placement.points(layout.packed(frame["position"])))
        values = {
            self._path.AppendProperty("points"): points,
            self._path.AppendProperty("extent"): UsdGeom.PointBased.ComputeExtent(points),
            self._path.AppendProperty(f"primvars:{LENGTHS}"): vec2f(layout.packed(frame["sliding"])),
        }
        if self.options.velocities:
            velocity = layout.packed(frame["velocity"])
            values[self._path.AppendProperty("velocities")] = vec3f(self.placement.vectors(velocity))
        return values
