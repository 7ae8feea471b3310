"""Materials: a UsdPreviewSurface for each yarn that every renderer reads, and a MaterialX one in a variant.

Both take their colour from `displayColor`, which has one value for each yarn, and fall back to the yarn's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade

from usd_export.stage import LOOKS, ROOT, linear, prim_name
from warp_fabric.obstacle_shapes import COLOR

if TYPE_CHECKING:
    from usd_export.surface_mesh import SurfaceMesh
    from usd_export.yarn_curves import YarnCurves

VARIANTS = "materials"
"""The variant set on the root prim."""
PREVIEW, MATERIALX = "preview", "materialx"
ROUGHNESS = 0.8
"""Of yarn: fibres scatter light every way."""
SHEEN = 0.4
"""Share of light that stands off the surface on fibre ends; MaterialX only."""


def define_materials(
    stage: Usd.Stage, fabrics: Sequence[tuple[YarnCurves, SurfaceMesh]], colliders: Sequence[Sdf.Path] = ()
) -> None:
    """Write the materials of all fabrics and obstacles and bind them; a yarn has one, wherever it is."""
    colors: dict[Sdf.Path, Gf.Vec3f] = {}
    by_yarn: dict[str, Sdf.Path] = {}
    taken: set[str] = set()
    stage.DefinePrim(LOOKS, "Scope")
    for prim, group in ((prim, group) for curves, _ in fabrics for prim, group in zip(curves.prims, curves.groups)):
        if group.yarn.name not in by_yarn:
            path = by_yarn[group.yarn.name] = LOOKS.AppendChild(prim_name(group.yarn.name, taken))
            colors[path] = _color(group.yarn.color)
        _bind(stage, prim, by_yarn[group.yarn.name])
    surfaces = [prim for _, surface in fabrics for prim in surface.prims]
    path = LOOKS.AppendChild(prim_name("cloth", taken))
    for prim in surfaces:
        colors[path] = Gf.Vec3f(0.5)
        _bind(stage, prim, path)
    if colliders:
        path = LOOKS.AppendChild(prim_name("obstacle", taken))
        colors[path] = Gf.Vec3f(*linear(np.array(COLOR)).tolist())
        for prim in colliders:
            _bind(stage, prim, path)
    for path, color in colors.items():
        _preview(stage, path, color)
    variants = stage.GetPrimAtPath(ROOT).GetVariantSets().AddVariantSet(VARIANTS)
    variants.AddVariant(PREVIEW)
    variants.AddVariant(MATERIALX)
    variants.SetVariantSelection(MATERIALX)
    with variants.GetVariantEditContext():
        for path, color in colors.items():
            _materialx(stage, path, color)
    variants.SetVariantSelection(PREVIEW)


def _bind(stage: Usd.Stage, prim: Sdf.Path, material: Sdf.Path) -> None:
    bound = UsdShade.Material.Define(stage, material)
    UsdShade.MaterialBindingAPI.Apply(stage.GetPrimAtPath(prim)).Bind(bound)


def _preview(stage: Usd.Stage, path: Sdf.Path, color: Gf.Vec3f) -> None:
    material = UsdShade.Material.Define(stage, path)
    reader = UsdShade.Shader.Define(stage, path.AppendChild("Color"))
    reader.CreateIdAttr("UsdPrimvarReader_float3")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set(str(UsdGeom.Tokens.primvarsDisplayColor)[9:])
    reader.CreateInput("fallback", Sdf.ValueTypeNames.Float3).Set(color)
    surface = UsdShade.Shader.Define(stage, path.AppendChild("Preview"))
    surface.CreateIdAttr("UsdPreviewSurface")
    seen = reader.CreateOutput("result", Sdf.ValueTypeNames.Float3)
    surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).ConnectToSource(seen)
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(ROUGHNESS)
    surface.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(0.0)
    material.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", Sdf.ValueTypeNames.Token))


def _materialx(stage: Usd.Stage, path: Sdf.Path, color: Gf.Vec3f) -> None:
    material = UsdShade.Material(stage.OverridePrim(path))
    reader = UsdShade.Shader.Define(stage, path.AppendChild("MtlxColor"))
    reader.CreateIdAttr("ND_geompropvalue_color3")
    reader.CreateInput("geomprop", Sdf.ValueTypeNames.String).Set("displayColor")
    reader.CreateInput("default", Sdf.ValueTypeNames.Color3f).Set(color)
    surface = UsdShade.Shader.Define(stage, path.AppendChild("MtlxSurface"))
    surface.CreateIdAttr("ND_standard_surface_surfaceshader")
    seen = reader.CreateOutput("out", Sdf.ValueTypeNames.Color3f)
    surface.CreateInput("base_color", Sdf.ValueTypeNames.Color3f).ConnectToSource(seen)
    surface.CreateInput("base", Sdf.ValueTypeNames.Float).Set(1.0)
    surface.CreateInput("specular", Sdf.ValueTypeNames.Float).Set(0.3)
    surface.CreateInput("specular_roughness", Sdf.ValueTypeNames.Float).Set(ROUGHNESS)
    surface.CreateInput("sheen", Sdf.ValueTypeNames.Float).Set(SHEEN)
    surface.CreateInput("sheen_color", Sdf.ValueTypeNames.Color3f).ConnectToSource(seen)
    made = surface.CreateOutput("out", Sdf.ValueTypeNames.Token)
    material.CreateSurfaceOutput("mtlx").ConnectToSource(made)


def _color(color: str) -> Gf.Vec3f:
    srgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255.0
    return Gf.Vec3f(*linear(srgb).tolist())
