"""Meshes of obstacles in the USD file: it is simulated again without theirs."""

import shutil

import numpy as np
import pytest
from exported import exported
from obstructed import CORNERS, FACES, SAMPLES, obstructed
from pxr import Sdf, Usd
from usd_cloth import usd_run

import usd_export
from warp_fabric import Scene, UsdError
from warp_fabric.errors import SceneError
from warp_fabric.scene.doubts import SceneWarning
from warp_fabric.scene.meshes import obstacle_meshes, with_meshes


@pytest.mark.parametrize("name", ["cloth.usdc", "cloth.usda", "cloth.usdz"])
def test_meshes_come_back_bit_for_bit(name, tmp_path):
    files = tmp_path / "secret"
    files.mkdir()
    run = obstructed(files, collision={"self": True, "friction": 0.2})
    before = obstacle_meshes(run.scene)
    stage = exported(tmp_path, name, run)
    assert "secret" not in stage.ExportToString()
    shutil.rmtree(files)
    text, meshes = usd_export.scene_of(tmp_path / name), usd_export.meshes_of(tmp_path / name)
    assert [*meshes] == ["obstacle_4.npz", "obstacle_5.npz"]
    scene = with_meshes(Scene.from_toml(text), meshes, tmp_path / "again")
    assert {each.name for each in tmp_path.glob("*.npz")} == {"again.obstacle_4.npz", "again.obstacle_5.npz"}
    for one, other in zip(before, obstacle_meshes(scene)):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            for each, value in vars(one).items():
                np.testing.assert_array_equal(getattr(other, each), value)
    same = {f"obstacles.{k}.file": run.scene.obstacles[k].file for k in (4, 5)}
    assert scene.replace(same) == run.scene


def test_obstacles_of_one_file_share_it(tmp_path):
    run = obstructed(tmp_path)
    both = [{"shape": "mesh", "file": run.scene.obstacles[4].file, "path": [[0.0, x, 0, 0]]} for x in (0.0, 0.1)]
    exported(tmp_path, run=usd_run(2, obstacles=both))
    assert [*usd_export.meshes_of(tmp_path / "cloth.usdc")] == ["obstacle_0.npz"]
    text = usd_export.scene_of(tmp_path / "cloth.usdc")
    assert text.count('file = "obstacle_0.npz"') == 2


def test_a_cloth_without_meshes_carries_none(tmp_path):
    run = usd_run(2, obstacles=[{"shape": "sphere", "center": [0, 0, 0], "radius": 1e-3}])
    exported(tmp_path, run=run)
    assert usd_export.meshes_of(tmp_path / "cloth.usdc") == {}
    scene = Scene.from_toml(usd_export.scene_of(tmp_path / "cloth.usdc"))
    assert scene == run.scene
    assert with_meshes(scene, {}, tmp_path / "again") is scene


def test_what_is_carried_can_be_read_where_it_is_referenced(tmp_path):
    run = obstructed(tmp_path)
    exported(tmp_path, run=run)
    stage = Usd.Stage.CreateNew(str(tmp_path / "shot.usda"))
    stage.DefinePrim("/World/Left").GetReferences().AddReference("./cloth.usdc")
    stage.DefinePrim("/World/Right").GetReferences().AddReference("./cloth.usdc")
    stage.Save()
    meshes = usd_export.meshes_of(tmp_path / "shot.usda")
    np.testing.assert_array_equal(meshes["obstacle_5.npz"]["time"], SAMPLES)
    np.testing.assert_array_equal(meshes["obstacle_5.npz"]["faces"], FACES)
    np.testing.assert_array_equal(meshes["obstacle_5.npz"]["vertices"][0], CORNERS)


@pytest.mark.parametrize(
    ("name", "value"), [("faces", [0, 1]), ("vertices", [(0.0, 0.0, 0.0)]), ("time", []), ("faces", None)]
)
def test_a_mesh_that_is_not_whole(name, value, tmp_path):
    stage = exported(tmp_path, run=obstructed(tmp_path))
    attribute = stage.GetDefaultPrim().GetAttribute(f"warpFabric:meshes:obstacle_5:{name}")
    attribute.Clear() if value is None else attribute.Set(value)
    stage.Save()
    with pytest.raises(UsdError, match="warpFabric:meshes:obstacle_5 is not a whole mesh"):
        usd_export.meshes_of(tmp_path / "cloth.usdc")


def test_a_mesh_that_is_gone_before_the_export(tmp_path):
    run = obstructed(tmp_path)
    (tmp_path / "still.obj").unlink()
    with pytest.raises(SceneError, match=r"still\.obj") as caught:
        exported(tmp_path, run=run)
    assert caught.value.where == "obstacles[4].file"
    assert not (tmp_path / "cloth.usdc").exists()


@pytest.mark.parametrize("broken", [None, "v 0 0\n"])
def test_a_mesh_that_cannot_be_read_is_left_out_where_obstacles_are_not_shown(broken, tmp_path):
    run, still = obstructed(tmp_path), tmp_path / "still.obj"
    still.unlink() if broken is None else still.write_text(broken)
    with pytest.warns(SceneWarning, match=r"left out: .*still\.obj.*shown, but not simulated"):
        exported(tmp_path, run=run, obstacles=False)
    assert [*usd_export.meshes_of(tmp_path / "cloth.usdc")] == ["obstacle_5.npz"]
    scene = Scene.from_toml(usd_export.scene_of(tmp_path / "cloth.usdc"))
    assert scene.obstacles[4].file == str(still)


def test_a_mesh_that_cannot_be_written(tmp_path):
    exported(tmp_path, run=obstructed(tmp_path))
    scene = Scene.from_toml(usd_export.scene_of(tmp_path / "cloth.usdc"))
    with pytest.raises(SceneError, match="cannot be written"):
        with_meshes(scene, usd_export.meshes_of(tmp_path / "cloth.usdc"), tmp_path / "none" / "again")


def test_attributes_are_documented(tmp_path):
    stage = exported(tmp_path, run=obstructed(tmp_path))
    prim = stage.GetDefaultPrim()
    for name, kind in (("time", "double[]"), ("vertices", "double3[]"), ("faces", "int[]")):
        attribute = prim.GetAttribute(f"warpFabric:meshes:obstacle_4:{name}")
        assert attribute.GetTypeName() == Sdf.ValueTypeNames.Find(kind)
        assert attribute.GetDocumentation()
