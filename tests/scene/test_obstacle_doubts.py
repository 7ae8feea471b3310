"""What is doubted of contact, and what is not."""

from pathlib import Path

import pytest
from small_run import small_scene
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.scene.doubts import doubts

GOLDEN = sorted((Path(__file__).parents[1] / "data" / "golden").glob("contact_*_*.toml"))
BALL = {"shape": "sphere", "center": [0.0, 0.0, -0.02], "radius": 5e-3}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"collision": {"self": False, "stiffness": 50.0}}, "collision.stiffness has no effect"),
        ({"obstacles": [{**BALL, "center": [0, 0, -0.6], "thickness": 0.5}]}, "obstacles.0.thickness = 0.5 m"),
        ({"obstacles": [BALL, {**BALL, "path": [[0, 0, 0, 0], [10, 0, 30, 0]]}]}, "obstacles.1.path moves it by 30 m"),
        ({"obstacles": [{**BALL, "path": [[0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 90]]}]}, "write 1.571"),
        ({"obstacles": [{**BALL, "path": [[0, 0, 0, 0], [1e-3, 0, 0, -0.02]]}]}, "obstacle 0 (sphere) moves"),
        ({"obstacles": [{**BALL, "center": [0, 0, 0]}]}, "inside obstacle 0 (sphere); move it by"),
        ({"obstacles": [BALL], "collision": {"stiffness": 0.0}}, "collision.stiffness = 0: cloth passes through"),
        ({"obstacles": [BALL], "collision": {"slip_speed": 1e-12}}, "collision.slip_speed = 1e-12 m/s is far below"),
    ],
)
def test_what_is_hardly_meant(changes, told):
    (found,) = doubts(small_scene(**changes))
    assert told in found


def test_open_meshes_that_pass_cloth(tmp_path):
    (tmp_path / "sheet.obj").write_text("v 0 0 -0.1\nv 1 0 -0.1\nv 0 1 -0.1\nf 1 2 3\n")
    mesh = {"shape": "mesh", "file": str(tmp_path / "sheet.obj")}
    rising = {**mesh, "path": [[0, 0, 0, 0], [0.1, 0, 0, 0.09]]}
    (found,) = doubts(textile_scene("cotton", (5, 5), time__step=1e-3, obstacles=[mesh, rising]))
    assert found.startswith("obstacle 1 (mesh) moves 0.")
    assert "0.204 mm thick (an open mesh" in found


@pytest.mark.parametrize(("faces", "seams"), [("f 1 2 3\nf 4 5 6\n", 2), ("f 1 2 3\nf 1 3 6\n", 0)])
def test_meshes_that_fall_apart(tmp_path, faces, seams):
    (tmp_path / "square.obj").write_text("v 0 0 -1\nv 1 0 -1\nv 1 1 -1\nv 0 0 -1\nv 1 1 -1\nv 0 1 -1\n" + faces)
    found = doubts(small_scene(obstacles=[{"shape": "mesh", "file": str(tmp_path / "square.obj")}]))
    told = [each for each in found if each.startswith(f"obstacle 0 (mesh) has {seams} edges that lie on others")]
    assert len(told) == len(found) == bool(seams)


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_what_is_usual_is_not_doubted(yarn):
    plane = {"shape": "plane", "point": [0, 0, -1e-3], "normal": [0, 0, 1], "friction": 0.5}
    assert doubts(textile_scene(yarn, (5, 5), fabric__pose="flat", collision={}, obstacles=[plane])) == []
    assert doubts(textile_scene(yarn, (5, 5), collision={"stiffness": 50.0})) == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_scenes_start_outside_of_obstacles(path):
    assert [each for each in doubts(wf.load_scene(path)) if "start inside" in each] == []


def test_a_mesh_that_is_missing_is_the_models_business():
    lost = {"shape": "mesh", "file": "lost.obj"}
    assert doubts(small_scene(obstacles=[lost])) == []


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_contact_that_cannot_carry_the_cloth(yarn):
    """As the law has it: at the core y = 0.05, where (1 - y) (2 ln y - (1 - y) / y) = -23.74, and a is half of r."""
    scene = textile_scene(yarn, (5, 5), collision={"stiffness": 1e-9})
    kind = next(iter(scene.yarns.values()))
    weight = 2.0 * kind.linear_density * scene.spacing * 9.8
    least = 10.0 * weight / (23.74 * 0.5 * 2.0 * kind.radius)
    (found,) = doubts(scene)
    assert found == (
        f"collision.stiffness = 1e-09 N/m does not carry 10 layers of this cloth, which takes {least:.1g}: "
        "leave this key out, for 100"
    )
    assert len(doubts(scene.replace({"collision.stiffness": 0.97 * least}))) == 1
    assert doubts(scene.replace({"collision.stiffness": 1.03 * least})) == []
