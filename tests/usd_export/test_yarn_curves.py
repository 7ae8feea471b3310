import numpy as np
import pytest
from exported import array, curves_of, exported
from pxr import UsdGeom
from usd_cloth import usd_run

from warp_fabric.geometry import centre_lines, yarn_widths


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("usd"), samples_per_crossing=3)


def test_one_prim_for_each_yarn_and_direction(stage):
    assert list(curves_of(stage)) == ["ends_thin", "ends_thick", "picks_thin"]
    for curves in curves_of(stage).values():
        assert (curves.GetTypeAttr().Get(), curves.GetBasisAttr().Get()) == ("cubic", "catmullRom")
        assert curves.GetWrapAttr().Get() == "pinned"
        assert not curves.GetNormalsAttr().HasAuthoredValue()
        assert UsdGeom.Imageable(curves).ComputePurpose() == "render"


@pytest.mark.parametrize("frame", range(6))
def test_points_are_the_centre_lines(stage, frame):
    run, curves = usd_run(), curves_of(stage)
    ends, picks = centre_lines(run.fabric, run.position[frame], 3)
    for name, lines in (("ends_thin", ends[::2]), ("ends_thick", ends[1::2]), ("picks_thin", picks)):
        points = array(curves[name].GetPointsAttr(), frame)
        np.testing.assert_allclose(points, lines.reshape(-1, 3), rtol=1e-6)
        counts = array(curves[name].GetCurveVertexCountsAttr())
        assert counts.tolist() == [lines.shape[1]] * len(lines)


def test_samples_lie_at_the_frames(stage):
    for curves in curves_of(stage).values():
        for attribute in (curves.GetPointsAttr(), curves.GetVelocitiesAttr(), curves.GetExtentAttr()):
            assert attribute.GetTimeSamples() == [0, 1, 2, 3, 4, 5]


def test_widths_are_diameters(stage):
    ends, picks = yarn_widths(usd_run().fabric)
    for name, width in (("ends_thin", ends[0]), ("ends_thick", ends[1]), ("picks_thin", picks[0])):
        curves = curves_of(stage)[name]
        assert array(curves.GetWidthsAttr()).tolist() == pytest.approx([width], rel=1e-6)
        assert curves.GetWidthsInterpolation() == "constant"


def test_velocities_are_those_of_the_points(tmp_path):
    """Against differences of frames that follow each other closely."""
    run = usd_run(3, time__frames_per_second=1000.0, fabric__origin=[0, 0, 0])
    stage = exported(tmp_path, run=run, unit="mm")
    for curves in curves_of(stage).values():
        points = [array(curves.GetPointsAttr(), frame).astype(float) for frame in (0, 2)]
        expected = (points[1] - points[0]) * 0.5e3
        velocity = array(curves.GetVelocitiesAttr(), 1)
        np.testing.assert_allclose(velocity, expected, atol=1e-3 * np.abs(expected).max())


def test_velocities_can_be_left_out(tmp_path):
    stage = exported(tmp_path, velocities=False)
    for curves in curves_of(stage).values():
        assert not curves.GetVelocitiesAttr().HasAuthoredValue()


@pytest.mark.parametrize("plies", [0, 2])
def test_extents_are_what_usd_computes_and_hold_the_tubes(plies, tmp_path):
    stage = exported(tmp_path, plies=plies)
    for curves in curves_of(stage).values():
        for frame in (0, 3):
            extent = array(curves.GetExtentAttr(), frame)
            points, width = array(curves.GetPointsAttr(), frame), array(curves.GetWidthsAttr())[0]
            computed = UsdGeom.Boundable.ComputeExtentFromPlugins(curves, frame)
            np.testing.assert_array_equal(extent, np.array(computed))
            np.testing.assert_allclose(extent[0], points.min(axis=0) - width / 2, rtol=1e-6)
            np.testing.assert_allclose(extent[1], points.max(axis=0) + width / 2, rtol=1e-6)


def test_each_yarn_has_its_number_colour_and_length(stage):
    curves = curves_of(stage)
    numbers = {"ends_thin": [0, 2, 4, 6], "ends_thick": [1, 3, 5], "picks_thin": [7, 8, 9, 10, 11]}
    for name, expected in numbers.items():
        primvars = UsdGeom.PrimvarsAPI(curves[name])
        number = primvars.GetPrimvar("yarnId")
        assert (list(number.Get()), number.GetInterpolation()) == (expected, "uniform")
        along = primvars.GetPrimvar("yarnLength")
        assert along.GetInterpolation() == "vertex"
        length = array(along.GetAttr()).reshape(len(expected), -1)
        assert (length[:, 0] == 0).all()
        assert (length[:, -1] == 1).all()
        color = curves[name].GetDisplayColorPrimvar()
        assert color.GetInterpolation() == "uniform"
        assert len(array(color.GetAttr())) == len(expected)
    np.testing.assert_allclose(array(curves["ends_thick"].GetDisplayColorAttr()), [[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    grey = ((0x80 / 255 + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(array(curves["picks_thin"].GetDisplayColorAttr()), np.full((5, 3), grey), rtol=1e-6)


def test_plies_are_curves_of_their_own(tmp_path):
    stage = exported(tmp_path, plies=3)
    curves = curves_of(stage)["picks_thin"]
    assert len(curves.GetCurveVertexCountsAttr().Get()) == 15
    primvars = UsdGeom.PrimvarsAPI(curves)
    assert list(primvars.GetPrimvar("yarnId").Get())[:6] == [7, 7, 7, 8, 8, 8]
    assert list(primvars.GetPrimvar("plyId").Get())[:6] == [0, 1, 2, 0, 1, 2]
    assert len(array(curves.GetDisplayColorAttr())) == 15
    assert array(curves.GetWidthsAttr())[0] == pytest.approx(4e-4 * 0.4641, rel=1e-3)


def test_units_and_up_axis_scale_all(tmp_path, stage):
    there = exported(tmp_path, unit="cm", up_axis="Y", samples_per_crossing=3)
    turn = 100.0 * np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    for name, curves in curves_of(stage).items():
        other = curves_of(there)[name]
        for get in (UsdGeom.PointBased.GetPointsAttr, UsdGeom.PointBased.GetVelocitiesAttr):
            expected = array(get(curves), 2) @ turn.T
            np.testing.assert_allclose(array(get(other), 2), expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(array(other.GetWidthsAttr()), 100 * array(curves.GetWidthsAttr()), rtol=1e-6)


def test_purposes_can_be_chosen(tmp_path):
    alone = exported(tmp_path, surface=False)
    assert UsdGeom.Imageable(curves_of(alone)["ends_thin"]).ComputePurpose() == "default"
    chosen = exported(tmp_path, "other.usdc", yarn_purpose="guide")
    assert UsdGeom.Imageable(curves_of(chosen)["ends_thin"]).ComputePurpose() == "guide"
