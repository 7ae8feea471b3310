"""Points that a bending surface carries; whole scenes are in `test_scene_pins.py`."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

TRIANGLES = np.array([[0, 1, 2], [1, 3, 2]])
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)


def item(**values):
    target = SimpleNamespace(type="MESH", name="Body")
    return SimpleNamespace(**{"target": target, "by_surface": True, "surface_group": "", "bone": "", **values})


def test_a_point_keeps_its_place_on_the_nearest_triangle():
    from blender_addon.fabric.scene.pin_motion import carried
    from blender_addon.fabric.scene.seen import Faces, Seen

    faces, turn = Faces(4, TRIANGLES), Rotation.from_rotvec([0.4, 1.0, 0.2])
    points = np.array([[0.2, 0.3, 0.1], [0.9, 0.7, -0.2], [2.0, 0.5, 0.0]])
    whole = np.eye(4)
    whole[:3, 3] = (0.0, 0.0, 5.0)
    seen = [Seen(np.eye(4), {}, SQUARE, faces), Seen(whole, {}, turn.apply(SQUARE), faces)]
    found = carried(item(), points, seen)
    np.testing.assert_allclose(found[:, 0], points, atol=1e-12)
    np.testing.assert_allclose(found[:, 1], turn.apply(points) + np.array([0, 0, 5]), atol=1e-6)


def test_what_stretches_carries_feet_and_keeps_heights():
    from blender_addon.fabric.scene.pin_motion import carried
    from blender_addon.fabric.scene.seen import Faces, Seen

    faces = Faces(4, TRIANGLES)
    seen = [Seen(np.eye(4), {}, SQUARE, faces), Seen(np.eye(4), {}, SQUARE * [3, 1, 1], faces)]
    found = carried(item(), np.array([[0.2, 0.3, 0.1]]), seen)
    assert found[0, 1] == pytest.approx([0.6, 0.3, 0.1])
