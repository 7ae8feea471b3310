from exported import exported
from pxr import UsdGeom, UsdShade, Vt

from usd_export.checks.findings import Findings
from usd_export.checks.material_checks import check_materials


def found(stage):
    findings = Findings()
    prims = [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.PointBased)]
    check_materials([prims], findings)
    return [f"{each.severity} {each.path}" for each in findings.list()]


def test_all_or_none_have_materials(tmp_path):
    assert found(exported(tmp_path)) == []
    assert found(exported(tmp_path, "bare.usdc", materials=False)) == []


def test_a_binding_that_was_lost(tmp_path):
    stage = exported(tmp_path)
    prim = stage.GetPrimAtPath("/Cloth/Yarns/ends_thin")
    UsdShade.MaterialBindingAPI(prim).UnbindAllBindings()
    assert found(stage) == ["warning /Cloth/Yarns/ends_thin"]
    UsdGeom.Imageable(prim.GetParent()).GetPurposeAttr().Set("guide")
    assert found(stage) == []


def test_parts_of_a_mesh_may_have_materials_instead(tmp_path):
    stage = exported(tmp_path)
    prim = stage.GetPrimAtPath("/Cloth/Surface")
    material = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()[0]
    UsdShade.MaterialBindingAPI(prim).UnbindAllBindings()
    assert found(stage) == ["warning /Cloth/Surface"]
    part = UsdGeom.Subset.CreateGeomSubset(UsdGeom.Mesh(prim), "part", "face", Vt.IntArray([0]), "materialBind")
    UsdShade.MaterialBindingAPI.Apply(part.GetPrim()).Bind(material)
    assert found(stage) == []
