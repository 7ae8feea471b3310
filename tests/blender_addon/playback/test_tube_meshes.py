"""Tubes around curves."""

import numpy as np
from woven_objects import built, seen


def test_closed_around_and_open_at_the_ends(addon):
    from blender_addon.playback.tube_meshes import SIDES, Tubes

    child = built(ends=6, picks=5).children[0]
    tubes = Tubes(child.data)
    mesh = tubes.mesh(tubes.points(seen(child)))
    curves, samples = len(child.data.curves), child.data.curves[0].points_length
    assert not mesh.validate()
    assert len(mesh.polygons) == curves * (samples - 1) * SIDES
    assert len(mesh.edges) == curves * SIDES * (2 * samples - 1)
    face = mesh.polygons[0]
    outside = np.array(face.center) - seen(child)[0]
    assert np.dot(face.normal, outside) > 0.0


def test_seams_go_along_when_the_cloth_turns(addon):
    from blender_addon.playback.tube_meshes import Tubes

    child = built(ends=6, picks=5).children[0]
    tubes, lines = Tubes(child.data), seen(child)
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_allclose(tubes.points(lines @ turn.T), tubes.points(lines) @ turn.T, atol=1e-8)
