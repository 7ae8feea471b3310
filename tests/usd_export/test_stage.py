import numpy as np
import pytest
from pxr import Sdf, Usd, UsdGeom
from usd_cloth import usd_scene

from usd_export.options import Options
from usd_export.stage import Placement, close_span, linear, open_stage, prim_name, vec3f, write_primvar


def placed(scene=None, **options) -> Placement:
    scene = scene or usd_scene()
    return Placement.of(Options(**options), scene.build(), scene.time.frames_per_second)


def test_points_as_they_are():
    points = np.random.default_rng(0).normal(size=(2, 3, 3))
    np.testing.assert_array_equal(placed().points(points), points.reshape(-1, 3).astype(np.float32))


def test_up_stays_up():
    y_up = placed(up_axis="Y", unit="cm")
    np.testing.assert_allclose(y_up.vectors(np.eye(3)), 100.0 * np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]))
    assert np.linalg.det(y_up.vectors(np.eye(3))) > 0


def test_far_from_the_origin_points_are_relative():
    scene = usd_scene(fabric__origin=[1e4, -2e4, 3e3])
    far = placed(scene, unit="mm", up_axis="Y")
    position = scene.build().position
    points = far.points(position).reshape(*position.shape[:2], 3)
    step = 1e3 * scene.build().end_spacing
    np.testing.assert_allclose(points[0, 1] - points[0, 0], [step, 0, 0], rtol=1e-6)
    stage = open_stage(Sdf.Layer.CreateAnonymous(".usda"), far, "")
    matrix = UsdGeom.Xformable(stage.GetDefaultPrim()).ComputeLocalToWorldTransform(0)
    assert tuple(matrix.ExtractTranslation()) == (1e7, 3e6, 2e7)
    assert not placed().origin.any()


def test_metadata():
    stage = open_stage(Sdf.Layer.CreateAnonymous(".usda"), placed(unit="cm", up_axis="Y"), "made here")
    close_span(stage.GetRootLayer(), 3.0, 9.5)
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 0.01
    assert (stage.GetTimeCodesPerSecond(), stage.GetFramesPerSecond()) == (50.0, 50.0)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (3.0, 9.5)
    assert str(stage.GetDefaultPrim().GetPath()) == "/Cloth"
    assert Usd.ModelAPI(stage.GetDefaultPrim()).GetKind() == "component"
    assert stage.GetRootLayer().documentation == "made here"


def test_time_codes_of_frames_are_whole():
    placement = placed()
    codes = [placement.code(k / 50.0) for k in range(2000)]
    assert codes == list(range(2000))
    assert placed(time_codes_per_second=24).code(0.1) == pytest.approx(2.4)


def test_colours_are_linear():
    np.testing.assert_allclose(linear(np.array([0.0, 0.5, 1.0])), [0.0, 0.21404114, 1.0], rtol=1e-6)
    np.testing.assert_allclose(linear(np.array([0.04])), [0.04 / 12.92], rtol=1e-6)


def test_prim_names_are_valid_and_apart():
    taken: set[str] = set()
    names = [prim_name(name, taken) for name in ("paper-yarn-1", "paper yarn 1", "1", "", "wool", "wool")]
    assert len(set(names)) == len(names)
    assert all(Sdf.Path.IsValidIdentifier(name) for name in names)


def test_arrays_become_usd_arrays():
    assert len(vec3f(np.zeros((4, 6), np.float32)[:, ::2])) == 4


@pytest.mark.parametrize("values", [[1, 2, 1, 3], [3, 1, 2], [[1, 0, 0], [0, 0, 1], [1, 0, 0]], [[1, 2, 3]]])
def test_repeated_values_are_written_once(values):
    stage = Usd.Stage.CreateInMemory()
    values = np.array(values, np.float32)
    kind = Sdf.ValueTypeNames.Color3fArray if values.ndim > 1 else Sdf.ValueTypeNames.FloatArray
    api = UsdGeom.PrimvarsAPI(stage.DefinePrim("/Mesh", "Mesh"))
    primvar = api.CreatePrimvar("told", kind, UsdGeom.Tokens.vertex)
    write_primvar(primvar, values)
    np.testing.assert_array_equal(np.array(primvar.ComputeFlattened()), values)
    once = len(np.unique(values, axis=0))
    assert len(primvar.Get()) == once
    assert primvar.IsIndexed() == (once < len(values))
