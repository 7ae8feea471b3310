"""The benchmark of impacts: its scenes make cloth touch, and what it tells of them."""

import numpy as np
import pytest

from benchmarks import gaps, impacts


def test_a_table_of_a_short_run():
    found = impacts.run("fall", "wool", 5, 240, 0.025)
    assert found["steps"] == 6
    assert found["failure"] == ""
    assert 0.0 < found["least_gap"] < 1.0
    lines = impacts.report([found], "a machine").splitlines()
    assert sum(line.startswith("| fall, wool | 1/240 | 6 |") for line in lines) == 1


@pytest.mark.parametrize("name", impacts.SCENES)
@pytest.mark.parametrize("yarn", impacts.YARNS)
def test_cloth_begins_clear_of_everything(name, yarn):
    scene = impacts.SCENES[name](yarn, 12, 240, 2.0)
    assert scene.collision.self
    assert scene.time.steps_per_frame == 1
    assert scene.time.frame_count == 480
    start = scene.build().position[None]
    # Cloth may lie on a floor, barely touching; nothing else begins to touch.
    assert gaps.least_gap(scene, start, np.zeros(1)) > 1.0 - 1e-9


def test_the_least_gap():
    """Of a fold of two rows, and of a bead on a floor."""
    scene = impacts.SCENES["fold"]("cotton", 12, 240, 2.0)
    position = scene.build().position.copy()
    touch = 4.0 * scene.yarns["yarn"].radius
    position[:, 12:] = position[:, 11::-1] + [0.0, 0.0, 0.75 * touch]
    assert gaps.least_gap(scene, position[None], np.zeros(1)) == pytest.approx(0.5)
    position = scene.build().position - [0.0, 0.0, 0.1 * touch]
    assert gaps.least_gap(scene, position[None], np.zeros(1)) == pytest.approx(0.6)


def test_a_sphere_moves_and_turns_on_its_path():
    """It comes to 0.9 of a bead's radius from a crossing, y = 0.8: moved there, or turned there about the origin."""
    scene = impacts.SCENES["push"]("cotton", 12, 240, 2.0)
    position, radius = scene.build().position, 2.0 * scene.yarns["yarn"].radius
    there = position[11, 11] + [0.0, -scene.obstacles[0].radius - 0.9 * radius, 0.0]
    for start, pose in ((there - [0.0, 0.02, 0.0], [0.0, 0.02, 0.0, 0.0, 0.0, 0.0]), (-there, [0, 0, 0, 0, 0, np.pi])):
        start = start if not pose[-1] else [-there[0], -there[1], there[2]]
        moved = scene.replace({"obstacles.0.center": start, "obstacles.0.path": [[0.0] * 7, [1.0, *pose]]})
        assert gaps.least_gap(moved, position[None], np.zeros(1)) == 1.0
        assert gaps.least_gap(moved, position[None], np.ones(1)) == pytest.approx(0.8)
