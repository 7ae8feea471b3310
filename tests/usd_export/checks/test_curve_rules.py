import numpy as np
import pytest
from pxr import Usd, UsdGeom, Vt

from usd_export.checks.curve_rules import KNOWN, too_few, unknown, varying_size

KINDS = [
    (kind, basis, wrap)
    for kind in KNOWN["type"]
    for basis in KNOWN["basis"]
    for wrap in KNOWN["wrap"]
    if kind == "cubic" or basis == "bezier"
]


@pytest.mark.parametrize(("kind", "basis", "wrap"), KINDS)
def test_sizes_are_those_of_usd(kind, basis, wrap):
    counts = np.array([6, 9, 12] if (basis, wrap) == ("bezier", "periodic") else [7, 10, 13], np.int32)
    stage = Usd.Stage.CreateInMemory()
    curves = UsdGeom.BasisCurves.Define(stage, "/A")
    curves.CreateTypeAttr(kind)
    curves.CreateBasisAttr(basis)
    curves.CreateWrapAttr(wrap)
    curves.CreateCurveVertexCountsAttr(Vt.IntArray.FromNumpy(counts))
    assert (unknown(kind, basis, wrap), too_few(counts, kind, basis, wrap)) == ("", "")
    if (kind, wrap) == ("cubic", "pinned"):
        pytest.skip("USD's own number is not that of its schema's table")
    assert varying_size(counts, kind, basis, wrap) == curves.ComputeVaryingDataSize(Usd.TimeCode.Default())


@pytest.mark.parametrize(
    ("counts", "kind", "says"),
    [
        ([5, 1], ("cubic", "catmullRom", "pinned"), "1 points, and cubic pinned ones need 2"),
        ([5, 3], ("cubic", "catmullRom", "nonperiodic"), "3 points, and cubic nonperiodic ones need 4"),
        ([5, 2], ("cubic", "bspline", "periodic"), "2 points, and cubic periodic ones need 3"),
        ([2, 1], ("linear", "bezier", "nonperiodic"), "1 points, and linear nonperiodic ones need 2"),
        ([4, 8], ("cubic", "bezier", "pinned"), "8 points, and nonperiodic bezier ones need 4, 7, 10"),
        ([6, 7], ("cubic", "bezier", "periodic"), "7 points, and periodic bezier ones need 3, 6, 9"),
    ],
)
def test_curves_with_wrong_numbers_of_points(counts, kind, says):
    assert says in too_few(np.array(counts), *kind)


def test_pinned_curves_have_a_value_for_each_point():
    assert varying_size(np.array([5, 7]), "cubic", "catmullRom", "pinned") == 12


def test_words_the_schema_does_not_know():
    assert unknown("cubic", "hermite", "pinned") == "basis 'hermite'"
    assert unknown("cubical", "bezier", "") == "type 'cubical', wrap ''"
