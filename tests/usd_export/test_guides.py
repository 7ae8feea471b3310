import numpy as np
import pytest
from exported import array, exported
from pxr import UsdGeom
from usd_cloth import usd_run, usd_scene


def test_pins_are_guides_with_samples_at_the_keys(tmp_path):
    stage = exported(tmp_path, unit="cm", up_axis="Y")
    pins = UsdGeom.Points(stage.GetPrimAtPath("/Cloth/Pins"))
    assert UsdGeom.Imageable(pins).ComputePurpose() == "guide"
    assert pins.GetPointsAttr().GetTimeSamples() == [0.0, 2.5]
    np.testing.assert_allclose(array(pins.GetPointsAttr(), 2.5)[1], [10.5, 31.0, 20.0], rtol=1e-6)
    np.testing.assert_allclose(array(pins.GetPointsAttr(), 1.25)[1], [10.55, 30.5, 20.0], rtol=1e-6)
    crossings = array(pins.GetPrim().GetAttribute("warpFabric:crossings"))
    assert crossings.tolist() == [[0, 0], [0, 6]]
    computed = UsdGeom.Boundable.ComputeExtentFromPlugins(pins, 2.5)
    np.testing.assert_allclose(array(pins.GetExtentAttr(), 2.5), np.array(computed), rtol=1e-6)


@pytest.mark.parametrize("options", [{"pins": False}, {}])
def test_no_pins_no_prim(options, tmp_path):
    run = usd_run(2) if options else usd_run(2, pins=[])
    assert not exported(tmp_path, run=run, **options).GetPrimAtPath("/Cloth/Pins")


def test_pins_that_stay_have_no_samples(tmp_path):
    stage = exported(tmp_path, run=usd_run(2, pins=[{"crossing": [1, 2]}]))
    pins = UsdGeom.Points(stage.GetPrimAtPath("/Cloth/Pins"))
    assert pins.GetPointsAttr().GetTimeSamples() == []
    np.testing.assert_allclose(array(pins.GetPointsAttr())[0], usd_scene().build().position[1, 2], rtol=1e-6)
