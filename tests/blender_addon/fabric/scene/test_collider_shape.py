"""Boxes that are recognised, and what moves rigidly."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from blender_addon.fabric.scene.collider_shape import as_box, checked_mesh, rigid_poses, stays
from warp_fabric import SceneError
from warp_fabric.obstacle_mesh import box_mesh

UNIT = box_mesh()
BOX = UNIT.vertices[0] * [0.3, 0.2, 0.5]


@pytest.mark.parametrize("turn", [(0, 0, 0), (0.3, 0.2, -0.1), (0, 0, np.pi / 2), (2.0, 1.0, 0.5)])
def test_boxes(turn):
    rotation = Rotation.from_rotvec(turn)
    points = rotation.apply(BOX) + np.array([1, 2, 3])
    center, size, axes = as_box(points, UNIT.faces)
    np.testing.assert_allclose(center, [1, 2, 3])
    assert np.linalg.det(axes) == pytest.approx(1.0)
    np.testing.assert_allclose(sorted(size), [0.2, 0.3, 0.5])
    made = (UNIT.vertices[0] * size) @ axes.T + center
    assert np.linalg.norm(made[:, None] - points, axis=2).min(axis=0).max() < 1e-9
    if turn in ((0, 0, 0), (0, 0, np.pi / 2)):
        np.testing.assert_allclose(axes, np.eye(3), atol=1e-9)


def test_what_is_no_box():
    assert as_box(BOX @ np.array([[1, 0.1, 0], [0, 1, 0], [0, 0, 1]]), UNIT.faces) is None
    points = BOX.copy()
    points[0] *= 1.001
    assert as_box(points, UNIT.faces) is None
    assert as_box(BOX, UNIT.faces[:-1]) is None
    assert as_box(BOX, UNIT.faces[:, ::-1]) is None  # all around it, not it
    assert as_box(BOX[:4], UNIT.faces[:4]) is None


def test_rigid_motion():
    turns = Rotation.from_rotvec(np.linspace(0, 3, 5)[:, None] * [0.6, 0.0, 0.8])
    points = np.array([turn.apply(BOX) + np.array([k, 0, 0]) for k, turn in enumerate(turns)])
    found = rigid_poses(points)
    np.testing.assert_allclose(found[0], turns.as_matrix(), atol=1e-9)
    np.testing.assert_allclose(found[1], np.arange(5)[:, None] * [1, 0, 0], atol=1e-9)
    points[3] *= [1, 1, 1.001]
    assert rigid_poses(points) is None


def test_what_stays():
    points = np.array([BOX, BOX + 1e-9, BOX])
    assert stays(points)
    points[1] += 1e-4
    assert not stays(points)


def test_what_is_closed_and_what_is_wrong():
    assert checked_mesh(BOX[None], UNIT.faces, "Box")
    assert not checked_mesh(BOX[None], UNIT.faces[:-1], "Box")
    with pytest.raises(SceneError, match="inside out") as caught:
        checked_mesh(BOX[None], UNIT.faces[:, ::-1], "Box")
    assert (caught.value.where, "Shift-N" in caught.value.fix) == ("Box", True)
