"""Widths, colours and other values of points and curves: their number, type and range."""

import numpy as np
import pytest
from mutilated import ENDS, attribute, change, found, put
from pxr import Gf, Sdf, UsdGeom, Vt


@pytest.mark.parametrize(
    ("widths", "says"),
    [
        ([0.0], "error .widths 0.0: 1 of 1 widths are not above 0"),
        ([-1.0], "error .widths 0.0: 1 of 1 widths are not above 0"),
        ([np.nan], "error .widths 0.0: 1 of 1 are not finite"),
        ([], "error  0.0: it has no widths"),
        ([4e-4, 4e-4], "warning .widths 0.0: 2 values where constant interpolation needs 1"),
    ],
)
def test_widths(stage, widths, says):
    attribute(stage, "widths").Set(Vt.FloatArray(widths))
    (told,) = found(stage)
    assert told.startswith(says)


def test_widths_and_their_interpolation(stage):
    curves = UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS))
    for interpolation, count in (("vertex", 68), ("varying", 68)):
        curves.SetWidthsInterpolation(interpolation)
        attribute(stage, "widths").Set(Vt.FloatArray(count, 4e-4))
        assert found(stage) == []
        attribute(stage, "widths").Set(Vt.FloatArray(count - 1, 4e-4))
        assert f"{count - 1} values where {interpolation} interpolation needs {count}" in found(stage)[0]
    curves.SetWidthsInterpolation("uniform")
    attribute(stage, "widths").Set(Vt.FloatArray(4, 4e-4))
    assert found(stage) == ["warning  None: it has a width for each curve, which Blender reads wrong"]


def test_widths_as_a_primvar_come_first(stage):
    primvar = UsdGeom.PrimvarsAPI(stage.GetPrimAtPath(ENDS)).CreatePrimvar("widths", Sdf.ValueTypeNames.FloatArray)
    primvar.SetInterpolation("vertex")
    primvar.Set(Vt.FloatArray(68, 4e-4))
    assert found(stage) == []
    primvar.Set(Vt.FloatArray(3, 4e-4))
    assert found(stage) == ["error .primvars:widths 0.0: 3 values where vertex interpolation needs 68"]


@pytest.mark.parametrize(
    ("name", "interpolation", "needed"),
    [("displayColor", "uniform", 4), ("yarnId", "uniform", 4), ("yarnLength", "vertex", 68)],
)
def test_primvars_of_a_wrong_size(stage, name, interpolation, needed):
    primvar = UsdGeom.PrimvarsAPI(stage.GetPrimAtPath(ENDS)).GetPrimvar(name)
    if primvar.IsIndexed():
        values = primvar.ComputeFlattened()
        primvar.BlockIndices()
        primvar.Set(values)
    change(stage, f"primvars:{name}", None, lambda values: values[:-1])
    says = f"error .primvars:{name} 0.0: {needed - 1} values where {interpolation} interpolation needs {needed}"
    assert found(stage) == [says]


def test_indexed_primvars(stage):
    primvar = UsdGeom.PrimvarsAPI(stage.GetPrimAtPath(ENDS)).GetPrimvar("displayColor")
    primvar.Set(Vt.Vec3fArray([Gf.Vec3f(1.0), Gf.Vec3f(0.5)]))
    primvar.SetIndices(Vt.IntArray([0, 1, 1, 0]))
    assert found(stage) == []
    primvar.SetIndices(Vt.IntArray([0, 1, 2, 0]))
    assert found(stage) == ["error .primvars:displayColor 0.0: indices from 0 to 2 of 2 values"]


@pytest.mark.parametrize("color", [(255.0, 0.0, 0.0), (-1.0, 0.0, 0.0)])
def test_colors_are_shares(stage, color):
    UsdGeom.PrimvarsAPI(stage.GetPrimAtPath(ENDS)).GetPrimvar("displayColor").Set(Vt.Vec3fArray(4, Gf.Vec3f(*color)))
    (told,) = found(stage)
    assert told.startswith("warning .primvars:displayColor 0.0: values from")


@pytest.mark.parametrize(
    ("wrap", "basis", "needed"),
    [("pinned", "bspline", 68), ("nonperiodic", "bspline", 60), ("periodic", "bspline", 68)],
)
def test_varying_values_by_the_schemas_table(stage, wrap, basis, needed):
    curves = UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS))
    curves.GetWrapAttr().Set(wrap)
    curves.GetBasisAttr().Set(basis)
    curves.SetWidthsInterpolation("varying")
    attribute(stage, "widths").Set(Vt.FloatArray(needed, 4e-4))
    assert not any("interpolation needs" in each for each in found(stage))
    attribute(stage, "widths").Set(Vt.FloatArray(needed + 1, 4e-4))
    assert any(f"varying interpolation needs {needed}" in each for each in found(stage))


@pytest.mark.parametrize(
    ("name", "kind", "value", "says"),
    [
        ("points", "String", "x", "it has no points"),
        ("points", "FloatArray", Vt.FloatArray(68, 1.0), "it has no points"),
        ("curveVertexCounts", "Int", 68, "it has no curveVertexCounts"),
        ("curveVertexCounts", "StringArray", Vt.StringArray(["17"]), "it has no curveVertexCounts"),
        ("widths", "Float", 1e-3, "it has no widths"),
        ("velocities", "Float", 1.0, ""),
    ],
)
def test_values_of_wrong_types_do_not_end_the_check(stage, name, kind, value, says):
    stage.GetPrimAtPath(ENDS).RemoveProperty(name)
    prim = stage.GetRootLayer().GetPrimAtPath(ENDS)
    Sdf.AttributeSpec(prim, name, getattr(Sdf.ValueTypeNames, kind)).default = value
    assert any(says in each for each in [*found(stage), ""])


def test_texture_coordinates_missing_at_one_time(stage):
    change(stage, "primvars:st", 2.0, lambda values: values[1:], "/Cloth/Surface")
    assert found(stage, "/Cloth/Surface") == ["error .primvars:st 2.0: 34 values where vertex interpolation needs 35"]


def test_guides_need_widths_too(stage):
    change(stage, "widths", None, put(0, 0.0), "/Cloth/Pins")
    assert "1 of 2 widths are not above 0" in found(stage, "/Cloth/Pins")[0]


def test_points_have_an_id_each(stage):
    change(stage, "ids", None, lambda values: values[:1], "/Cloth/Pins")
    assert found(stage, "/Cloth/Pins")[0] == "error .ids 0.0: 1 values for 2 points"
