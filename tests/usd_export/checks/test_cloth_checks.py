import numpy as np
import pytest
from exported import exported
from pxr import Gf, Usd, UsdGeom, Vt
from usd_cloth import usd_run

from usd_export.checks.cloth_checks import check_cloth
from usd_export.checks.cloth_reader import cloths_of
from usd_export.checks.findings import Findings

YARNS = "/Cloth/Yarns"
ENDS = f"{YARNS}/ends_thin"
STATIC = {"time__integrator": "static"}


def found(stage):
    findings = Findings()
    for cloth in cloths_of(stage):
        sound = [each for each in cloth.yarns if each.counts.sum() == len(each.prim.GetAttribute("points").Get(0.0))]
        check_cloth(cloth, sound, findings)
    return [f"{each.severity} {each.path}: {each.what}" for each in findings.list()]


@pytest.mark.parametrize(
    ("frames", "changes", "options"),
    [
        (6, {}, {}),
        (1, {}, {"plies": 3}),
        (2, {}, {"clips": 1, "unit": "cm", "up_axis": "Y"}),
        (6, {"fabric__picks": 1}, {}),
        (6, {"fabric__ends": 1, "pins": []}, {"up_axis": "Y"}),
        (6, {"fabric__origin": [1e4, -2e4, 3e3], "pins": []}, {"up_axis": "Y"}),
        (6, {"fabric__pose": "hanging"}, {"yarns": False, "layers": True}),
        (6, {"fabric__pose": "hanging"}, {"surface": False, "velocities": False, "unit": "mm"}),
        (1, STATIC, {"pins": False, "samples_per_crossing": 1}),
        (6, {}, {"time_codes_per_second": 24.0, "sim_curves": True}),
    ],
)
def test_exports_are_whole(tmp_path, frames, changes, options):
    assert found(exported(tmp_path, run=usd_run(frames, **changes), **options)) == []


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        (["ends_thin"], "4 of 7 ends are missing: 0, 2, 4, 6"),
        (["ends_thin", "ends_thick"], "7 of 7 ends are missing: 0, 1, 2, 3, 4 ..."),
        (["picks_thin"], "5 of 5 picks are missing: 0, 1, 2, 3, 4"),
    ],
)
def test_yarns_that_are_missing(tmp_path, lost, says):
    stage = exported(tmp_path)
    for name in lost:
        stage.RemovePrim(f"{YARNS}/{name}")
    assert found(stage) == [f"error {YARNS}: {says}"]


def test_a_cloth_may_come_without_yarns(tmp_path):
    stage = exported(tmp_path)
    stage.RemovePrim(YARNS)
    assert found(stage) == []


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ([0, 2, 4, 4], "1 of 7 ends are missing: 6"),
        ([10, 12, 14, 16], "4 of 7 ends are missing: 0, 2, 4, 6"),
        ([0, 1, 2, 4, 6], "ends that are there twice, or are none of the fabric's 7: 1"),
        ([0, 2, 4, 6, 9], "ends that are there twice, or are none of the fabric's 7: 9"),
    ],
)
def test_numbers_that_are_wrong(tmp_path, numbers, says):
    stage = exported(tmp_path)
    prim = stage.GetPrimAtPath(ENDS)
    prim.GetAttribute("primvars:yarnId").Set(numbers)
    prim.GetAttribute("curveVertexCounts").Set([17] * len(numbers))
    assert found(stage) == [f"error {YARNS}: {says}"]


def test_samples_that_are_missing(tmp_path):
    stage = exported(tmp_path, run=usd_run(frames=9))
    prim = stage.GetPrimAtPath(ENDS)
    prim.GetAttribute("points").ClearAtTime(4.0)
    told = found(stage)
    assert told[0] == f"warning {ENDS}: it has 8 samples, at other times than the 9 of the rest of the cloth"
    for each in cloths_of(stage)[0].yarns:
        each.prim.GetAttribute("points").ClearAtTime(4.0)
    stage.GetPrimAtPath("/Cloth/Surface").GetAttribute("points").ClearAtTime(4.0)
    told = found(stage)
    assert len(told) == 4
    assert all(each.endswith("samples are missing: there is none between 3 and 5") for each in told)


def test_a_clip_that_is_a_copy_of_another(tmp_path):
    exported(tmp_path, run=usd_run(frames=12), clips=3)
    first, second = (next(tmp_path.glob(f"*clip.000{k}.usdc")) for k in (1, 2))
    second.write_bytes(first.read_bytes())
    told = found(Usd.Stage.Open(str(tmp_path / "cloth.usdc")))
    assert any(ENDS in each and "samples are missing" in each for each in told)


def test_velocities_of_a_part_only(tmp_path):
    stage = exported(tmp_path)
    stage.GetPrimAtPath(ENDS).RemoveProperty("velocities")
    assert found(stage) == [f"warning {ENDS}: it has no velocities, while others of the cloth do"]


def test_a_scene_that_cannot_be_read(tmp_path):
    stage = exported(tmp_path)
    stage.GetDefaultPrim().GetAttribute("warpFabric:scene").Set("garbage [")
    (told,) = found(stage)
    assert told.startswith("warning /Cloth.warpFabric:scene: the scene in it cannot be read: scene: this is not TOML")
    stage.GetDefaultPrim().GetAttribute("warpFabric:scene").Set("[fabric]\nends = -1")
    assert "the scene in it cannot be read" in found(stage)[0]


HELD = [{"crossing": [0, 0]}, {"crossing": [4, 3]}]


@pytest.mark.parametrize("up", ["Y", "Z"])
@pytest.mark.parametrize(
    ("changes", "options", "prim"),
    [
        ({"pins": HELD}, {}, "/Cloth/Pins"),
        ({"pins": HELD} | STATIC, {"unit": "cm"}, "/Cloth/Pins"),
        ({}, {"pins": False}, "/Cloth/Surface"),
        ({}, {"pins": False, "surface": False, "plies": 2, "unit": "mm"}, ENDS),
    ],
)
def test_an_up_axis_of_other_points(tmp_path, up, changes, options, prim):
    run = usd_run(1 if changes.get("time__integrator") else 6, **changes)
    run.position[0] = run.fabric.position
    stage = exported(tmp_path, run=run, up_axis=up, **options)
    assert found(stage) == []
    other = "Z" if up == "Y" else "Y"
    UsdGeom.SetStageUpAxis(stage, other)
    told = found(stage)
    assert told[0] == f"error {prim}: it lies as in its scene if {up} is up, but the stage says {other}"
    turn = UsdGeom.XformCommonAPI(stage.GetDefaultPrim())  # right again: as programs place a cloth of another axis
    turn.SetRotate(Gf.Vec3f(-90.0 if other == "Y" else 90.0, 0.0, 0.0))
    assert found(stage) == []


def test_a_static_cloth_that_fell_is_not_on_its_side(tmp_path):
    run = usd_run(1, **STATIC, pins=[{"crossing": [0, 0]}, {"crossing": [0, 6]}])
    rest = run.fabric.position
    x, y, z = np.moveaxis(rest - rest[0, 0], -1, 0)
    run.position[0] = rest[0, 0] + np.stack([x, z, -y], axis=-1)
    assert found(exported(tmp_path, run=run)) == []


def test_a_cloth_that_was_moved_on_purpose(tmp_path):
    stage = exported(tmp_path)
    UsdGeom.XformCommonAPI(stage.GetDefaultPrim()).SetTranslate(Gf.Vec3d(3.0, 1.0, 2.0))
    UsdGeom.SetStageUpAxis(stage, "Y")
    points = stage.GetPrimAtPath("/Cloth/Surface").GetAttribute("points")
    stage.RemovePrim("/Cloth/Pins")
    random = np.random.default_rng(2).normal(size=(35, 3)).astype(np.float32)
    points.Set(Vt.Vec3fArray.FromNumpy(random), 0.0)
    stage.RemovePrim(YARNS)
    assert found(stage) == []
