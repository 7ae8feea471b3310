"""A set of linear curves at the crossings with the proposed attributes for deformable curves, for other solvers.

The names and units follow the proposal "Deformable Body Physics in USD" (OpenUSD-proposals, pull request 111) as
NVIDIA Newton reads it: thickness on the geometry, structural stiffnesses (EA, EI) on a material bound for physics.
USD has no schema for them yet: they are plain attributes and names of applied schemas. Contact, friction and sliding
between yarns have no place in it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pxr import Sdf, Usd, UsdGeom, UsdShade, Vt

from usd_export.stage import LOOKS, Placement, vec3f

if TYPE_CHECKING:
    from usd_export.yarn_curves import YarnCurves
    from usd_export.yarn_lines import Group

SIM = "Sim"
"""The name of the prim that a fabric's curves at rest lie under."""


def define_sim_curves(stage: Usd.Stage, curves: YarnCurves, placement: Placement) -> None:
    """Write the curves at rest, one prim for each yarn and direction, and their physical materials.

    Also where the yarns themselves are left out.
    """
    if not curves.every:
        return
    sim, looks = placement.root.AppendChild(SIM), placement.root.AppendChild(LOOKS.name)
    body = UsdGeom.Xform.Define(stage, sim)
    body.CreatePurposeAttr().Set(UsdGeom.Tokens.guide)
    body.GetPrim().AddAppliedSchema("PhysicsDeformableBodyAPI")
    stage.DefinePrim(looks, "Scope")
    rest = curves.fabric.position
    for name, group in curves.every.items():
        made = UsdGeom.BasisCurves.Define(stage, sim.AppendChild(name))
        made.GetPrim().AddAppliedSchema("PhysicsCurvesDeformableSimAPI")
        made.CreateTypeAttr(UsdGeom.Tokens.linear)
        made.CreateWrapAttr(UsdGeom.Tokens.nonperiodic)
        lines = group.runs.flat(group.runs.rows(rest.swapaxes(0, 1) if group.direction == "end" else rest), 1)
        made.CreateCurveVertexCountsAttr(Vt.IntArray.FromNumpy(group.runs.crossings))
        points = vec3f(placement.points(lines))
        made.CreatePointsAttr(points)
        thickness = Vt.FloatArray([2.0 * group.yarn.radius * placement.scale])
        made.CreateWidthsAttr(thickness)
        made.SetWidthsInterpolation(UsdGeom.Tokens.constant)
        made.CreateExtentAttr(UsdGeom.Curves.ComputeExtent(points, thickness))
        _write(made.GetPrim(), "thicknesses", Sdf.ValueTypeNames.FloatArray, thickness)
        _write(made.GetPrim(), "thicknesses:elementType", Sdf.ValueTypeNames.Token, "constant")
        material = _material(stage, looks.AppendChild(f"{name}_physics"), group, placement.scale)
        UsdShade.MaterialBindingAPI.Apply(made.GetPrim()).Bind(material, materialPurpose="physics")


def _material(stage: Usd.Stage, path: Sdf.Path, group: Group, scale: float) -> UsdShade.Material:
    """Forces in kg stage-unit / s2; a stage unit is 1 / scale metres."""
    material, yarn = UsdShade.Material.Define(stage, path), group.yarn
    material.GetPrim().AddAppliedSchema("PhysicsMaterialAPI")
    material.GetPrim().AddAppliedSchema("PhysicsCurvesDeformableMaterialAPI")
    area = math.pi * yarn.radius**2
    for name, value in (
        ("density", yarn.linear_density / area / scale**3),
        ("youngsModulus", yarn.young_modulus / scale),
        ("curvesStretchStiffness", yarn.young_modulus * area * scale),
        ("curvesBendStiffness", yarn.bending_modulus * area * scale**3),
    ):
        _write(material.GetPrim(), name, Sdf.ValueTypeNames.Float, value)
    return material


def _write(prim: Usd.Prim, name: str, kind: Sdf.ValueTypeName, value: Any) -> None:
    prim.CreateAttribute(f"physics:{name}", kind, False).Set(value)
