"""Colliders that are taken as round, and those that are not."""

import bpy
import numpy as np
import pytest
from bodies import body, keyed
from described_scene import only
from woven_objects import built


def smooth(obj):
    obj.data.shade_smooth()
    return obj


def test_a_round_sphere_and_one_with_faces(scene):
    obj, ball = built(), smooth(body("uv_sphere", radius=0.02, location=(0.1, 0.0, -0.4)))
    found = only(obj)
    assert (found.shape, found.path) == ("sphere", None)
    assert found.radius == pytest.approx(0.02, rel=1e-5)
    assert found.center == pytest.approx((0.1, 0.0, -0.4 - obj.location.z), abs=1e-7)
    ball.data.polygons[3].use_smooth = False
    assert only(obj).shape == "mesh"
    ball.data.polygons[3].use_smooth = True
    ball.scale.x = 1.1
    bpy.context.view_layer.update()
    assert only(obj).shape == "mesh"
    ball.scale = (1.5, 1.5, 1.5)
    assert only(obj).radius == pytest.approx(0.03, rel=1e-5)
    bpy.data.objects.remove(ball)
    coarse = smooth(body("ico_sphere", radius=0.02, subdivisions=2))
    assert only(obj).shape == "mesh"
    bpy.data.objects.remove(coarse)
    smooth(body("ico_sphere", radius=0.02, subdivisions=4))
    assert only(obj).shape == "sphere"


def test_a_sphere_that_rolls(scene):
    obj, ball = built(), smooth(body("uv_sphere", radius=0.02))
    keyed(ball, "location", {3: (0.0, 0.0, -0.4), 7: (0.04, 0.0, -0.4)})
    keyed(ball, "rotation_euler", {3: (0.0, 0.0, 0.0), 7: (0.0, 2.0, 0.0)})
    found = only(obj)
    assert (found.shape, found.center) == ("sphere", (0.0, 0.0, 0.0))
    assert found.path[-1][1:4] == pytest.approx((0.04, 0.0, -0.4 - obj.location.z), abs=1e-6)
    assert found.path[-1][4:] == pytest.approx((0.0, 2.0, 0.0), abs=1e-5)
    keyed(ball, "scale", {3: (1, 1, 1), 7: (2, 2, 2)})
    assert only(obj).shape == "mesh"


def test_a_capsule(scene):
    obj, ball = built(), smooth(body("uv_sphere", radius=0.02, segments=32, ring_count=16))
    for each in ball.data.vertices:
        each.co.z -= 0.05 * (each.co.z < -1e-4)
    ball.rotation_euler.y, ball.location.z = np.pi / 2, -0.3
    bpy.context.view_layer.update()
    found = only(obj)
    assert found.shape == "capsule"
    assert found.radius == pytest.approx(0.02, rel=1e-5)
    ends = sorted([found.start, found.end])
    height = -0.3 - obj.location.z
    assert np.allclose(ends, [[-0.05, 0, height], [0, 0, height]], rtol=0, atol=1e-6)


def test_what_is_flat_ends_at_its_edges(scene):
    obj = built()
    smooth(body("plane", size=50.0, location=(0, 0, -1)))
    assert only(obj).shape == "mesh"
