import numpy as np
import pytest
from waving_cloth import waving

from warp_fabric.viewer.arrangement import FIELD_OF_VIEW, SIZE, Arrangement
from warp_fabric.viewer.cloth import Cloth


def cloths(*runs):
    return [Cloth(run, str(k)) for k, run in enumerate(runs)]


def placed(where, cloth, k, frame=0):
    return ((cloth.run.position[frame] - where.centres[k]) * where.scale + where.offsets[k]).reshape(-1, 3)


@pytest.mark.parametrize("pose", ["hanging", "flat"])
@pytest.mark.parametrize(("count", "aspect"), [(1, 1.0), (2, 0.6), (2, 1.6), (3, 1.0)])
def test_everything_is_in_the_picture_and_fills_it(count, aspect, pose):
    runs = cloths(*[waving(8, 5, swing=0.2, fabric__pose=pose)] * count)
    where = Arrangement.of(runs, beside=True)
    eye, middle = where.camera(aspect)
    forward = (middle - eye) / np.linalg.norm(middle - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    points = np.concatenate([placed(where, cloth, k, frame) for k, cloth in enumerate(runs) for frame in range(5)])
    depth = (points - eye) @ forward
    assert (depth > 0.1).all()
    drawn = np.stack([(points - eye) @ right / aspect, (points - eye) @ np.cross(right, forward)], axis=1)
    drawn /= depth[:, None] * np.tan(FIELD_OF_VIEW / 2)
    assert (np.abs(drawn) < 1.0).all()
    assert np.abs(drawn).max() > 0.6


def test_next_to_each_other_they_are_apart_and_level():
    runs = cloths(waving(swing=0.0), waving(swing=0.5))
    where = Arrangement.of(runs, beside=True)
    first, second = (
        np.concatenate([placed(where, each, k, frame) for frame in range(5)]) for k, each in enumerate(runs)
    )
    assert first[:, 0].min() > second[:, 0].max() or second[:, 0].min() > first[:, 0].max()
    np.testing.assert_allclose(placed(where, runs[0], 0)[:, 2], placed(where, runs[1], 1)[:, 2], atol=1e-9)


def test_over_each_other_they_are_where_they_are():
    moved = waving(fabric__origin=[1e-3, 0.0, 0.0])
    runs = cloths(waving(), moved)
    where = Arrangement.of(runs, beside=False)
    apart = placed(where, runs[1], 1) - placed(where, runs[0], 0)
    np.testing.assert_allclose(apart, np.tile([1e-3 * where.scale, 0, 0], (len(apart), 1)), atol=1e-9)


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_any_cloth_is_about_as_large(yarn):
    (cloth,) = cloths(waving(yarn=yarn, swing=0.1))
    where = Arrangement.of([cloth], beside=True)
    size = np.ptp(np.concatenate([placed(where, cloth, 0, frame) for frame in range(5)]), axis=0).max()
    assert 0.5 * SIZE < size <= SIZE
