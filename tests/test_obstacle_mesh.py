"""Meshes that cloth touches: what files may hold, how triangles are joined, and each thing that is refused."""

import numpy as np
import pytest

from warp_fabric.errors import SceneError
from warp_fabric.obstacle_mesh import box_mesh, mesh_tables, read_mesh

CORNERS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
OBJ = """\
# a square of two triangles, one unit wide
mtllib none.mtl
o square
v 0 0 0
v 1 0 0   # with a comment
v 1 1 0 1.0
v 0 1 0
vt 0.5 0.5
vn 0 0 1
usemtl cloth
s off
"""


def tables(vertices, faces, times=(0.0,)):
    vertices = np.asarray(vertices, float)
    vertices = vertices[None] if vertices.ndim == 2 else vertices
    return mesh_tables(np.asarray(times, float), vertices, np.asarray(faces), "mesh.npz")


def obj(folder, text):
    (folder / "mesh.obj").write_text(text)
    return folder / "mesh.obj"


def archive(folder, **arrays):
    np.savez(folder / "mesh.npz", **arrays)
    return folder / "mesh.npz"


@pytest.mark.parametrize(
    "faces",
    [
        "f 1 2 3\nf 1 3 4",
        "f 1 2 3 4",
        "f 1/1 2/1 3/1 4/1",
        "f 1/1/1 2/1/1 3/1/1 4/1/1",
        "f 1//1 2//1 3//1 4//1",
        "f -4 -3 -2 -1",
        "f -4//-1 2//1 3 -1/1",
    ],
)
def test_faces_of_obj_files(tmp_path, faces):
    mesh = read_mesh(obj(tmp_path, OBJ + faces))
    np.testing.assert_array_equal(mesh.vertices, [[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]])
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3]])
    np.testing.assert_array_equal(mesh.times, [0.0])
    assert mesh.vertices.dtype == np.float64
    assert not mesh.closed


def test_a_negative_index_counts_from_the_vertices_so_far(tmp_path):
    text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nv 2 0 0\nv 2 1 0\nv 1 1 0\nf -3 -2 -1"
    np.testing.assert_array_equal(read_mesh(obj(tmp_path, text)).faces, [[0, 1, 2], [3, 4, 5]])


def test_npz_files(tmp_path):
    moving = np.stack([CORNERS, CORNERS + 0.5])
    mesh = read_mesh(archive(tmp_path, time=[0.5, 1.0], vertices=moving, faces=TETRAHEDRON.astype(np.uint32)))
    np.testing.assert_array_equal(mesh.times, [0.5, 1.0])
    np.testing.assert_array_equal(mesh.vertices, moving)
    np.testing.assert_array_equal(mesh.faces, TETRAHEDRON)
    still = read_mesh(archive(tmp_path, vertices=CORNERS.astype(np.float32), faces=TETRAHEDRON))
    np.testing.assert_array_equal(still.times, [0.0])
    np.testing.assert_array_equal(still.vertices, CORNERS[None])


def test_the_box():
    box = box_mesh()
    assert box.closed
    assert len(box.faces) == 12
    corners = box.vertices[0]
    assert sorted(map(tuple, corners)) == [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
    a, b, c = (corners[box.faces[:, k]] for k in range(3))
    outward = np.cross(b - a, c - a)
    assert (np.einsum("fi,fi->f", outward, a + b + c) > 0.0).all()
    np.testing.assert_allclose(np.linalg.norm(outward, axis=1), 1.0)


@pytest.mark.parametrize("mesh", [box_mesh(), tables(CORNERS, TETRAHEDRON)], ids=["box", "tetrahedron"])
def test_closed_meshes_own_each_edge_and_vertex_once(mesh):
    vertices = mesh.vertices.shape[1]
    bits = (mesh.owns[:, None] >> np.arange(6)) & 1
    edges = [frozenset((f[k], f[(k + 1) % 3])) for f, own in zip(mesh.faces, bits) for k in range(3) if own[k]]
    corners = [f[k] for f, own in zip(mesh.faces, bits) for k in range(3) if own[3 + k]]
    assert len(edges) == len({*edges}) == 3 * len(mesh.faces) // 2
    assert sorted(corners) == [*range(vertices)]


def test_neighbours_across_edges():
    for mesh in (box_mesh(), tables(CORNERS, TETRAHEDRON), tables(*strip())):
        for f, face in enumerate(mesh.faces):
            for k in range(3):
                edge = {face[k], face[(k + 1) % 3]}
                sharing = [g for g in range(len(mesh.faces)) if g != f and edge <= {*mesh.faces[g]}]
                assert [mesh.across[f, k]] == (sharing or [-1])


def test_triangles_around_vertices():
    for mesh in (box_mesh(), tables(*strip())):
        for vertex in range(mesh.vertices.shape[1]):
            found = mesh.around[mesh.offset[vertex] : mesh.offset[vertex + 1]]
            assert [*found] == [*np.flatnonzero((mesh.faces == vertex).any(axis=1))]


def strip():
    """A hexagon about vertex 0, which no triangle's border touches, and one unused vertex."""
    angle = np.arange(6) * np.pi / 3.0
    rim = np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=1)
    faces = [[0, 1 + k, 1 + (k + 1) % 6] for k in range(6)]
    return np.concatenate([np.zeros((1, 3)), rim, [[9.0, 9.0, 9.0]]]), np.array(faces)


def test_border_edges_and_their_vertices_are_not_owned():
    mesh = tables(*strip())
    assert not mesh.closed
    bits = (mesh.owns[:, None] >> np.arange(6)) & 1
    assert bits[:, [0, 2]].sum() == 6  # the spokes
    assert not bits[:, 1].any()  # the rim
    assert bits[:, 3].sum() == 1  # the hub
    assert not bits[:, 4:].any()


SQUARE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
WRONG = {
    "has no area": (SQUARE, [[0, 1, 2], [0, 2, 2]]),
    "triangle 1 \\(from 0\\) has no area": ([*SQUARE, [0.5, 0.5, 0]], [[0, 1, 2], [0, 4, 2]]),
    "more than two triangles": ([*SQUARE, [0, 0, 1]], [[0, 1, 2], [2, 1, 3], [1, 2, 4]]),
    "from vertex 0 to 1": ([*SQUARE, [0, 0, 1]], [[0, 1, 2], [1, 0, 3], [0, 1, 4]]),
    "turned against its neighbour": (SQUARE, [[0, 1, 2], [0, 3, 2]]),
    "inside out": (CORNERS, TETRAHEDRON[:, ::-1]),
    "vertices \\[1, 4, 3\\] and faces \\[0, 3\\]": (SQUARE, np.zeros((0, 3), int)),
    "faces \\[2, 2\\]": (SQUARE, [[0, 1], [1, 2]]),
    "not among the 4": (SQUARE, [[0, 1, 4]]),
    "a face has a vertex": (SQUARE, [[0, 1, -1]]),
    "not finite": ([[0, 0, np.nan], [1, 0, 0], [1, 1, 0]], [[0, 1, 2]]),
}


@pytest.mark.parametrize(("what", "mesh"), WRONG.items())
def test_what_is_no_mesh_is_refused(what, mesh):
    with pytest.raises(SceneError, match=what) as error:
        tables(*mesh)
    assert error.value.where == "mesh.npz"
    assert error.value.fix


def test_a_sequence_must_be_sound_at_every_moment():
    flat = CORNERS * [1.0, 1.0, 0.0]
    with pytest.raises(SceneError, match="has no area"):
        tables(np.stack([CORNERS, CORNERS * [0.0, 1.0, 1.0]]), TETRAHEDRON, [0.0, 1.0])
    with pytest.raises(SceneError, match="inside out"):
        tables(np.stack([CORNERS, CORNERS * [1.0, 1.0, -1.0]]), TETRAHEDRON, [0.0, 1.0])
    with pytest.raises(SceneError, match="or flat"):
        tables(flat + np.array([0.0, 0.0, 0.0, 1 / 3])[:, None] * [1.0, 1.0, 0.0], TETRAHEDRON)


def two_parts(other, scale, turned):
    """A tetrahedron of size 1, and another beside or within it."""
    faces = TETRAHEDRON[:, ::-1] if turned else TETRAHEDRON
    return np.concatenate([scale * CORNERS + other, CORNERS]), np.concatenate([faces, TETRAHEDRON + 4])


@pytest.mark.parametrize("scale", [0.1, 0.9], ids=["a small part", "a large part"])
def test_no_part_may_be_inside_out(scale):
    assert tables(*two_parts([5.0, 0.0, 0.0], scale, turned=False)).closed
    with pytest.raises(SceneError, match="inside out or flat \\(at triangle 0, from 0\\)"):
        tables(*two_parts([5.0, 0.0, 0.0], scale, turned=True))


def test_a_hollow_is_turned_inwards():
    assert tables(*two_parts([0.1, 0.1, 0.1], 0.1, turned=True)).closed


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ([0.0], "shape \\[1\\], for 2"),
        ([], "shape \\[0\\]"),
        ([[0.0, 1.0]], "shape \\[1, 2\\]"),
        ([0.0, 0.0], "do not increase"),
        ([1.0, 0.0], "do not increase"),
        ([0.0, np.inf], "not finite"),
        ([0.0, np.nan], "not finite"),
    ],
)
def test_times(times, what):
    with pytest.raises(SceneError, match=what):
        tables(np.stack([CORNERS, CORNERS]), TETRAHEDRON, times)


def test_far_from_the_origin_a_small_mesh_has_the_same_inside():
    small = 1e-3 * CORNERS + [100.0, -200.0, 300.0]
    assert tables(small, TETRAHEDRON).closed
    with pytest.raises(SceneError, match="inside out"):
        tables(small, TETRAHEDRON[:, ::-1])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "faces \\[0, 3\\]"),
        ("v 0 0\n", "line 1: a vertex needs three numbers"),
        ("v 0 0 one\n", "line 1: 'one' is not a number"),
        (OBJ + "f 1 2\n", "line 12: a face needs three or more"),
        (OBJ + "f 1 2 5\n", "line 12: a face needs"),
        (OBJ + "f 0 1 2\n", "line 12: a face needs"),
        (OBJ + "f -5 1 2\n", "line 12: a face needs"),
        (OBJ + "f 1 2 /3\n", "line 12: '' is not a number"),
        (OBJ + "f 1 2 3.0\n", "line 12: '3.0' is not a number"),
    ],
)
def test_obj_files_that_cannot_be_read(tmp_path, text, what):
    path = obj(tmp_path, text)
    with pytest.raises(SceneError, match=what) as error:
        read_mesh(path)
    assert error.value.where == str(path)
    assert error.value.fix


def test_npz_files_that_cannot_be_read(tmp_path):
    cases = {
        "vertices": {"faces": TETRAHEDRON},
        "faces": {"vertices": CORNERS},
        "not whole numbers": {"vertices": CORNERS, "faces": TETRAHEDRON.astype(float)},
        "could not convert": {"vertices": np.full((3, 3), "x"), "faces": TETRAHEDRON},
        "shape \\[1\\], for 2": {"vertices": np.stack([CORNERS, CORNERS]), "faces": TETRAHEDRON},
    }
    for what, arrays in cases.items():
        with pytest.raises(SceneError, match=what):
            read_mesh(archive(tmp_path, **arrays))
    whole = archive(tmp_path, vertices=CORNERS, faces=TETRAHEDRON).read_bytes()
    for damaged in (b"", b"no archive", whole[:200], whole[: len(whole) // 2], whole[:100] + bytes(80) + whole[180:]):
        (tmp_path / "mesh.npz").write_bytes(damaged)
        with pytest.raises(SceneError, match="cannot be read"):
            read_mesh(tmp_path / "mesh.npz")
    with (tmp_path / "mesh.npz").open("wb") as file:
        np.save(file, CORNERS)
    with pytest.raises(SceneError, match=r"not an \.npz archive"):
        read_mesh(tmp_path / "mesh.npz")


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    with pytest.raises(SceneError, match="there is no such mesh file"):
        read_mesh(tmp_path / "none.obj")
    with pytest.raises(SceneError, match="there is no such mesh file"):
        read_mesh(tmp_path / "none.npz")
    with pytest.raises(SceneError, match="not a mesh file"):
        read_mesh(tmp_path / "mesh.stl")
    (tmp_path / "folder.obj").mkdir()
    with pytest.raises(SceneError, match="cannot be read"):
        read_mesh(tmp_path / "folder.obj")
