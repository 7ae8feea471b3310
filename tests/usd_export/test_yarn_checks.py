import pytest
from exported import curves_of, exported
from pxr import Sdf, UsdGeom
from usd_cloth import usd_run

from usd_export import yarn_checks
from usd_export.findings import Findings
from usd_export.telling import Tally
from usd_export.yarn_checks import check_yarns
from warp_fabric.geometry import centre_lines, clearance

THICK = {"yarns__thin__radius": 4.0e-4, "yarns__thick__radius": 4.5e-4}


def found(stage):
    findings = Findings()
    check_yarns([curves.GetPrim() for curves in curves_of(stage).values()], findings, Tally())
    return findings.list()


@pytest.mark.parametrize("options", [{}, {"plies": 2}, {"plies": 3, "unit": "cm", "up_axis": "Y"}])
def test_yarns_with_room_pass_and_thick_ones_do_not(tmp_path, options):
    assert found(exported(tmp_path, **options)) == []
    run = usd_run(**THICK)
    stage = exported(tmp_path, "thick.usdc", run=run, **options)
    (finding,) = found(stage)
    samples = (next(iter(curves_of(stage).values())).GetCurveVertexCountsAttr().Get()[0] - 1) // 4
    lines = centre_lines(run.fabric, run.position[0], samples)
    ratio = clearance(run.fabric, *lines)
    assert ratio.min() < 0.9
    assert (finding.severity, finding.path, finding.time) == ("warning", "/Cloth/Yarns", 0.0)
    assert finding.times == len(run.time)
    assert finding.what.endswith(f"as near as {ratio.min():.2f} of their radii")
    assert finding.what.startswith(f"{(ratio < 0.95).sum()} of 35 crossings interpenetrate")


def test_long_runs_are_looked_at_here_and_there(tmp_path, monkeypatch):
    monkeypatch.setattr(yarn_checks, "MOST_CROSSINGS", 3 * 35)
    (finding,) = found(exported(tmp_path, run=usd_run(frames=9, **THICK)))
    assert finding.times == 3


def test_part_of_a_cloth_says_nothing(tmp_path):
    stage = exported(tmp_path, run=usd_run(**THICK))
    prims = [curves.GetPrim() for curves in curves_of(stage).values()]
    for left_out in range(len(prims)):
        findings = Findings()
        check_yarns([prim for k, prim in enumerate(prims) if k != left_out], findings, Tally())
        assert findings.list() == []
    prims[0].GetAttribute("primvars:yarnId").Clear()
    assert found(stage) == []


def test_plies_that_cannot_be_are_not_judged(tmp_path):
    stage = exported(tmp_path, run=usd_run(**THICK), plies=2)
    curves = next(iter(curves_of(stage).values()))
    strands = curves.GetPrim().GetAttribute("primvars:plyId")
    strands.Set([-1] * len(strands.Get()))
    assert found(stage) == []


@pytest.mark.parametrize("options", [{}, {"plies": 3}, {"unit": "mm"}])
def test_widths_that_are_radii_or_in_another_unit(tmp_path, options):
    stage = exported(tmp_path, **options)
    curves = next(iter(curves_of(stage).values()))
    (width,) = curves.GetWidthsAttr().Get()
    curves.GetWidthsAttr().Set([0.5 * width])
    (finding,) = found(stage)
    assert (finding.severity, finding.path) == ("warning", f"{curves.GetPath()}.widths")
    assert finding.what == f"{0.5 * width:.3g} where the yarn's diameter is {width:.3g}"
    curves.GetWidthsAttr().Set([width])
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    assert len(found(stage)) == len(curves_of(stage))
    size = UsdGeom.XformCommonAPI(stage.GetDefaultPrim())  # right again: as programs place a cloth of another unit
    size.SetScale([100.0 * {"mm": 0.001}.get(options.get("unit", "m"), 1.0)] * 3)
    assert found(stage) == []


def test_yarns_that_share_their_points_wrongly(tmp_path):
    stage = exported(tmp_path)
    curves = next(iter(curves_of(stage).values()))
    counts = list(curves.GetCurveVertexCountsAttr().Get())
    curves.GetCurveVertexCountsAttr().Set([counts[0] + 1, counts[1] - 1, *counts[2:]])
    (finding,) = found(stage)
    assert finding.severity == "error"
    assert finding.what == "its yarns have 16 to 18 points, and should all have the same"


def test_yarns_without_sound_numbers_are_not_judged(tmp_path):
    stage = exported(tmp_path, run=usd_run(**THICK))
    curves = next(iter(curves_of(stage).values()))
    curves.GetPrim().RemoveProperty("primvars:yarnId")
    curves.GetPrim().CreateAttribute("primvars:yarnId", Sdf.ValueTypeNames.Int).Set(3)
    assert found(stage) == []
