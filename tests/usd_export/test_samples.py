import numpy as np
import pytest
from exported import array, curves_of, exported
from pxr import Sdf, Usd, UsdUtils, Vt
from usd_cloth import usd_run

from usd_export import Options, Writer, samples
from usd_export.samples import SampleSink
from usd_export.writer import NEEDED
from warp_fabric.errors import UsdError


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


@pytest.mark.parametrize("growing", [False, True])
@pytest.mark.parametrize("frames", [1, 2, 5, 100])
def test_clips_resolve_as_those_that_usd_stitches(frames, growing, tmp_path):
    """What `UsdUtils.StitchClips` makes of the same files, with its topology and times."""
    run = usd_run()
    facts = {"version": run.version, "device": run.device}
    with Writer(run.scene, tmp_path / "cloth.usdc", Options(clips=frames), growing=growing, **facts) as writer:
        for k, time in enumerate(run.time.tolist()):
            writer.append(time, {name: getattr(run, name)[k] for name in NEEDED})
    own = Usd.Stage.Open(str(tmp_path / "cloth.usdc"))
    files = sorted(str(each) for each in tmp_path.glob("cloth.clip.*"))
    layer = Sdf.Layer.CreateNew(str(tmp_path / "stitched.usda"))
    assert UsdUtils.StitchClips(layer, files, "/Cloth")
    told, expected = (each.GetPrimAtPath("/Cloth").GetInfo("clips")["default"] for each in (own.GetRootLayer(), layer))
    for name in ("active", "assetPaths", "primPath"):
        assert told[name] == expected[name], name
    names = ("cloth.manifest.usdc", "stitched.manifest.usda")
    manifests = [attributes_of(Sdf.Layer.FindOrOpen(str(tmp_path / each))) for each in names]
    assert manifests[0] == manifests[1]
    stitched = Usd.Stage.Open(layer)
    compared = 0
    for path in manifests[0]:
        one, other = (stage.GetAttributeAtPath(path) for stage in (own, stitched))
        assert set(one.GetTimeSamples()) <= set(other.GetTimeSamples())
        for time in np.arange(-1, 6.5, 0.25):
            np.testing.assert_allclose(np.array(one.Get(time)), np.array(other.Get(time)), rtol=1e-5, atol=1e-9)
            compared += 1
    assert compared > 300


def attributes_of(layer: Sdf.Layer) -> dict[Sdf.Path, Sdf.ValueTypeName]:
    found: list[Sdf.Path] = []
    layer.Traverse("/", found.append)
    return {path: layer.GetAttributeAtPath(path).typeName for path in found if path.IsPropertyPath()}


def test_an_export_at_once_is_stitched_by_usd(tmp_path, monkeypatch):
    monkeypatch.setattr(samples.UsdUtils, "StitchClips", lambda *_: False)
    with pytest.raises(UsdError, match="clips cannot be put together"):
        exported(tmp_path, clips=2)
    assert [*tmp_path.iterdir()] == []


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
    run = usd_run(12, fabric__ends=40, fabric__picks=40, time__duration=1.0, pins=[])
    exported(tmp_path, run=run, surface=False)
    points = 2 * 40 * (39 * 4 + 1)
    size = (tmp_path / "cloth.usdc").stat().st_size
    assert size == pytest.approx(12 * points * (12 + 12), rel=0.15)
