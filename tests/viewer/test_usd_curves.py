import numpy as np
import pytest
from cut_run import SHAPES, cut_run
from waving_cloth import waving

pytest.importorskip("pxr", reason="needs usd-core")

import usd_export
from warp_fabric.errors import UsdError
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.pieces import pieces
from warp_fabric.viewer.usd_curves import GREY, UsdCurves


@pytest.fixture(scope="module")
def run():
    return waving(6, 5)


@pytest.mark.parametrize("options", [{}, {"unit": "mm", "up_axis": "Y"}, {"clips": 2}, {"layers": True}])
def test_it_shows_what_the_run_shows(run, tmp_path, options):
    path = usd_export.export(run, tmp_path / "cloth.usdc", samples_per_crossing=4, **options)
    curves, cloth = UsdCurves(path, "usd"), Cloth(run, "run")
    np.testing.assert_allclose(curves.time, run.time, atol=1e-9)
    for frame in (0, 3):
        for seen, expected in zip(curves.strands(frame, 1), cloth.strands(frame, 4)):
            np.testing.assert_allclose(seen.points, expected.points[:, 2:-2], atol=1e-8)
            np.testing.assert_allclose(seen.radius, expected.radius, rtol=1e-6)
            np.testing.assert_allclose(seen.color[:, 0], expected.color[:, 0], atol=1e-6)
    np.testing.assert_allclose(curves.bounds(2), cloth.bounds(2), atol=cloth.spacing())
    np.testing.assert_allclose(np.abs(curves.facing()), np.abs(cloth.facing()), atol=0.2)
    assert curves.piece_count == sum(each.points.shape[0] * (each.points.shape[1] - 1) for each in curves.strands(0, 1))


def test_plies_are_shown_as_they_are(run, tmp_path):
    path = usd_export.export(run, tmp_path / "cloth.usdc", plies=3)
    ends, picks = UsdCurves(path, "usd").strands(0, 1)
    assert (len(ends.points), len(picks.points)) == (15, 18)


def test_curves_of_other_programs(tmp_path):
    path = tmp_path / "other.usda"
    path.write_text(
        """#usda 1.0
( metersPerUnit = 0.01
  upAxis = "Y" )
def Xform "hair" {
    double3 xformOp:translate = (0, 100, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def BasisCurves "strands" {
        uniform token type = "linear"
        int[] curveVertexCounts = [2, 3, 2, 1]
        point3f[] points = [(0,0,0), (1,0,0), (0,1,0), (1,1,0), (2,1,1), (0,2,0), (1,2,0), (5,5,5)]
        float[] widths = [0.2]
    }
}
"""
    )
    curves = UsdCurves(path, "other")
    (strands,) = curves.strands(0, 1)
    np.testing.assert_allclose(strands.points[2, :2], [[0, 0, 1.02], [0.01, 0, 1.02]], atol=1e-9)
    np.testing.assert_allclose(strands.points[1, 2], [0.02, -0.01, 1.01], atol=1e-9)
    assert strands.there.tolist() == [[True, False], [True, True], [True, False]]
    np.testing.assert_allclose(strands.radius, 0.001)
    np.testing.assert_allclose(strands.color[0, 0], GREY)
    assert len(curves.time) == 1
    assert curves.pins(0.0).shape == (0, 3)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("none.usda", None, "no such USD file"),
        ("bad.usda", "not USD", "cannot be read"),
        ("empty.usda", '#usda 1.0\ndef Mesh "mesh" {}\n', "no curves"),
    ],
)
def test_errors_say_what_to_do(tmp_path, name, text, what):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsdError, match=what) as caught:
        UsdCurves(path, name)
    assert caught.value.fix
    assert caught.value.where == str(path)


def test_curves_of_cut_cloth_are_one_piece_of_the_picture_for_each_prim(tmp_path):
    run = cut_run(SHAPES["disc"])
    usd_export.export(run, tmp_path / "cut.usdc")
    curves = UsdCurves(tmp_path / "cut.usdc", "cut.usdc")
    found = curves.strands(1, 1)
    assert len(found) == 3
    shown = [pieces(each, np.zeros(3), 1.0) for each in found]
    assert sum(len(each.position) for each in shown) == curves.piece_count
    length = np.concatenate([each.scale[:, 2] for each in shown])
    assert 0.2 * np.median(length) < length.min() < length.max() < 3.0 * np.median(length)
