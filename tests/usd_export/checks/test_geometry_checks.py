"""Mutilated files: each fault is found, and nothing else is."""

import numpy as np
import pytest
from exported import array
from mutilated import ENDS, attribute, change, found, put
from pxr import Gf, Usd, UsdGeom, Vt


@pytest.mark.parametrize("path", [ENDS, "/Cloth/Yarns/picks_thin", "/Cloth/Surface", "/Cloth/Pins"])
def test_exports_are_sound(stage, path):
    assert found(stage, path) == []


def test_counts_that_do_not_fit_the_points(stage):
    change(stage, "curveVertexCounts", None, put(0, 16))
    (told,) = found(stage)
    assert told == "error  0.0: curveVertexCounts add up to 67, and there are 68 points"


def test_points_missing_at_one_time(stage):
    change(stage, "points", 3.0, lambda points: points[:-1])
    told = found(stage)
    assert told[0] == "error  3.0: curveVertexCounts add up to 68, and there are 67 points"
    assert any(each.startswith("error .velocities 3.0: 68 values for 67 points") for each in told)


def test_no_points_and_no_counts(stage):
    change(stage, "points", 2.0, lambda points: points[:0])
    assert "error  2.0: it has no points" in found(stage)
    attribute(stage, "curveVertexCounts").Clear()
    assert any("it has no curveVertexCounts" in each for each in found(stage))


def test_curves_too_short(stage):
    change(stage, "curveVertexCounts", None, lambda counts: np.array([33, 17, 17, 1], np.int32))
    (told,) = found(stage)
    assert "a curve has 1 points, and cubic pinned ones need 2" in told


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize(("name", "count"), [("points", 68), ("velocities", 68)])
def test_values_that_are_not_finite(stage, wrong, name, count):
    change(stage, name, 4.0, put(slice(0, 2), wrong))
    assert found(stage) == [f"error .{name} 4.0: 2 of {count} are not finite"]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda extent: 0.5 * (extent + extent.mean(axis=0)), "error .extent 1.0: points, or half their widths"),
        (put((1, 2), -1.0), "error .extent 1.0: points, or half their widths"),
        (put((0, 0), np.nan), "error .extent 1.0: it is not two finite corners"),
        (lambda extent: extent[:1], "error .extent 1.0: it is not two finite corners"),
        (lambda extent: 100.0 * extent, "error .extent 1.0: points, or half"),
        (lambda extent: extent + np.array([[-1.0], [1.0]], np.float32), "warning .extent 1.0: it is larger"),
    ],
)
@pytest.mark.parametrize("path", [ENDS, "/Cloth/Surface"])
def test_extents(stage, edit, says, path):
    change(stage, "extent", 1.0, edit, path)
    (told,) = found(stage, path)
    assert told.startswith(says)


def test_an_extent_without_the_widths(stage):
    points = array(attribute(stage, "points"), 1.0)
    attribute(stage, "extent").Set(Vt.Vec3fArray.FromNumpy(np.stack([points.min(axis=0), points.max(axis=0)])), 1.0)
    assert found(stage) == ["error .extent 1.0: points, or half their widths, lie up to 0.0002 outside of it"]


def test_no_extent(stage):
    attribute(stage, "extent").Clear()
    (told,) = found(stage)
    assert told.startswith("warning  0.0: it has no extent")


@pytest.mark.parametrize("path", [ENDS, "/Cloth/Surface"])
def test_velocities_per_frame(stage, path):
    for time in attribute(stage, "velocities", path).GetTimeSamples():
        change(stage, "velocities", time, lambda velocities: velocities / np.float32(50.0), path)
    (told,) = found(stage, path)
    assert told.startswith("error .velocities None: velocities are 0.02 times what the points move")


def test_the_worst_time_is_told(stage):
    for time, size in ((1.0, 0.01), (3.0, 0.05), (4.0, 0.02)):
        change(stage, "extent", time, lambda extent, size=size: extent + np.float32(size))
    (told,) = found(stage)
    assert told.startswith("error .extent 3.0: points, or half their widths, lie up to 0.05 outside")
    for time, count in ((2.0, 3), (5.0, 7)):
        change(stage, "velocities", time, put(slice(0, count), np.nan))
    assert "error .velocities 5.0: 7 of 68 are not finite" in found(stage)


@pytest.mark.parametrize("basis", ["bspline", "catmullRom"])
def test_nonperiodic_curves_end_early(stage, basis):
    curves = UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS))
    curves.GetWrapAttr().Set("nonperiodic")
    curves.GetBasisAttr().Set(basis)
    (told,) = found(stage)
    assert told == f"warning  None: nonperiodic {basis} curves end before their first and last points"
    points = array(attribute(stage, "points"), 0.0).reshape(4, 17, 3)
    points[:, 0], points[:, -1] = points[:, 1], points[:, -2]
    attribute(stage, "points").Set(Vt.Vec3fArray.FromNumpy(points.reshape(-1, 3)), 0.0)
    assert not any("end before" in each for each in found(stage))


def test_velocities_at_other_times_than_points(stage):
    attribute(stage, "velocities").ClearAtTime(2.0)
    assert found(stage)[0] == "warning .velocities None: they have other time samples than the points"


def test_what_renderers_show_otherwise(stage):
    curves = UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS))
    curves.GetBasisAttr().Set("bspline")
    assert found(stage) == ["warning  None: bspline curves are pinned, which Blender shows too short"]
    curves.GetBasisAttr().Set("catmullRom")
    curves.CreateNormalsAttr(Vt.Vec3fArray(68, Gf.Vec3f(0.0, 0.0, 1.0)))
    assert found(stage) == ["warning  None: it has normals, which make curves flat ribbons"]


def test_curves_of_no_known_kind(stage):
    UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS)).GetTypeAttr().Set("cubical")
    assert found(stage) == ["error  0.0: there are no curves of type 'cubical'"]


def test_a_basis_that_usd_itself_crashes_on(stage):
    UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS)).GetBasisAttr().Set("hermite")
    assert "error  0.0: there are no curves of basis 'hermite'" in found(stage)


def test_other_kinds_of_curves_are_not_judged_by_these_rules():
    stage = Usd.Stage.CreateInMemory()
    curves = UsdGeom.NurbsCurves.Define(stage, "/A")
    curves.CreatePointsAttr(Vt.Vec3fArray(4, Gf.Vec3f(1.0)))
    curves.CreateWidthsAttr(Vt.FloatArray(4, 0.1))
    curves.CreateExtentAttr(UsdGeom.Curves.ComputeExtent(curves.GetPointsAttr().Get(), curves.GetWidthsAttr().Get()))
    assert found(stage, "/A") == []


def test_a_topology_that_changes(stage):
    counts = attribute(stage, "curveVertexCounts")
    counts.Set(Vt.IntArray([17, 17, 17, 17]), 0.0)
    counts.Set(Vt.IntArray([34, 34]), 4.0)
    told = found(stage)
    assert told[-1].endswith("the number of points or curves changes from (68, 4) to (68, 2)")
    assert "error .primvars:yarnId 4.0: 4 values where uniform interpolation needs 2" in told


@pytest.mark.parametrize(
    ("name", "edit", "says"),
    [
        ("faceVertexCounts", put(0, 3), "faceVertexCounts do not fit"),
        ("faceVertexCounts", lambda counts: counts[1:], "faceVertexCounts do not fit"),
        ("faceVertexIndices", put(5, 35), "faces refer to points 0 to 35, and there are 35"),
        ("faceVertexIndices", put(0, -1), "faces refer to points -1 to 34, and there are 35"),
        ("primvars:st1", lambda values: values[1:], "34 values where vertex interpolation needs 35"),
    ],
)
def test_meshes(stage, name, edit, says):
    change(stage, name, None, edit, "/Cloth/Surface")
    (told,) = found(stage, "/Cloth/Surface")
    assert told.startswith("error")
    assert says in told
