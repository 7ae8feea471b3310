import pytest
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, Vt
from usd_cloth import usd_run

import usd_export
from warp_fabric.errors import UsdError


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.usdc", {}),
        ("a.usda", {"plies": 2}),
        ("a.usdc", {"plies": 7, "unit": "cm", "up_axis": "Y", "clips": 4}),
        ("a.usdz", {"up_axis": "Y"}),
        ("a.usdc", {"layers": True, "unit": "cm"}),
        ("a.usdc", {"clips": 2, "time_codes_per_second": 24.0}),
        ("a.usdc", {"sim_curves": True, "velocities": False}),
        ("a.usdc", {"surface": False, "materials": False, "samples_per_crossing": 3}),
        ("a.usdc", {"yarns": False, "up_axis": "Y"}),
        ("a.usdc", {"pins": False, "samples_per_crossing": 7}),
    ],
)
def test_exports_are_clean(tmp_path, name, options):
    assert usd_export.check(usd_export.export(usd_run(), tmp_path / name, **options)) == []


@pytest.mark.parametrize(
    ("frames", "changes"),
    [
        (1, {}),
        (2, {}),
        (1, {"time__integrator": "static"}),
        (6, {"fabric__picks": 1}),
        (6, {"fabric__ends": 1, "pins": []}),
        (2, {"fabric__ends": 2, "fabric__picks": 2, "pins": []}),
        (6, {"fabric__origin": [1e4, -2e4, 3e3], "pins": []}),
        (6, {"fabric__pose": "hanging", "fabric__weave": "plain"}),
    ],
)
@pytest.mark.parametrize("options", [{}, {"plies": 3, "unit": "cm", "up_axis": "Y"}])
def test_exports_of_all_kinds_of_cloths_are_clean(tmp_path, frames, changes, options):
    run = usd_run(frames, **changes)
    assert usd_export.check(usd_export.export(run, tmp_path / "cloth.usdc", **options)) == []


def test_the_cloth_as_a_whole_is_checked(tmp_path):
    def edit(stage):
        stage.RemovePrim("/Cloth/Yarns/ends_thick")
        UsdShade.MaterialBindingAPI(stage.GetPrimAtPath("/Cloth/Surface")).UnbindAllBindings()
        points = UsdGeom.BasisCurves(stage.GetPrimAtPath("/Cloth/Yarns/picks_thin")).GetPointsAttr()
        for time in points.GetTimeSamples():
            points.Set(Vt.Vec3fArray([point + Gf.Vec3f(0.0, 0.02, 0.0) for point in points.Get(time)]), time)

    told = changed(tmp_path, edit)
    assert any("3 of 7 ends are missing" in each for each in told)
    assert any(each == "warning /Cloth/Surface: it has no material, while others beside it do" for each in told)
    assert any("20 of 35 crossings" in each and "yarns do not lie on each other" in each for each in told)


@pytest.mark.parametrize("lost", [None, "ends_thick"])
def test_progress_ends_with_all_done(tmp_path, lost):
    path = usd_export.export(usd_run(), tmp_path / "cloth.usdc")
    if lost:
        stage = Usd.Stage.Open(str(path))
        stage.GetPrimAtPath(f"/Cloth/Yarns/{lost}").GetAttribute("widths").Set([1.0])
        stage.Save()
        del stage
    told = []
    usd_export.check(path, progress=lambda done, count: told.append((done, count)))
    assert told[-1] == (4 * 6 + 2 + 6, 4 * 6 + 2 + 6)  # yarns and surface, pins, frames of the cloth
    assert {count for _done, count in told} == {32}
    assert [done for done, _count in told] == [*range(1, 33)]


def changed(folder, edit, **options):
    """What is found after a change to an export."""
    path = usd_export.export(usd_run(), folder / "cloth.usdc", **options)
    stage = Usd.Stage.Open(str(path))
    edit(stage)
    stage.Save()
    del stage
    return [f"{each.severity} {each.path}: {each.what}" for each in usd_export.check(path)]


def test_wrong_curves_are_found_which_the_stock_validators_pass(tmp_path):
    def edit(stage):
        curves = UsdGeom.BasisCurves(stage.GetPrimAtPath("/Cloth/Yarns/ends_thin"))
        curves.GetCurveVertexCountsAttr().Set(Vt.IntArray([17, 17, 17]))

    (told,) = changed(tmp_path, edit)
    assert told == "error /Cloth/Yarns/ends_thin: curveVertexCounts add up to 51, and there are 68 points"


def test_the_stock_validators_are_run(tmp_path):
    def edit(stage):
        stage.ClearDefaultPrim()
        UsdShade.Shader(stage.GetPrimAtPath("/Cloth/Looks/thin/Preview")).GetIdAttr().Set("NoSuchSurface")

    told = changed(tmp_path, edit)
    assert any("NoSuchSurface" in each and each.startswith("error /Cloth/Looks/thin") for each in told)
    assert any("defaultPrim" in each for each in told)


def test_other_variants_are_validated_too(tmp_path):
    def edit(stage):
        prim = stage.GetDefaultPrim()
        variants = prim.GetVariantSet("materials")
        variants.SetVariantSelection("materialx")
        with variants.GetVariantEditContext():
            UsdShade.Shader(stage.GetPrimAtPath("/Cloth/Looks/thin/MtlxSurface")).GetIdAttr().Set("NoSuchSurface")
        variants.SetVariantSelection("preview")

    (told,) = changed(tmp_path, edit)
    assert "NoSuchSurface" in told
    assert told.endswith("(in the variant materials=materialx)")


def test_materialx_as_the_choice_is_no_error(tmp_path):
    def edit(stage):
        stage.GetDefaultPrim().GetVariantSet("materials").SetVariantSelection("materialx")

    assert changed(tmp_path, edit) == []


@pytest.mark.parametrize(
    ("first", "last", "says"), [(0, 3, "are played"), (-2, 5, "stands still"), (5, 0, "ends before")]
)
def test_time_ranges(tmp_path, first, last, says):
    def edit(stage):
        stage.GetRootLayer().startTimeCode, stage.GetRootLayer().endTimeCode = first, last

    told = changed(tmp_path, edit)
    assert told
    assert all(says in each for each in told)


def test_a_time_range_that_ends_before_it_starts_is_wrong_for_still_cloth_too(tmp_path):
    path = usd_export.export(usd_run(1), tmp_path / "cloth.usdc")
    stage = Usd.Stage.Open(str(path))
    stage.GetRootLayer().startTimeCode, stage.GetRootLayer().endTimeCode = 5, 0
    stage.Save()
    del stage
    (finding,) = usd_export.check(path)
    assert (finding.severity, finding.path) == ("error", "")
    assert finding.what == "it starts at time code 5 and ends before, at 0"


@pytest.mark.parametrize("unit", [0.0, -0.01, float("inf"), float("nan")])
def test_units_are_lengths(tmp_path, unit):
    (told,) = changed(tmp_path, lambda stage: UsdGeom.SetStageMetersPerUnit(stage, unit))
    assert told == f"error : a unit of {unit:g} metres: nothing has a size"


def test_a_unit_that_is_not_given_is_usds_own(tmp_path):
    """Which is the centimetre: a cloth in metres is then a hundred times too small."""
    told = changed(tmp_path, lambda stage: stage.ClearMetadata("metersPerUnit"))
    assert told
    assert not any("a unit of" in each for each in told)


def test_no_time_range(tmp_path):
    def edit(stage):
        stage.GetRootLayer().ClearStartTimeCode()
        stage.GetRootLayer().ClearEndTimeCode()

    assert changed(tmp_path, edit) == ["error : it moves, but has no start and end time code"]


@pytest.mark.parametrize(("options", "lost"), [({"layers": True}, "samples"), ({"clips": 2}, "clip.0002")])
def test_lost_companions(tmp_path, options, lost, capfd):
    path = usd_export.export(usd_run(), tmp_path / "cloth.usdc", **options)
    (tmp_path / f"cloth.{lost}.usdc").unlink()
    found = usd_export.check(path)
    assert any(f"cloth.{lost}.usdc" in each.what and each.severity == "error" for each in found)
    assert capfd.readouterr() == ("", "")


def test_nothing_to_see(tmp_path):
    stage = Usd.Stage.CreateNew(str(tmp_path / "empty.usda"))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    stage.SetDefaultPrim(stage.DefinePrim("/Cloth", "Xform"))
    stage.Save()
    (finding,) = usd_export.check(tmp_path / "empty.usda")
    assert "no curves, meshes or points" in finding.what


def test_files_that_cannot_be_read(tmp_path):
    path = usd_export.export(usd_run(), tmp_path / "cloth.usdc")
    (tmp_path / "half.usdc").write_bytes(path.read_bytes()[:20_000])
    (tmp_path / "text.usda").write_text("hello")
    for name in ("half.usdc", "text.usda", "none.usdc"):
        with pytest.raises(UsdError) as caught:
            usd_export.check(tmp_path / name)
        assert name in str(caught.value)
        assert "pxrInternal" not in str(caught.value)


def test_without_the_stock_validators_it_says_so(tmp_path, monkeypatch):
    import sys

    import pxr

    path = usd_export.export(usd_run(), tmp_path / "cloth.usdc")
    monkeypatch.setitem(sys.modules, "pxr.UsdValidation", None)
    monkeypatch.delattr(pxr, "UsdValidation", raising=False)
    (finding,) = usd_export.check(path)
    assert (finding.severity, finding.fix) == ("warning", "pip install --upgrade usd-core")
    assert Sdf.Layer.FindOrOpen(str(path))
