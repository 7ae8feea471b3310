"""The fabric of a scene, and its rotation at rest."""

import numpy as np

from warp_fabric.scene.woven import woven


def test_it_is_what_the_scene_builds(small):
    fabric, built = woven(small), small.build()
    assert np.array_equal(fabric.position, built.position)
    assert fabric.yarns == (small.yarns["cotton"], small.yarns["thin"])
    assert fabric.end_yarn.tolist() == [0, 1, 0, 1]


def test_rotation_is_about_x_then_y_then_z_through_the_first_crossing(small):
    origin = (0.1, 0.2, 0.3)
    flat = small.replace({"fabric.origin": origin}).build().position - origin  # ends along x, picks along y
    turned = small.replace({"fabric.origin": origin, "fabric.rotation": [90, 0, 0]}).build().position - origin
    np.testing.assert_allclose(turned, flat @ [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-16)
    both = small.replace({"fabric.origin": origin, "fabric.rotation": [90, 0, 90]}).build().position - origin
    # ends: x -> x -> y; picks: y -> z -> z
    np.testing.assert_allclose(both, flat @ [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-16)


def test_no_rotation_leaves_every_bit(small):
    turned = small.replace({"fabric.rotation": [0, 0, 0]})
    assert np.array_equal(turned.build().position, small.build().position)
