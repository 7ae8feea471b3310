import numpy as np
import pytest
from exported import array, curves_of, exported
from pxr import Sdf, Usd, Vt

from usd_export import samples
from usd_export.samples import SampleSink


def same(one: Usd.Stage, other: Usd.Stage, times) -> None:
    """All attributes agree at these times."""
    compared = 0
    for prim in one.TraverseAll():
        for attribute in prim.GetAttributes():
            twin = other.GetAttributeAtPath(attribute.GetPath())
            for time in times:
                assert twin.Get(time) == attribute.Get(time), (attribute.GetPath(), time)
                compared += 1
    assert compared > 500


@pytest.mark.parametrize("name", ["apart.usdc", "apart.usda"])
def test_layers_hold_samples_apart(name, tmp_path):
    whole, apart = exported(tmp_path), exported(tmp_path, name, layers=True)
    assert {each.name for each in tmp_path.iterdir()} == {"cloth.usdc", name, "apart.samples.usdc"}
    same(whole, apart, (0, 2.5, 5))
    root = apart.GetRootLayer()
    assert list(root.subLayerPaths) == ["./apart.samples.usdc"]
    assert root.ListTimeSamplesForPath("/Cloth/Yarns/ends_thin.points") == []
    below = Sdf.Layer.FindOrOpen(str(tmp_path / "apart.samples.usdc"))
    assert below.GetNumTimeSamplesForPath("/Cloth/Yarns/ends_thin.points") == 6
    assert (below.startTimeCode, below.endTimeCode) == (0, 5)
    assert (apart.GetStartTimeCode(), apart.GetEndTimeCode()) == (0, 5)


@pytest.mark.parametrize("frames", [1, 2, 4, 6, 100])
def test_clips_give_the_same_cloth_also_between_them(frames, tmp_path):
    whole, clips = exported(tmp_path), exported(tmp_path, "clipped.usdc", clips=frames)
    count = -(-5 // frames)  # the first frame lies in the first clip beside as many as it takes
    kept = {each.name for each in tmp_path.iterdir()} - {"cloth.usdc", "clipped.usdc", "clipped.manifest.usdc"}
    assert kept == {f"clipped.clip.{k:04d}.usdc" for k in range(1, count + 1)}
    points = curves_of(clips)["picks_thin"].GetPointsAttr()
    assert points.GetTimeSamples() == [0, 1, 2, 3, 4, 5]
    expected = curves_of(whole)["picks_thin"].GetPointsAttr()
    for time in (0, 0.5, 1, 1.75, 2, 3.5, 4.25, 5, 7):
        np.testing.assert_allclose(array(points, time), array(expected, time), rtol=1e-6)
    same(whole, clips, (0, 1, 2, 3, 4, 5))


def test_samples_leave_memory(tmp_path, monkeypatch):
    """Whatever is pending is saved once it passes the bound, and the file is not much larger for it."""
    monkeypatch.setattr(samples, "PENDING", 100_000)
    path = Sdf.Path("/Cloth.points")
    sink = SampleSink(Sdf.Layer.CreateNew(str(tmp_path / "a.usdc")), {path: Sdf.ValueTypeNames.Point3fArray})
    saved = []
    for k in range(100):
        value = np.random.default_rng(k).random((1000, 3), dtype=np.float32)
        sink.add(float(k), {path: Vt.Vec3fArray.FromNumpy(value)})
        saved.append(not sink.layer.dirty)
    sink.save()
    assert sum(saved) == 11
    assert (tmp_path / "a.usdc").stat().st_size < 1.02 * 100 * 12_000
    np.testing.assert_array_equal(np.array(sink.layer.QueryTimeSample(path, 99.0)), value)


def test_size_is_that_of_the_numbers(tmp_path):
    from usd_cloth import usd_run

    run = usd_run(12, fabric__ends=40, fabric__picks=40, time__duration=1.0, pins=[])
    exported(tmp_path, run=run, surface=False)
    points = 2 * 40 * (39 * 4 + 1)
    size = (tmp_path / "cloth.usdc").stat().st_size
    assert size == pytest.approx(12 * points * (12 + 12), rel=0.15)
