"""Which obstacles move further in a step than they are thick."""

import numpy as np
import pytest

import warp_fabric as wf
from warp_fabric.obstacle_mesh import box_mesh, mesh_tables
from warp_fabric.scene.obstacle_motion import passing

STEP, TOUCH = 0.01, 2e-3
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def path(*move):
    """By so much [m, rad] in each second."""
    return [[0.0, *6 * [0.0]], [2.0, *2.0 * np.array(move)]]


def sheet(*, moves=None):
    """An open square of 1 m, at rest or moving by so much in each second."""
    if moves is None:
        return mesh_tables(np.zeros(1), SQUARE[None], FACES, "sheet")
    return mesh_tables(np.array([0.0, 0.5]), np.stack([SQUARE, SQUARE + 0.5 * np.array(moves)]), FACES, "sheet")


def ball(**more):
    return wf.Obstacle("sphere", center=[0.5, 0.0, 0.0], radius=0.01, **more)


def plate(**more):
    return wf.Obstacle("box", center=[0.0, 0.0, 0.0], size=[1.0, 1.0, 0.01], **more)


def test_what_rests_passes_nothing():
    assert passing(ball(), None, STEP, TOUCH) is None
    assert passing(plate(path=[[0.0, *6 * [0.0]]]), box_mesh(), STEP, TOUCH) is None
    floor = wf.Obstacle("plane", point=[0, 0, 0], normal=[0, 0, 1], path=path(0, 0, 99, 0, 0, 0))
    assert passing(floor, None, STEP, TOUCH) is None


@pytest.mark.parametrize(("speed", "passes"), [(1.9, False), (2.1, True)])
def test_spheres_and_capsules_are_two_radii_thick(speed, passes):
    rod = wf.Obstacle("capsule", start=[0, 0, 0], end=[1, 0, 0], radius=0.01, path=path(0, speed, 0, 0, 0, 0))
    for obstacle in (ball(path=path(speed, 0, 0, 0, 0, 0)), rod):
        found = passing(obstacle, None, STEP, TOUCH)
        assert found == (pytest.approx((0.01 * speed, 0.02)) if passes else None)


@pytest.mark.parametrize(("turn", "passes"), [(3.9, False), (4.1, True)])
def test_turns_move_what_is_off_their_axis(turn, passes):
    found = passing(ball(path=path(0, 0, 0, 0, 0, turn)), None, STEP, TOUCH)
    assert (found is not None) == passes
    assert passing(ball(path=path(0, 0, 0, turn, 0, 0)), None, STEP, TOUCH) is None


def test_boxes_are_passed_across_their_sides():
    assert passing(plate(path=path(0, 0, 1.1, 0, 0, 0)), box_mesh(), STEP, TOUCH) == pytest.approx((0.011, 0.01))
    assert passing(plate(path=path(50, 0, 0, 0, 0, 0)), box_mesh(), STEP, TOUCH) is None
    assert passing(plate(path=path(0, 0, 0, 0, 0, 20)), box_mesh(), STEP, TOUCH) is None  # a turntable
    assert passing(plate(path=path(0, 0, 0, 0, 3, 0)), box_mesh(), STEP, TOUCH) is not None
    upright = [[0.0, 0, 0, 0, 0, np.pi / 2, 0], [1.0, 1.1, 0, 0, 0, np.pi / 2, 0]]
    assert passing(plate(path=upright), box_mesh(), STEP, TOUCH) == pytest.approx((0.011, 0.01))


@pytest.mark.parametrize(("speed", "passes"), [(0.19, False), (0.21, True)])
def test_open_meshes_are_as_thick_as_what_touches_them(speed, passes):
    mesh = wf.Obstacle("mesh", file="sheet.npz")
    moving = wf.Obstacle("mesh", file="sheet.npz", path=path(0, 0, speed, 0, 0, 0))
    for obstacle, tables in ((moving, sheet()), (mesh, sheet(moves=[0, 0, -speed]))):
        found = passing(obstacle, tables, STEP, TOUCH)
        assert found == (pytest.approx((0.01 * speed, TOUCH)) if passes else None)
    assert passing(mesh, sheet(moves=[50, 0, 0]), STEP, TOUCH) is None  # along itself


def test_closed_meshes_are_at_most_as_thick_as_their_bounding_box():
    flat = box_mesh().vertices * [1.0, 1.0, 0.01]
    raised = flat + np.array([0, 0, 1.1])
    rigid = mesh_tables(np.zeros(1), flat, box_mesh().faces, "plate")
    moving = mesh_tables(np.array([0.0, 1.0]), np.concatenate([flat, raised]), box_mesh().faces, "plate")
    along = wf.Obstacle("mesh", file="plate.npz", path=path(0, 0, 1.1, 0, 0, 0))
    still = wf.Obstacle("mesh", file="plate.npz")
    for obstacle, mesh in ((along, rigid), (still, moving)):
        assert passing(obstacle, mesh, STEP, TOUCH) == pytest.approx((0.011, 0.01))
    assert passing(still, rigid, STEP, TOUCH) is None
