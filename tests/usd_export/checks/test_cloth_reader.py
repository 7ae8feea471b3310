import numpy as np
import pytest
from exported import curves_of, exported
from pxr import Gf, Usd, UsdGeom
from usd_cloth import usd_run

from usd_export.checks.cloth_reader import cloths_of


@pytest.mark.parametrize("options", [{}, {"plies": 3, "unit": "cm", "samples_per_crossing": 1}, {"surface": False}])
def test_a_cloth_as_it_was_exported(tmp_path, options):
    run = usd_run()
    stage = exported(tmp_path, run=run, **options)
    (cloth,) = cloths_of(stage)
    assert (cloth.path, str(cloth.root.GetPath())) == ("/Cloth/Yarns", "/Cloth")
    assert cloth.size == (7, 5)
    assert {each.prim.GetName() for each in cloth.yarns} == {*curves_of(stage)}
    for direction, first, count in (("end", 0, 7), ("pick", 7, 5)):
        numbers = np.concatenate([each.numbers for each in cloth.side(direction)])
        assert sorted(numbers) == [*range(first, first + count)]
    for each in cloth.yarns:
        assert each.width == pytest.approx(each.diameter, rel=1e-6)
        assert each.lines(each.times[-1]).shape == (len(each.numbers), each.counts[0], 3)
        assert cloth.samples(each) >= options.get("samples_per_crossing", 4)
    assert (cloth.part("Surface") is None) == (options == {"surface": False})
    assert cloth.part("Looks") is None


def test_centre_lines_of_plies_are_those_of_their_yarns(tmp_path):
    twisted = exported(tmp_path, "plied.usdc", plies=3)
    plied = cloths_of(twisted)[0].yarns[0]
    smooth = exported(tmp_path, samples_per_crossing=(plied.counts[0] - 1) // 4)
    plain = cloths_of(smooth)[0].yarns[0]
    assert np.abs(plied.lines(2.0) - plain.lines(2.0)).max() < 1e-3 * plain.radius


def test_the_radius_is_in_the_units_of_the_points(tmp_path):
    stage = exported(tmp_path)
    UsdGeom.XformCommonAPI(stage.GetDefaultPrim()).SetScale(Gf.Vec3f(10.0))
    (cloth,) = cloths_of(stage)
    metres = cloth.yarns[0].prim.GetAttribute("warpFabric:yarn:radius").Get()
    assert cloth.yarns[0].radius == pytest.approx(0.1 * metres)


def test_what_is_not_told(tmp_path):
    stage = exported(tmp_path)
    prim = stage.GetPrimAtPath("/Cloth/Yarns/ends_thin")
    prim.GetAttribute("primvars:yarnId").Set([0, 1])
    prim.RemoveProperty("warpFabric:yarn:radius")
    stage.GetDefaultPrim().RemoveProperty("warpFabric:fabric:picks")
    (cloth,) = cloths_of(stage)
    (yarns,) = (each for each in cloth.yarns if each.prim == prim)
    assert (cloth.size, yarns.numbers, yarns.radius, yarns.diameter, cloth.samples(yarns)) == (None,) * 5


def test_several_cloths_and_yarns_without_one(tmp_path):
    exported(tmp_path)
    stage = Usd.Stage.CreateInMemory()
    for name in ("A", "B"):
        stage.DefinePrim(f"/World/{name}").GetReferences().AddReference(str(tmp_path / "cloth.usdc"))
    stage.DefinePrim("/C").GetReferences().AddReference(str(tmp_path / "cloth.usdc"), "/Cloth/Yarns")
    one, other, loose = cloths_of(stage)
    assert [each.path for each in (one, other, loose)] == ["/World/A/Yarns", "/World/B/Yarns", "/C"]
    assert loose.root is None
    assert len(one.yarns) == len(loose.yarns) == 3
    (bare,) = cloths_of(exported(tmp_path, "bare.usdc", yarns=False))
    assert (bare.path, bare.yarns) == ("/Cloth", ())
