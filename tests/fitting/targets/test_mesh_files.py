"""Reading animated meshes."""

import h5py
import numpy as np
import pytest

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.mesh_files import MeshSequence, read_meshes

FACES = np.array([[0, 1, 2], [0, 2, 3]])
VERTICES = np.random.default_rng(0).normal(size=(3, 4, 3))
GOOD = {"vertices": VERTICES, "faces": FACES, "time": np.array([0.0, 0.1, 0.3])}


def write_obj(path, vertices, faces=FACES):
    lines = ["v " + " ".join(repr(float(x)) for x in vertex) for vertex in vertices]
    lines += ["f " + " ".join(str(corner + 1) for corner in face) for face in faces]
    path.write_text("\n".join(lines) + "\n")


def write_arrays(path, arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            file.update(arrays)
    return path


@pytest.fixture
def folder(tmp_path):
    """Frames 8, 9 and 11 of an animation."""
    for number, vertices in zip((8, 9, 11), VERTICES):
        write_obj(tmp_path / f"cloth_{number}.obj", vertices)
    return tmp_path


def test_obj_frames_are_in_the_order_of_their_numbers(folder):
    for source in (folder, folder / "cloth_*.obj", str(folder / "cl*.obj")):
        mesh = read_meshes(source, 10.0)
        assert np.array_equal(mesh.vertices, VERTICES)
        assert np.array_equal(mesh.faces, FACES)
        assert mesh.time == pytest.approx([0.0, 0.1, 0.3])  # frame 10 is missing


def test_a_list_is_taken_as_it_is(folder):
    mesh = read_meshes([folder / "cloth_11.obj", str(folder / "cloth_8.obj")], 4.0)
    assert np.array_equal(mesh.vertices, VERTICES[[2, 0]])
    assert mesh.time.tolist() == [0.0, 0.25]


def test_names_without_numbers(tmp_path):
    for name, vertices in zip("abc", VERTICES):
        write_obj(tmp_path / f"{name}.OBJ", vertices)
    assert read_meshes(tmp_path, 2.0).time.tolist() == [0.0, 0.5, 1.0]


def test_one_mesh_needs_no_time(folder):
    mesh = read_meshes(folder / "cloth_9.obj")
    assert (mesh.vertices.shape, mesh.time.tolist()) == ((1, 4, 3), [0.0])


@pytest.mark.parametrize("name", ["mesh.npz", "mesh.h5", "mesh.hdf5"])
def test_arrays(tmp_path, name):
    mesh = read_meshes(write_arrays(tmp_path / name, GOOD))
    assert np.array_equal(mesh.vertices, VERTICES)
    assert mesh.time.tolist() == [0.0, 0.1, 0.3]
    timed = {"vertices": VERTICES.astype(np.float32), "faces": FACES.astype(np.uint32), "frames_per_second": 4.0}
    path = write_arrays(tmp_path / name, timed)
    assert read_meshes(path).time.tolist() == [0.0, 0.25, 0.5]
    assert read_meshes(path, 2.0).time.tolist() == [0.0, 0.5, 1.0]
    path = write_arrays(tmp_path / name, {"vertices": VERTICES[0], "faces": FACES})
    assert read_meshes(path).vertices.shape == (1, 4, 3)


def test_quads_are_cut_in_two():
    mesh = MeshSequence(VERTICES, np.array([[0, 1, 2, 3], [1, 2, 3, -1]]), GOOD["time"])
    assert mesh.faces.tolist() == [[0, 1, 2], [1, 2, 3], [0, 2, 3]]


@pytest.mark.parametrize("name", ["mesh.npz", "mesh.h5"])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vertices": None}, "no array 'vertices'"),
        ({"faces": None}, "no array 'faces'"),
        ({"time": None}, "nothing says at what times its 3 frames"),
        ({"time": [0.0, 0.1]}, r"shape \(2,\) does not fit"),
        ({"time": [0.0, 0.2, 0.2]}, "do not increase"),
        ({"time": [0.0, np.nan, 0.2]}, "not finite"),
        ({"time": None, "frames_per_second": -1.0}, "not a finite number above 0"),
        ({"vertices": np.zeros((3, 4, 2))}, "does not fit"),
        ({"vertices": np.zeros((3, 0, 3))}, "no vertices"),
        ({"vertices": np.where(np.arange(3) == 1, np.nan, VERTICES)}, "vertex 0 of frame 0 is not finite"),
        ({"faces": [[0, 1, 4]]}, "face 0 has vertex 4, and there are vertices 0 to 3"),
        ({"faces": [[0, 1, 2], [0, -1, 2]]}, "face 1 has vertex -1"),
        ({"faces": [[0.0, 1.0, 2.0]]}, "float64"),
        ({"faces": np.zeros((0, 3), int)}, "does not fit"),
        ({"faces": [[0, 1, 2, 3, 0]]}, "does not fit"),
    ],
)
def test_bad_arrays(tmp_path, name, change, says):
    arrays = {key: value for key, value in (GOOD | change).items() if value is not None}
    path = write_arrays(tmp_path / name, arrays)
    with pytest.raises(TargetError, match=says) as caught:
        read_meshes(path)
    assert caught.value.where.startswith(str(path))
    assert caught.value.fix


def test_frames_of_different_meshes(folder):
    write_obj(folder / "cloth_12.obj", VERTICES[0], FACES[:, ::-1])
    with pytest.raises(TargetError, match=r"faces are others than those of cloth_8.obj") as caught:
        read_meshes(folder, 10.0)
    assert caught.value.where == str(folder / "cloth_12.obj")
    write_obj(folder / "cloth_12.obj", np.zeros((5, 3)))
    with pytest.raises(TargetError, match=r"5 vertices where cloth_8.obj has 4"):
        read_meshes(folder, 10.0)


def test_files_that_are_not_there(folder, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    (empty / "bad.npz").write_bytes(b"not a zip")
    (empty / "bad.h5").write_bytes(b"not hdf5")
    cases = {
        empty: "no .obj files",
        empty / "*.obj": "no .obj files",
        empty / "none.obj": "cannot be read",
        empty / "none.npz": "cannot be read",
        empty / "bad.npz": "cannot be read",
        empty / "bad.h5": "cannot be read",
        empty / "bad.*": "file of this kind",
        empty / "none.ply": "file of this kind",
    }
    for path, says in cases.items():
        with pytest.raises(TargetError, match=says):
            read_meshes(path)
    for source, says in (([], "list of files is empty"), ([3], "no mesh file"), (None, "no mesh file")):
        with pytest.raises(TargetError, match=says):
            read_meshes(source)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TargetError, match="at what times these 3 meshes"):
        read_meshes(folder)
    with pytest.raises(TargetError, match="frames_per_second: 0 is not"):
        read_meshes(folder, 0)
