"""Cameras: all is in the picture, upright, and from where it was asked."""

import numpy as np
import pytest

from warp_fabric.picture.camera import Camera, place, shows_back

SIZE = (400, 300)


def cloth(normal: str = "y") -> np.ndarray:
    """A sheet of 5 picks and 7 ends that hangs (its face towards -y) or lies (towards +z)."""
    pick, end = np.meshgrid(np.arange(5.0), np.arange(7.0), indexing="ij")
    flat = np.zeros_like(pick)
    hanging = np.stack([end, flat, -pick], axis=-1)
    return hanging - hanging.mean((0, 1)) if normal == "y" else np.stack([end - 3, pick - 2, flat], axis=-1)


def seen(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Where points are in the picture: right and up, -1 to 1 inside."""
    offset = points.reshape(-1, 3) - camera.eye
    depth = (offset @ camera.forward)[:, None]
    across = np.stack([offset @ camera.right, offset @ camera.up], axis=1)
    return across / (np.array(camera.shift) + np.array(camera.spread) * depth)


@pytest.mark.parametrize("normal", ["y", "z"])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("how", [{}, {"view": "top"}, {"direction": (40.0, 25.0)}, {"direction": (-120.0, -60.0)}])
def test_all_points_are_in_the_picture(normal, back, how):
    position = cloth(normal)
    camera = place(position, position.reshape(-1, 3), SIZE, back=back, **how)
    where = seen(camera, position)
    assert np.abs(where).max() < 1.0
    assert np.abs(where).max() > 0.9
    axes = np.stack([camera.right, camera.up, -camera.forward])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) > 0


@pytest.mark.parametrize("back", [False, True])
def test_a_hanging_cloth_is_upright(back):
    position = cloth("y")
    where = seen(place(position, position.reshape(-1, 3), SIZE, back=back), position).reshape(5, 7, 2)
    assert (where[0, :, 1] > where[-1, :, 1]).all()


@pytest.mark.parametrize("back", [False, True])
def test_a_lying_cloth_is_seen_from_its_side_with_up_above(back):
    position = cloth("z")
    camera = place(position, position.reshape(-1, 3), SIZE, back=back)
    assert (camera.eye[2] > 0) == (not back)
    assert camera.up[2] > 0


def test_a_direction_is_measured_from_the_front():
    position = cloth("y")
    for direction, axis in (((0.0, 0.0), [0, -1, 0]), ((90.0, 0.0), [1, 0, 0]), ((0.0, 90.0), [0, 0, 1])):
        camera = place(position, position.reshape(-1, 3), SIZE, direction=direction)
        np.testing.assert_allclose(-camera.forward, axis, atol=1e-12)


def test_auto_shows_the_back_only_of_what_lies_face_down():
    turned = cloth("z") * [1, -1, -1]
    assert [shows_back(each, "auto") for each in (cloth("y"), cloth("z"), turned)] == [False, False, True]
    assert shows_back(cloth("z"), "back")
    assert not shows_back(turned, "face")
