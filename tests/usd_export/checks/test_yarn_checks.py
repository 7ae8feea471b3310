import pytest
from exported import exported
from pxr import Gf, Sdf, UsdGeom

from usd_export.checks.cloth_reader import cloths_of
from usd_export.checks.findings import Findings
from usd_export.checks.yarn_checks import check_yarns


def found(stage):
    """What is found, and whether each prim's yarns can be looked at further."""
    findings = Findings()
    (cloth,) = cloths_of(stage)
    usable = [check_yarns(each, cloth, findings) for each in cloth.yarns]
    return findings.list(), usable


def curves(stage):
    return UsdGeom.BasisCurves(stage.GetPrimAtPath("/Cloth/Yarns/ends_thin"))


@pytest.mark.parametrize("options", [{}, {"plies": 2}, {"plies": 7, "unit": "cm", "up_axis": "Y"}])
def test_exports_are_what_they_say(tmp_path, options):
    assert found(exported(tmp_path, **options)) == ([], [True, True, True])


@pytest.mark.parametrize("options", [{}, {"plies": 3}, {"unit": "mm"}])
@pytest.mark.parametrize("factor", [0.5, 2.0, 1.02])
def test_widths_that_are_radii_or_in_another_unit(tmp_path, options, factor):
    stage = exported(tmp_path, **options)
    (width,) = curves(stage).GetWidthsAttr().Get()
    curves(stage).GetWidthsAttr().Set([factor * width])
    (finding,), usable = found(stage)
    assert (finding.severity, finding.path) == ("error", "/Cloth/Yarns/ends_thin.widths")
    assert finding.what == f"{factor * width:.3g} where the yarn's diameter is {width:.3g}"
    assert sorted(usable) == [False, True, True]
    curves(stage).GetWidthsAttr().Set([1.005 * width])
    assert found(stage)[0] == []


def test_another_unit_of_the_stage(tmp_path):
    stage = exported(tmp_path)
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    assert [each.severity for each in found(stage)[0]] == ["error"] * 3
    size = UsdGeom.XformCommonAPI(stage.GetDefaultPrim())  # right again: as programs place a cloth of another unit
    size.SetScale(Gf.Vec3f(100.0))
    assert found(stage)[0] == []


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("type", "linear", "linear catmullRom pinned"),
        ("basis", "bspline", "cubic bspline pinned"),
        ("wrap", "nonperiodic", "cubic catmullRom nonperiodic"),
    ],
)
def test_curves_of_another_kind(tmp_path, name, value, kind):
    stage = exported(tmp_path)
    curves(stage).GetPrim().GetAttribute(name).Set(value)
    (finding,), _usable = found(stage)
    assert (finding.severity, finding.path) == ("error", "/Cloth/Yarns/ends_thin")
    assert finding.what == f"its yarns are {kind} curves, not cubic catmullRom pinned"


def test_yarns_that_share_their_points_wrongly(tmp_path):
    stage = exported(tmp_path)
    counts = curves(stage).GetCurveVertexCountsAttr()
    first, second, *others = counts.Get()
    counts.Set([first + 1, second - 1, *others])
    (finding,), usable = found(stage)
    assert finding.severity == "error"
    assert finding.what == "its yarns have 16 to 18 points, and should all have the same"
    assert sorted(usable) == [False, True, True]


def test_yarns_without_sound_numbers(tmp_path):
    stage = exported(tmp_path, plies=2)
    prim = curves(stage).GetPrim()
    strands = prim.GetAttribute("primvars:plyId")
    strands.Set([-1] * len(strands.Get()))
    (finding,), usable = found(stage)
    assert (finding.severity, finding.path) == ("warning", "/Cloth/Yarns/ends_thin")
    assert "does not tell which yarns" in finding.what
    assert sorted(usable) == [False, True, True]
    stage = exported(tmp_path, "other.usdc")
    prim = curves(stage).GetPrim()
    prim.RemoveProperty("primvars:yarnId")
    prim.CreateAttribute("primvars:yarnId", Sdf.ValueTypeNames.Int).Set(3)
    (finding,), _usable = found(stage)
    assert "does not tell which yarns" in finding.what
