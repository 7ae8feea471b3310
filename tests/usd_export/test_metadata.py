import dataclasses

import numpy as np
import pytest
from exported import curves_of, exported
from pxr import Usd
from usd_cloth import usd_run, usd_scene

import usd_export
from usd_export.metadata import initial_of, scene_of, summary
from warp_fabric import Scene
from warp_fabric.errors import UsdError
from warp_fabric.initial import STATE, initial_state
from warp_fabric.parameters import of_table


@pytest.mark.parametrize("name", ["cloth.usdc", "cloth.usda", "cloth.usdz", "cloth.usd"])
def test_the_scene_comes_back_whole(name, tmp_path):
    exported(tmp_path, name)
    assert Scene.from_toml(scene_of(tmp_path / name)) == usd_scene()


@pytest.mark.parametrize("options", [{"layers": True}, {"clips": 2}, {"unit": "cm", "up_axis": "Y"}])
def test_however_it_was_written(options, tmp_path):
    exported(tmp_path, **options)
    assert Scene.from_toml(scene_of(tmp_path / "cloth.usdc")) == usd_scene()


def test_the_cloth_is_described_in_si_units(tmp_path):
    stage = exported(tmp_path, unit="mm")
    values = {
        each.GetName(): each.Get() for each in stage.GetDefaultPrim().GetAuthoredPropertiesInNamespace("warpFabric")
    }
    fabric = usd_scene().build()
    assert (values["warpFabric:fabric:ends"], values["warpFabric:fabric:picks"]) == (7, 5)
    assert values["warpFabric:fabric:endSpacing"] == 1e-3
    assert list(values["warpFabric:fabric:drawdown"]) == fabric.drawdown.reshape(-1).tolist()
    assert (values["warpFabric:version"], values["warpFabric:device"]) == ("1.2.3", "cpu")
    prim = curves_of(stage)["ends_thick"].GetPrim()
    yarn = usd_scene().yarns["thick"]
    assert prim.GetAttribute("warpFabric:yarn:name").Get() == "thick"
    assert prim.GetAttribute("warpFabric:direction").Get() == "end"
    for name, value in (
        ("radius", yarn.radius),
        ("linearDensity", yarn.linear_density),
        ("youngModulus", yarn.young_modulus),
        ("bendingModulus", yarn.bending_modulus),
    ):
        attribute = prim.GetAttribute(f"warpFabric:yarn:{name}")
        assert attribute.Get() == value
        assert attribute.IsCustom()


def test_all_parameters_of_yarns_are_described(tmp_path):
    scene = usd_scene(yarns__thick__cohesion=4.0, yarns__thick__damping=2e-3)
    stage = exported(tmp_path, run=usd_run(2, yarns__thick__cohesion=4.0, yarns__thick__damping=2e-3))
    prim = curves_of(stage)["ends_thick"].GetPrim()
    found = {each.GetName(): each for each in prim.GetAuthoredPropertiesInNamespace("warpFabric:yarn")}
    assert len(found) == len(of_table("yarns")) + len(["name"])
    assert (found["warpFabric:yarn:cohesion"].Get(), found["warpFabric:yarn:damping"].Get()) == (4.0, 2e-3)
    assert found["warpFabric:yarn:damping"].GetDocumentation().startswith("[s] ")
    assert Scene.from_toml(scene_of(tmp_path / "cloth.usdc")) == scene


def test_a_cloth_in_a_larger_scene_is_found(tmp_path):
    exported(tmp_path)
    shot = Usd.Stage.CreateNew(str(tmp_path / "shot.usda"))
    shot.DefinePrim("/World/Blanket").GetReferences().AddReference("./cloth.usdc")
    shot.Save()
    assert Scene.from_toml(scene_of(tmp_path / "shot.usda")) == usd_scene()
    usd_export.export(usd_run(2, fabric__ends=9), tmp_path / "other.usdc")
    shot.DefinePrim("/World/Towel").GetReferences().AddReference("./other.usdc")
    shot.Save()
    with pytest.raises(UsdError, match="2 scenes: /World/Blanket, /World/Towel"):
        scene_of(tmp_path / "shot.usda")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A run that began with the last frame of another."""
    path = usd_run(3).save(tmp_path_factory.mktemp("secret") / "first.h5")
    run = usd_run(4, initial__state=str(path))
    for name in STATE:
        getattr(run, name)[0] = getattr(usd_run(3), name)[-1]
    return run


@pytest.mark.parametrize("name", ["cloth.usdc", "cloth.usda"])
def test_a_state_that_is_not_rest_comes_back_bit_for_bit(name, begun, tmp_path):
    stage = exported(tmp_path, name, begun)
    assert "secret" not in stage.ExportToString()
    state = initial_of(tmp_path / name)
    assert state is not None
    assert set(state) == set(STATE)
    expected = initial_state(begun.scene)
    for each, value in expected.items():
        assert np.array_equal(state[each], value), each
        assert np.ptp(value) > 0
    assert Scene.from_toml(scene_of(tmp_path / name)) == begun.scene.replace({"initial.state": None})


def test_rest_is_no_state(tmp_path):
    exported(tmp_path)
    assert initial_of(tmp_path / "cloth.usdc") is None


def test_the_file_of_the_state_need_not_be_there_any_more(begun, tmp_path):
    moved = begun.scene.replace({"initial.state": "gone.h5"})
    for changes in ({}, {"time": {"integrator": "static"}}):
        exported(tmp_path, run=dataclasses.replace(begun, scene=moved.replace(changes)))
        state = initial_of(tmp_path / "cloth.usdc")
        assert state is not None
        assert np.array_equal(state["position"], begun.position[0])
    scene = begun.scene.replace({"time": {"integrator": "static"}})
    exported(tmp_path, run=dataclasses.replace(usd_run(1), scene=scene))
    state = initial_of(tmp_path / "cloth.usdc")
    assert state is not None
    assert np.array_equal(state["position"], begun.position[0])


def test_a_state_that_is_not_whole(begun, tmp_path):
    stage = exported(tmp_path, run=begun)
    stage.GetDefaultPrim().GetAttribute("warpFabric:initial:anchor").Set([(0.0, 0.0)])
    stage.Save()
    with pytest.raises(UsdError, match="warpFabric:initial:anchor is not one finite value for each crossing"):
        initial_of(tmp_path / "cloth.usdc")


def test_files_without_a_cloth(tmp_path):
    with pytest.raises(UsdError, match="no such USD file"):
        scene_of(tmp_path / "none.usdc")
    for name in ("broken.usdc", "broken.usda", "broken.usdz", "run.h5"):
        (tmp_path / name).write_bytes(b"nonsense")
        with pytest.raises(UsdError, match="cannot be read as USD") as caught:
            scene_of(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)
    Usd.Stage.CreateNew(str(tmp_path / "empty.usda")).Save()
    with pytest.raises(UsdError, match="no prim has the attribute warpFabric:scene"):
        scene_of(tmp_path / "empty.usda")


def test_what_usd_says_is_told_without_its_sources():
    raised = "Error in 'a::b' at line 8 in file /x/y.cpp : 'No space left on device', Error in 'c' at line 2 : 'more'"
    assert summary(Exception(raised)) == "No space left on device"
    opened = "\n\tError in 'a::b' at line 8 in file /x/y.cpp : 'Too small'\n\tError in 'c' at line 2 in file /x/z.cpp"
    assert summary(Exception(opened)) == "Too small"
    assert summary(Exception("plain")) == "plain"
