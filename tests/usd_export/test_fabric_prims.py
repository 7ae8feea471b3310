"""Panels in USD: a tree of prims for each, which is checked like a cloth, and simulates again."""

import numpy as np
import pytest
from panelled_scene import panelled_scene
from pxr import Usd, UsdGeom, UsdShade

import usd_export
import warp_fabric as wf
from usd_export.checks.cloth_reader import cloths_of
from usd_export.fabric_prims import fabrics_of
from usd_export.options import Options
from warp_fabric.errors import UsdError
from warp_fabric.fabric import rotation_matrix
from warp_fabric.initial import begun_with, initial_state
from warp_fabric.trajectory import Trajectory

PANELS = ("/Cloth/front", "/Cloth/left_side")


@pytest.fixture(scope="module")
def run() -> Trajectory:
    return wf.simulate(panelled_scene(time__duration=0.006), device="cpu")


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    return usd_export.export(run, tmp_path_factory.mktemp("panels") / "panels.usda", sim_curves=True)


def test_fabrics_lie_under_the_cloth_or_are_it():
    scene = panelled_scene()
    assert [str(fabric.placement.root) for fabric in fabrics_of(scene, Options())] == [*PANELS]
    (alone,) = fabrics_of(scene.parts[1], Options())
    assert str(alone.placement.root) == "/Cloth"
    looks = scene.replace({"panels.front.name": "Looks", "pins": []})
    assert str(fabrics_of(looks, Options())[0].placement.root) == "/Cloth/Looks_2"


def test_each_panel_is_as_in_an_export_of_its_own(run, file, tmp_path):
    stage = Usd.Stage.Open(str(file))
    for root, part in zip(PANELS, run.parts, strict=True):
        alone = Usd.Stage.Open(
            str(usd_export.export(part, tmp_path / f"{part.scene.fabric.ends}.usda", sim_curves=True))
        )
        prims = [prim for prim in alone.Traverse() if prim.IsA(UsdGeom.PointBased)]
        assert len(prims) == 6
        for prim in prims:
            same = UsdGeom.PointBased(stage.GetPrimAtPath(str(prim.GetPath()).replace("/Cloth", root)))
            times = UsdGeom.PointBased(prim).GetPointsAttr().GetTimeSamples()
            assert same.GetPointsAttr().GetTimeSamples() == times
            for time in times or [Usd.TimeCode.Default()]:
                expected = np.array(UsdGeom.PointBased(prim).GetPointsAttr().Get(time))
                assert np.array_equal(np.array(same.GetPointsAttr().Get(time)), expected)


def test_panels_share_materials(file):
    stage = Usd.Stage.Open(str(file))
    bound = {
        str(
            UsdShade.MaterialBindingAPI(stage.GetPrimAtPath(f"{root}/Yarns/{name}"))
            .GetDirectBinding()
            .GetMaterialPath()
        )
        for root in PANELS
        for name in ("ends_yarn", "picks_yarn")
    }
    assert bound == {"/Cloth/Looks/yarn"}


def test_nothing_is_wrong_with_it(file):
    assert usd_export.check(file) == []


def test_what_is_wrong_with_a_panel_is_found(file, tmp_path):
    stage = Usd.Stage.Open(str(file))
    front, side = cloths_of(stage)
    assert (front.size, side.size) == ((6, 5), (7, 5))
    assert side.scene == panelled_scene(time__duration=0.006).parts[1]
    assert side.fabric is not None
    stage.RemovePrim("/Cloth/left_side/Yarns/ends_yarn")
    stage.Export(str(tmp_path / "damaged.usda"))
    (finding,) = (each for each in usd_export.check(tmp_path / "damaged.usda") if each.severity == "error")
    assert finding.path == "/Cloth/left_side/Yarns"
    assert "7 of 7 ends are missing" in finding.what


def test_it_simulates_again(run, file, tmp_path):
    scene = wf.Scene.from_toml(usd_export.scene_of(file))
    assert scene == run.scene
    assert usd_export.initial_of(file) is None
    later = run.scene.replace({"initial.state": str(run.save(tmp_path / "run.h5")), "time.duration": 0.002})
    going = wf.simulate(later, device="cpu")
    told = usd_export.export(going, tmp_path / "later.usdc")
    initial = usd_export.initial_of(told)
    assert initial is not None
    for name, array in initial_state(later).items():
        assert np.array_equal(initial[name], array), name
    bare = wf.Scene.from_toml(usd_export.scene_of(told))
    again = wf.simulate(begun_with(bare, initial, tmp_path / "initial.h5"), device="cpu")
    assert np.array_equal(again.position, going.position)


def test_it_grows_while_it_is_simulated(run, tmp_path):
    with usd_export.Writer(run.scene, tmp_path / "grown.usdc", Options(clips=2), one_file=True) as writer:
        wf.simulate(run.scene, device="cpu", on_frame=lambda frame: writer.append(frame.time, frame.arrays))
    whole = Usd.Stage.Open(str(usd_export.export(run, tmp_path / "whole.usdc")))
    grown = Usd.Stage.Open(str(tmp_path / "grown.usdc"))
    for root in PANELS:
        pair = [UsdGeom.Mesh(stage.GetPrimAtPath(f"{root}/Surface")).GetPointsAttr() for stage in (grown, whole)]
        assert len(pair[0].GetTimeSamples()) == 4
        assert pair[0].Get(3.0) == pair[1].Get(3.0)


def test_crimp_of_one_panel_alone(tmp_path):
    run = wf.simulate(panelled_scene(time__duration=0.004, panels__front__crimp="touching"), device="cpu")
    path = usd_export.export(run, tmp_path / "crimped.usda")
    stage = Usd.Stage.Open(str(path))
    has = [stage.GetPrimAtPath(root).HasAttribute("warpFabric:interchange") for root in ("/Cloth", *PANELS)]
    assert has == [False, True, False]
    assert usd_export.check(path) == []


FRAME = {"left side": [0.01, -0.02, 0.03, 10.0, -20.0, 100.0]}


@pytest.mark.parametrize("axes", [{}, {"up_axis": "Y", "unit": "cm"}])
def test_a_panel_in_a_frame_of_its_own_is_where_it_was(run, tmp_path, axes):
    there, own = (
        Usd.Stage.Open(str(usd_export.export(run, tmp_path / f"{len(frames)}.usda", panel_frames=frames, **axes)))
        for frames in ({}, FRAME)
    )
    turn = rotation_matrix(FRAME["left side"][3:])
    expected = (run.panels["left side"].position[2].reshape(-1, 3) - FRAME["left side"][:3]) @ turn
    if not axes:
        assert np.allclose(_points(own, "/Cloth/left_side/Surface", 2.0), expected, rtol=0, atol=1e-7)
    for path in [f"{root}/{name}" for root in PANELS for name in ("Surface", "Yarns/ends_yarn", "Pins")]:
        pair = [_points(stage, path, 2.0, world=True) for stage in (there, own)]
        assert np.abs(pair[0] - pair[1]).max() < 1e-6 * np.abs(pair[0]).max(), path
    speeds = [
        UsdGeom.Mesh(stage.GetPrimAtPath("/Cloth/left_side/Surface")).GetVelocitiesAttr().Get(2.0)
        for stage in (there, own)
    ]
    assert np.allclose(*(np.linalg.norm(each, axis=1) for each in speeds), rtol=1e-5)
    assert not np.allclose(*speeds, rtol=1e-2)


def test_nothing_is_wrong_with_a_frame_of_its_own(tmp_path):
    floor = {"shape": "plane", "point": [0.0, 0.0, -0.004], "normal": [0.0, 0.0, 1.0]}
    scene = panelled_scene(time__duration=0.004, obstacles=[floor], panels__front__origin=[0.0, 0.0, 0.004])
    fallen = wf.simulate(scene, device="cpu")
    frames = {"front": [0.0, 0.0, -1.0, 180.0, 0.0, 0.0], **FRAME}
    found = usd_export.check(usd_export.export(fallen, tmp_path / "a.usda", panel_frames=frames))
    assert found == usd_export.check(usd_export.export(fallen, tmp_path / "b.usda"))
    high = scene.replace({"obstacles": [{**floor, "point": [0.0, 0.0, -0.0005]}]})
    fallen = wf.simulate(high.replace({"time.duration": 0.002}), device="cpu")
    (one, other) = (
        [
            (each.what.partition(" worst")[0], each.what[-12:])  # several are equally deep
            for each in usd_export.check(usd_export.export(fallen, tmp_path / "c.usda", panel_frames=chosen))
        ]
        for chosen in (frames, {})
    )
    assert one == other != []


def test_frames_of_panels_that_are_not_there(run, tmp_path):
    with pytest.raises(UsdError, match="no panel 'back'") as caught:
        usd_export.export(run, tmp_path / "a.usda", panel_frames={"back": [0.0] * 6})
    assert "left side" in (caught.value.fix or "")
    with pytest.raises(UsdError, match="no panel 'left side'") as caught:
        usd_export.export(run.parts[0], tmp_path / "a.usda", panel_frames=FRAME)
    assert "no panels" in (caught.value.fix or "")


def _points(stage, path: str, time: float, world: bool = False) -> np.ndarray:
    prim = UsdGeom.PointBased(stage.GetPrimAtPath(path))
    points = np.array(prim.GetPointsAttr().Get(time), float)
    move = np.array(prim.ComputeLocalToWorldTransform(time)) if world else np.eye(4)
    return points @ move[:3, :3] + move[3, :3]
