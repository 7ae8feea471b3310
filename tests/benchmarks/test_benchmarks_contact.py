"""The benchmark of contact: what it measures, its scenes and its tables."""

import numpy as np
import pytest

from benchmarks import contact
from warp_fabric.obstacle_mesh import read_mesh


@pytest.mark.parametrize("case", contact.CASES)
def test_steps(case):
    found = contact.stepping(case, 9, contact.FIRST + 2, "cpu")
    assert min(found["ratio"], found["ratio_alike"]) > 0.0
    assert found["touching"] > 0.0 or case == "on a sphere", "cloth as small as this springs off a narrow ball"
    assert min(found["newton"]) >= 1.0
    lines = contact.report([found], "a machine").splitlines()
    assert sum(line.startswith(f"| {case}, 9 x 9 |") for line in lines) == 1


def test_searches():
    found = contact.searching(9, "cpu")
    assert min(found["seconds_each"]) > 0.0
    assert any(line.startswith("| 9 x 9 |") for line in contact.report([found], "a machine").splitlines())


@pytest.mark.parametrize("case", contact.BALLS)
def test_a_third_touches_the_ball(case):
    scene = contact.cloth(50, 1)
    x, radius = contact.around_ball(scene, contact.BALLS[case])
    height = np.linalg.norm(x, axis=1) - radius
    assert height.min() == pytest.approx(0.97 * contact.thickness(scene))
    assert (height < contact.thickness(scene)).mean() == pytest.approx(1 / 3, abs=0.1)


def test_the_body_is_closed_and_large_enough(tmp_path):
    mesh = read_mesh(contact.body(tmp_path / "body.npz", 1.0)["file"])
    assert mesh.closed
    assert len(mesh.faces) == pytest.approx(5000, rel=0.05)
