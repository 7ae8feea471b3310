"""What a check of a USD file says of cloth inside obstacles."""

import numpy as np
import pytest
from exported import exported
from obstructed import CORNERS, obstructed
from pxr import UsdGeom
from usd_cloth import usd_run

import usd_export

AROUND = [0.103, -0.1976, 0.3]
"""The middle of the cloth, whose waves are up to 1 mm high."""
BALL = {"shape": "sphere", "center": AROUND, "radius": 1.5e-3}
FAR = [0.0, 0.0, 10.0]


def told(stage):
    found = usd_export.check(stage.GetRootLayer().realPath)
    return [each for each in found if "obstacle" in each.what]


def depths(run, frame, center, radius):
    return radius - np.linalg.norm(run.position[frame] - np.array(center), axis=-1)


@pytest.mark.parametrize(
    "options",
    [{}, {"unit": "mm", "up_axis": "Y", "plies": 2}, {"time_codes_per_second": 24.0}, {"obstacles": False}],
    ids=str,
)
def test_crossings_inside_a_sphere_are_counted(options, tmp_path):
    rows = [[0.0, *FAR], [0.0399, *FAR], [0.04, 0, 0, 0], [0.06, 0, 0, 0], [0.0601, *FAR]]
    run = usd_run(obstacles=[{**BALL, "path": rows}])
    (finding,) = told(exported(tmp_path, run=run, **options))
    depth = [depths(run, frame, AROUND, BALL["radius"]) for frame in (2, 3)]
    worst = int(np.argmax([each.max() for each in depth]))
    pick, end = np.unravel_index(np.argmax(depth[worst]), depth[worst].shape)
    # curves pass a little beside the crossings
    count = int(finding.what.split(": ")[1].split()[0])
    assert abs(count - np.count_nonzero(depth[worst] > 0.0)) <= 3
    assert f" of 35 crossings are inside it; worst at pick {pick}, end {end}, " in finding.what
    deep = float(finding.what.split(", ")[-1].split()[0])
    assert deep == pytest.approx(1e3 * depth[worst].max(), rel=0.15)
    assert finding.severity == "warning"
    assert finding.times == 2
    rate = options.get("time_codes_per_second", 50.0)
    assert finding.time == pytest.approx((worst + 2) * rate / 50.0)
    there = options.get("obstacles", True)
    assert finding.path == ("/Cloth/colliders/sphere_0" if there else "/Cloth/Yarns")


@pytest.mark.parametrize(
    ("obstacle", "expected"),
    [
        ({"shape": "plane", "point": [0, 0, 0.5], "normal": [0, 0, 2]}, "35 of 35 crossings"),
        ({"shape": "plane", "point": [0, 0, 0.29], "normal": [0, 0, 2]}, None),
        ({"shape": "box", "center": AROUND, "size": [0.1, 0.1, 0.1]}, "35 of 35 crossings"),
        ({"shape": "capsule", "start": [0.1, -0.3, 0.3], "end": [0.1, 0.1, 0.3], "radius": 2e-3}, "crossings"),
        ({**BALL, "center": [0.103, -0.1976, 0.31]}, None),
    ],
    ids=lambda value: value["shape"] if isinstance(value, dict) else "",
)
def test_shapes(obstacle, expected, tmp_path):
    found = told(exported(tmp_path, run=usd_run(2, obstacles=[obstacle])))
    if expected is None:
        assert found == []
        return
    assert expected in found[0].what
    assert f"obstacle 0 ({obstacle['shape']})" in found[0].what


def test_yarns_that_go_through_between_crossings(tmp_path):
    fabric = usd_run(1).fabric
    between = fabric.position[2, 2:4].mean(axis=0)
    rod = {
        "shape": "capsule",
        "start": np.subtract(between, [0, 9e-4, 1e-4]).tolist(),
        "end": np.add(between, [0, 9e-4, -1e-4]).tolist(),
    }
    run = usd_run(2, obstacles=[{**rod, "radius": 3e-4}])
    run.position[:] = fabric.position
    (finding,) = told(exported(tmp_path, run=run))
    assert "yarn goes through it between crossings; worst pick 2" in finding.what


def test_yarns_that_lie_on_it_do_not(tmp_path):
    fabric = usd_run(1).fabric
    below = float(fabric.position[0, 0, 2] - fabric.end_radius.max() - fabric.pick_radius.max())
    run = usd_run(2, obstacles=[{"shape": "plane", "point": [0, 0, below], "normal": [0, 0, 1]}])
    run.position[:] = fabric.position
    assert told(exported(tmp_path, run=run)) == []


def test_meshes_come_from_the_file(tmp_path):
    file, rest = obstructed(tmp_path, 3).scene.obstacles[4].file, usd_run(1).fabric.position
    shift = rest[2, 3] - CORNERS.mean(axis=0)
    run = usd_run(3, obstacles=[{"shape": "mesh", "file": file, "path": [[0.0, *shift]]}])
    run.position[:] = rest
    stage = exported(tmp_path, run=run)
    (tmp_path / "still.obj").unlink()
    (finding,) = told(stage)
    assert "1 of 35 crossings are inside it; worst at pick 2, end 3, 0.289 mm deep" in finding.what
    attribute = stage.GetDefaultPrim().GetAttribute("warpFabric:meshes:obstacle_0:faces")
    attribute.Set([0, 1])
    stage.Save()
    (finding,) = told(stage)
    assert "the obstacles of its scene cannot be had" in finding.what


def test_a_cloth_that_was_moved_with_its_obstacles(tmp_path):
    run = usd_run(2, obstacles=[BALL])
    stage = exported(tmp_path, run=run)
    (before,) = told(stage)
    UsdGeom.Xformable(stage.GetDefaultPrim()).AddTranslateOp().Set((5.0, 3.0, 1.0))
    stage.Save()
    (after,) = told(stage)
    assert after.what == before.what


def test_far_from_the_origin(tmp_path):
    center = [AROUND[0] + 3e3 - 0.1, AROUND[1] + 0.2, AROUND[2] - 0.3]
    run = usd_run(2, obstacles=[{**BALL, "center": center}], fabric__origin=[3e3, 0.0, 0.0])
    (finding,) = told(exported(tmp_path, run=run))
    assert "crossings are inside it" in finding.what


def test_obstacles_may_move_on_after_the_cloth(tmp_path):
    run = obstructed(tmp_path, 3)
    tables = [{"shape": "mesh", "file": run.scene.obstacles[5].file}]
    stage = exported(tmp_path, run=usd_run(3, obstacles=tables), obstacle_purpose="render")
    assert UsdGeom.Mesh(stage.GetPrimAtPath("/Cloth/colliders/mesh_0")).GetPointsAttr().GetTimeSamples()[-1] == 5.0
    assert stage.GetEndTimeCode() == 2.0
    assert usd_export.check(tmp_path / "cloth.usdc") == []
