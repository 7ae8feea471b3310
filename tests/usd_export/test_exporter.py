from pathlib import Path

import numpy as np
import pytest
from exported import curves_of, exported
from pxr import Usd, UsdGeom
from scipy.spatial import cKDTree
from usd_cloth import usd_run

import usd_export
import warp_fabric as wf
from warp_fabric.errors import TrajectoryError, UsdError
from warp_fabric.geometry import centre_lines, clearance
from warp_fabric.scene import Scene
from warp_fabric.yarn import library_entry, library_names


def test_a_trajectory_file_does_as_well(tmp_path):
    run = usd_run()
    run.save(tmp_path / "run.h5")
    told = []
    path = usd_export.export(
        str(tmp_path / "run.h5"), str(tmp_path / "a.usdc"), progress=lambda *each: told.append(each)
    )
    assert path == tmp_path / "a.usdc"
    assert told == [(k, 6) for k in range(1, 7)]
    one, other = Usd.Stage.Open(str(path)), exported(tmp_path, run=run)
    assert one.ExportToString() == other.ExportToString().replace("cloth.usdc", "a.usdc")


def test_the_bar(tmp_path, capsys):
    usd_export.export(usd_run(), tmp_path / "a.usdc", progress=True)
    captured = capsys.readouterr()
    assert "6/6" in captured.err
    assert captured.out == ""


def test_time_codes(tmp_path):
    stage = exported(tmp_path, time_codes_per_second=24.0)
    points = curves_of(stage)["ends_thin"].GetPointsAttr()
    np.testing.assert_allclose(points.GetTimeSamples(), np.arange(6) * 0.48)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0.0, pytest.approx(2.4))
    assert stage.GetTimeCodesPerSecond() == 24.0


def test_an_equilibrium_is_one_frame(tmp_path):
    run = usd_run(1, time={"integrator": "static"})
    stage = exported(tmp_path, run=run)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 0)
    curves = curves_of(stage)["ends_thin"]
    assert curves.GetPointsAttr().GetTimeSamples() == [0]
    assert len(curves.GetPointsAttr().Get(17)) == 4 * 17


def test_motion_blur_moves_points_with_the_simulation(tmp_path):
    stage = exported(tmp_path)
    curves = UsdGeom.PointBased(curves_of(stage)["picks_thin"])
    points, velocities = (np.array(get().Get(2)) for get in (curves.GetPointsAttr, curves.GetVelocitiesAttr))
    np.testing.assert_allclose(
        np.array(curves.ComputePointsAtTime(2.25, 2)), points + velocities * 0.25 / 50, rtol=1e-5
    )


@pytest.mark.parametrize("name", ["position", "sliding_velocity"])
def test_a_trajectory_that_is_not_finite(name, tmp_path):
    run = usd_run()
    getattr(run, name)[3, 1, 2, 0] = np.nan
    with pytest.raises(UsdError, match="not finite") as caught:
        usd_export.export(run, tmp_path / "a.usdc")
    assert caught.value.where == f"frame 3: {name}"
    assert [*tmp_path.iterdir()] == []


def test_an_empty_trajectory(tmp_path):
    run = usd_run()
    run.time = run.time[:0]
    with pytest.raises(UsdError, match="no frame"):
        usd_export.export(run, tmp_path / "a.usdc")
    assert [*tmp_path.iterdir()] == []


def test_what_cannot_be_exported(tmp_path):
    for run in (None, 3, {"position": 1}):
        with pytest.raises(UsdError, match="is not a run"):
            usd_export.export(run, tmp_path / "a.usdc")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TrajectoryError, match="no such trajectory"):
        usd_export.export(tmp_path / "none.h5", tmp_path / "a.usdc")
    with pytest.raises(UsdError, match="no such option"):
        usd_export.export(usd_run(), tmp_path / "a.usdc", samples=3)


def woven(name: str, weave: str, size: int, pose: str = "flat") -> Scene:
    """A cloth of a library yarn at its suggested spacing, held at two corners."""
    spacing = library_entry(name).spacing
    text = f"""
        [fabric]
        weave = "{weave}"
        ends = {size}
        picks = {size}
        end_spacing = {spacing}
        pick_spacing = {spacing}
        end_yarns = ["{name}"]
        pick_yarns = ["{name}"]
        pose = "{pose}"
        [yarns.{name}]
        library = "{name}"
        [[pins]]
        crossing = [0, 0]
        [[pins]]
        crossing = [0, {size - 1}]
        [time]
        integrator = "static"
    """
    return Scene.from_toml(text)


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("weave", ["plain", "twill22"])
def test_library_yarns_keep_apart_at_their_suggested_spacing(name, weave):
    fabric = woven(name, weave, 9).build()
    assert clearance(fabric, *centre_lines(fabric, fabric.position)).min() > 0.95


SOFTEST = "paper-yarn-3"
BLOWN = [pytest.param(name, marks=[] if name == SOFTEST else pytest.mark.slow) for name in library_names()]


@pytest.mark.parametrize("name", BLOWN)
@pytest.mark.parametrize(("weave", "pose"), [("plain", "flat"), ("plain", "hanging"), ("twill22", "hanging")])
def test_library_yarns_keep_apart_as_their_cloth_blows_about(name, weave, pose):
    time = {"duration": 0.125, "step": 1e-3, "frames_per_second": 24.0}
    changes = {"time": time, "environment.wind": [0.0, 2.0, 0.0], "environment.wind_drag": 0.2}
    run = wf.simulate(woven(name, weave, 12, pose).replace(changes), device="cpu")
    moved = np.abs(run.position - run.position[0]).max()
    assert moved > run.fabric.end_spacing
    for position in run.position:
        assert clearance(run.fabric, *centre_lines(run.fabric, position)).min() > 0.95


@pytest.mark.slow
def test_the_demos_yarns_keep_apart_in_every_frame():
    """Also those that do not cross: no end comes nearer to any pick, as the cloth folds."""
    scene = wf.load_scene(Path(wf.__file__).parent / "demo" / "herringbone.toml")
    run = wf.simulate(scene, device="cpu")
    fabric = run.fabric
    reach = 2.0 * fabric.end_radius[0]
    for position in run.position:
        ends, picks = centre_lines(fabric, position)
        assert clearance(fabric, ends, picks).min() > 0.95
        assert cKDTree(picks.reshape(-1, 3)).query(ends.reshape(-1, 3))[0].min() > 0.95 * reach
