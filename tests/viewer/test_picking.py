import numpy as np
import pytest

from warp_fabric.viewer.picking import crossing_on_ray


def sheet(z=0.0):
    position = np.zeros((5, 6, 3))
    position[..., 0], position[..., 1], position[..., 2] = np.arange(6), np.arange(5)[:, None], z
    return position


@pytest.mark.parametrize("length", [1.0, 7.0])
def test_the_crossing_nearest_to_the_ray(length):
    origin, towards = np.array([2.0, 1.0, 10.0]), np.array([3.2, 1.9, 0.0])
    pick, end, distance = crossing_on_ray(sheet(), origin, length * (towards - origin), 0.75)
    assert (pick, end) == (2, 3)
    assert distance == pytest.approx(10.0, abs=0.2)


def test_a_ray_beside_the_cloth_meets_nothing():
    assert crossing_on_ray(sheet(), np.array([9.0, 0, 10]), np.array([0.0, 0, -1]), 0.75) is None


def test_nothing_behind_the_camera_is_met():
    assert crossing_on_ray(sheet(), np.array([2.0, 2, 10]), np.array([0.0, 0, 1]), 0.75) is None


def test_of_folded_cloth_the_side_that_is_seen_is_met():
    folded = np.concatenate([sheet(0.0), sheet(4.0)[::-1]])
    folded[:5, :, 0] += 0.3  # the lower part lies nearer to the ray
    ray = np.array([2.3, 3.0, 10.0]), np.array([0.0, 0.0, -1.0])
    assert crossing_on_ray(folded, *ray, 0.75)[:2] == (6, 2)
