"""Boxes, spheres and capsules that are recognised, and what moves rigidly."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from blender_addon.fabric.scene.collider_shape import as_box, as_capsule, checked_mesh, rigid_poses, stays
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


def drop(rings: int, around: int, length: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A sphere of radius 1 as Blender makes one of rings, cut at its equator and drawn apart along z."""
    polar = np.linspace(0.0, np.pi, rings + 1)
    if length:
        polar = np.insert(polar, rings // 2, np.pi / 2)
    turn = 2.0 * np.pi * np.arange(around) / around
    side = np.where(np.arange(len(polar)) <= rings // 2, 0.5, -0.5) * length
    points = np.stack(
        [
            np.outer(np.sin(polar), np.cos(turn)),
            np.outer(np.sin(polar), np.sin(turn)),
            np.repeat((np.cos(polar) + side)[:, None], around, axis=1),
        ],
        axis=2,
    )[1:-1]
    count = len(points)
    number = np.arange(count * around).reshape(count, around) + 1
    after = np.roll(number, -1, axis=1)
    faces = [
        np.stack([number[:-1], number[1:], after[1:]], axis=2),
        np.stack([number[:-1], after[1:], after[:-1]], axis=2),
    ]
    top = np.stack([np.zeros(around, int), number[0], after[0]], axis=1)
    bottom = np.stack([after[-1], number[-1], np.full(around, count * around + 1)], axis=1)
    poles = np.array([[0, 0, 1 + 0.5 * length], [0, 0, -1 - 0.5 * length]])
    return (
        np.concatenate([poles[:1], points.reshape(-1, 3), poles[1:]]),
        np.concatenate([top, *(each.reshape(-1, 3) for each in faces), bottom]),
    )


@pytest.mark.parametrize("length", [0.0, 0.5, 4.0])
def test_spheres_and_capsules(length):
    points, faces = drop(16, 32, length)
    assert checked_mesh(points[None], faces, "Drop")
    turn = Rotation.from_rotvec([0.3, -0.7, 0.2])
    moved = (0.02 * turn.apply(points) + [1.0, 2.0, 3.0]).astype(np.float32).astype(float)
    start, end, radius = as_capsule(moved, faces)
    assert radius == pytest.approx(0.02, rel=1e-4)
    middle, axis = np.array([1.0, 2.0, 3.0]), 0.01 * length * turn.apply([0.0, 0.0, 1.0])
    found = sorted((tuple(start), tuple(end)))
    np.testing.assert_allclose(found, sorted((middle - axis, middle + axis), key=tuple), atol=2e-6)
    assert (found[0] == found[1]) == (length == 0.0)


def test_what_is_neither():
    points, faces = drop(16, 32)
    assert as_capsule(points * [1.0, 1.0, 1.01], faces) is None
    bent = points.copy()
    bent[40] *= 1.001
    assert as_capsule(bent, faces) is None
    assert as_capsule(*drop(6, 12)) is None, "so coarse that cloth would float"
    long, sides = drop(16, 32, 3.0)
    assert as_capsule(long * [1.0, 1.0, 1.1], sides) is None
    assert as_capsule(np.concatenate([points, points]), np.concatenate([faces, faces + len(points)])) is None
    assert as_capsule(BOX, UNIT.faces) is None
    flat = np.array([[x, y, 0.0] for x in range(5) for y in range(5)])
    assert as_capsule(flat, UNIT.faces) is None
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    can = np.array([[np.cos(a), np.sin(a), z] for z in (-2.0, 2.0) for a in turn])
    assert as_capsule(can, faces[faces.max(axis=1) < len(can)]) is None
