"""What is doubted of contact, and what is not."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
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
        ({"obstacles": [{**BALL, "thickness": 0.5}]}, "obstacles.0.thickness = 0.5 m"),
        ({"obstacles": [BALL, {**BALL, "path": [[0, 0, 0, 0], [1, 0, 30, 0]]}]}, "obstacles.1.path moves it by 30 m"),
        ({"obstacles": [{**BALL, "path": [[0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 90]]}]}, "write 1.571"),
        ({"obstacles": [{**BALL, "center": [0, 0, 0]}]}, "crossings start inside obstacles.0"),
    ],
)
def test_what_is_hardly_meant(changes, told):
    (found,) = doubts(small_scene(**changes))
    assert told in found


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_what_is_usual_is_not_doubted(yarn):
    plane = {"shape": "plane", "point": [0, 0, -1e-3], "normal": [0, 0, 1], "friction": 0.5}
    assert doubts(textile_scene(yarn, (5, 5), fabric__pose="flat", collision={}, obstacles=[plane])) == []
    assert doubts(textile_scene(yarn, (5, 5), collision={"stiffness": 50.0})) == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_scenes_start_outside_of_obstacles(path):
    assert [each for each in doubts(wf.load_scene(path)) if "start inside" in each] == []


SHAPES = {
    "plane": ({"point": [0.0, 0.0, 0.1], "normal": [0.0, 0.0, 3.0]}, lambda x: x[:, 2] < 0.1),
    "sphere": ({"center": [0.1, 0.0, 0.0], "radius": 0.6}, lambda x: ((x - [0.1, 0, 0]) ** 2).sum(axis=1) < 0.36),
    "box": (
        {"center": [0.0, 0.0, 0.1], "size": [1.0, 1.5, 0.8]},
        lambda x: (abs(x - [0, 0, 0.1]) < [0.5, 0.75, 0.4]).all(1),
    ),
    "capsule": (
        {"start": [0.0, 0.0, -0.5], "end": [0.0, 0.0, 0.3], "radius": 0.4},
        lambda x: np.hypot(np.hypot(x[:, 0], x[:, 1]), x[:, 2] - np.clip(x[:, 2], -0.5, 0.3)) < 0.4,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_inside_goes_by_the_pose_at_time_0(shape):
    from warp_fabric.scene.obstacle_doubts import _is_inside

    keys, inside = SHAPES[shape]
    w, p = np.array([0.3, -1.2, 0.8]), np.array([0.2, -0.1, 0.4])
    obstacle = wf.Obstacle(shape, **keys, path=[[-1.0, *(2 * p), *w], [1.0, 0, 0, 0, *w]])
    own = np.random.default_rng(2).uniform(-1, 1, (500, 3))
    world = Rotation.from_rotvec(w).apply(own) + p
    found = _is_inside(obstacle, world)
    assert 20 < found.sum() < 480
    np.testing.assert_array_equal(found, inside(own))
