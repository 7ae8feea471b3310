import math

import numpy as np
import pytest
from exported import array, exported
from pxr import UsdGeom, UsdShade
from usd_cloth import usd_scene


@pytest.mark.parametrize(("unit", "scale"), [("m", 1.0), ("cm", 100.0)])
def test_linear_curves_with_the_proposed_attributes(unit, scale, tmp_path):
    stage = exported(tmp_path, sim_curves=True, unit=unit)
    fabric, yarn = usd_scene().build(), usd_scene().yarns["thick"]
    assert "PhysicsDeformableBodyAPI" in stage.GetPrimAtPath("/Cloth/Sim").GetPrimTypeInfo().GetAppliedAPISchemas()
    curves = UsdGeom.BasisCurves(stage.GetPrimAtPath("/Cloth/Sim/ends_thick"))
    schemas = curves.GetPrim().GetPrimTypeInfo().GetAppliedAPISchemas()
    assert "PhysicsCurvesDeformableSimAPI" in schemas
    assert (curves.GetTypeAttr().Get(), curves.GetWrapAttr().Get()) == ("linear", "nonperiodic")
    assert UsdGeom.Imageable(curves).ComputePurpose() == "guide"
    points = array(curves.GetPointsAttr()).reshape(3, 5, 3)
    np.testing.assert_allclose(points, scale * fabric.position[:, 1::2].swapaxes(0, 1), rtol=1e-6)
    assert array(curves.GetPrim().GetAttribute("physics:thicknesses")).tolist() == pytest.approx(
        [2 * yarn.radius * scale]
    )
    assert curves.GetPrim().GetAttribute("physics:thicknesses:elementType").Get() == "constant"
    material, _relation = UsdShade.MaterialBindingAPI(curves).ComputeBoundMaterial("physics")
    area = math.pi * yarn.radius**2
    for name, value in (
        ("density", yarn.linear_density / area / scale**3),
        ("youngsModulus", yarn.young_modulus / scale),
        ("curvesStretchStiffness", yarn.young_modulus * area * scale),
        ("curvesBendStiffness", yarn.bending_modulus * area * scale**3),
    ):
        assert material.GetPrim().GetAttribute(f"physics:{name}").Get() == pytest.approx(value, rel=1e-6)


def test_they_need_no_yarns(tmp_path):
    whole, alone = exported(tmp_path, sim_curves=True), exported(tmp_path, "b.usdc", sim_curves=True, yarns=False)
    assert not alone.GetPrimAtPath("/Cloth/Yarns")
    names = [prim.GetName() for prim in whole.GetPrimAtPath("/Cloth/Sim").GetChildren()]
    assert [prim.GetName() for prim in alone.GetPrimAtPath("/Cloth/Sim").GetChildren()] == names != []
    for name in names:
        one, other = (UsdGeom.PointBased(each.GetPrimAtPath(f"/Cloth/Sim/{name}")) for each in (whole, alone))
        assert np.array_equal(array(one.GetPointsAttr()), array(other.GetPointsAttr()))
        assert UsdShade.MaterialBindingAPI(other).ComputeBoundMaterial("physics")[0]


def test_only_where_asked(tmp_path):
    assert not exported(tmp_path).GetPrimAtPath("/Cloth/Sim")
