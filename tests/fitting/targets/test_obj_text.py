"""Reading Wavefront OBJ."""

import numpy as np
import pytest

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.obj_text import ObjReader

VERTICES = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


@pytest.fixture
def read(tmp_path):
    reader = ObjReader()

    def read(text, name="mesh.obj"):
        (tmp_path / name).write_text(text)
        return reader.read(tmp_path / name)

    return read


def test_what_programs_write(read):
    text = """# written by hand
mtllib cloth.mtl
o Cloth
v 0.0 0.0 0.0
v 1.0 0.0 0.0 0.5 0.5 0.5
  v 1e0 1.0 0.0 1.0
v -0.5 .5 2

vt 0 0
vn 0 0 1
usemtl red
s off
f 1/1/1 2/1/1 3/1/1 4/1/1
f 1//1 3//1 4//1
f -4 -3 -2
"""
    vertices, faces = read(text)
    assert vertices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [-0.5, 0.5, 2]]
    assert faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 2, 3], [0, 1, 2]]


def test_negative_indices_count_from_the_line_they_are_on(read):
    _, faces = read("v 0 0 0\nv 1 0 0\nv 1 1 0\nf -3 -2 -1\nv 5 0 0\nv 5 1 0\nf -2 -1 1\n")
    assert faces.tolist() == [[0, 1, 2], [3, 4, 0]]


def test_faces_of_the_frame_before_are_kept(read):
    first = read(VERTICES + "f 1 2 3 4\n")[1]
    again = read(VERTICES.replace("1", "2") + "f 1 2 3 4\n")[1]
    assert again is first
    assert read(VERTICES + "f 4 3 2 1\n")[1].tolist() == [[3, 2, 1], [3, 1, 0]]
    assert np.array_equal(read(VERTICES + "f 1 2 3 4\n")[1], first)
    with pytest.raises(TargetError, match="is no face"):  # the same words, one vertex fewer
        read("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3 4\n")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("v 0 0 0\nv 1 x 0\nv 1 1 0\nf 1 2 3\n", 2, "'1 x 0' is no position"),
        ("v 0 0 0\nv 1 0\nv 1 1 0\nf 1 2 3\n", 2, "'1 0' is no position"),
        ("v 0 0 0\nv 1 0 0\n\nv 1 nan 0\nf 1 2 3\n", 4, "is no position"),
        (VERTICES + "f 1 2\n", 5, "'1 2' is no face"),
        (VERTICES + "f 1 2 3\nf 1 2 5\n", 6, "is no face"),
        (VERTICES + "f 0 1 2\n", 5, "is no face"),
        (VERTICES + "f -5 1 2\n", 5, "is no face"),
        (VERTICES + "f 1 b 2\n", 5, "is no face"),
    ],
)
def test_bad_lines(read, tmp_path, text, line, says):
    with pytest.raises(TargetError, match=says) as caught:
        read(text)
    assert caught.value.where == f"{tmp_path / 'mesh.obj'}, line {line}"
    assert caught.value.fix


def test_files_that_are_no_meshes(read, tmp_path):
    for text in ("", VERTICES, "f 1 2 3\n", "\x00\xff"):
        with pytest.raises(TargetError, match=r"vertices \(v\) and"):
            read(text)
    with pytest.raises(TargetError, match="cannot be read"):
        ObjReader().read(tmp_path / "none.obj")
    with pytest.raises(TargetError, match="cannot be read"):
        ObjReader().read(tmp_path)
