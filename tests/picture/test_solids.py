import numpy as np
from small_run import small_scene

from warp_fabric.obstacle_shapes import obstacle_shapes
from warp_fabric.picture.solids import solids_at

PATH = [[0.0, 0, 0, 0], [1.0, 0, 0.2, 0, 0, 0, 1.0]]
OBSTACLES = [
    {"shape": "plane", "point": [0, 0, -0.1], "normal": [0, 0, 1]},
    {"shape": "sphere", "center": [0.1, 0, 0], "radius": 0.02, "path": PATH},
    {"shape": "box", "center": [0, 0, 0], "size": [0.1, 0.2, 0.3], "path": PATH},
]


def test_triangles_of_all_obstacles_where_they_are_then():
    shapes = obstacle_shapes(small_scene(obstacles=OBSTACLES))
    middle = np.array([0.01, 0.02, -0.3])
    solids = solids_at(shapes, 0.4, middle, 2e-3)
    assert solids is not None
    sizes = [len(shape.vertices[0]) for shape in shapes]
    faces = np.concatenate([shape.faces + first for shape, first in zip(shapes, np.cumsum([0, *sizes]))])
    np.testing.assert_array_equal(solids.faces, faces)
    expected = np.concatenate([shape.at(0.4) for shape in shapes])
    np.testing.assert_allclose(middle + 2e-3 * solids.vertices, expected, atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(solids.normals, axis=-1), 1.0)
    a, b, c = (solids.vertices[faces[:, k]] for k in range(3))
    turned = np.cross(b - a, c - a)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    along = np.einsum("fci,fi->fc", solids.normals, turned)
    kinds = np.repeat([0, 1, 2], [len(shape.faces) for shape in shapes])
    np.testing.assert_allclose(along[kinds != 1], 1.0)  # flat
    assert along.min() > 0.99
    assert along[kinds == 1].min() < 0.9999
    assert not solids.two_sided.any()


def test_open_meshes_have_two_sides(tmp_path):
    (tmp_path / "flap.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    flap = {"shape": "mesh", "file": str(tmp_path / "flap.obj")}
    solids = solids_at(obstacle_shapes(small_scene(obstacles=[OBSTACLES[2], flap])), 0.0, np.zeros(3), 1.0)
    assert solids is not None
    assert solids.two_sided.tolist() == [False] * 12 + [True]


def test_no_obstacles_no_solids():
    assert solids_at([], 0.0, np.zeros(3), 1.0) is None
