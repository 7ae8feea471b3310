"""Reading marker tracks."""

import numpy as np
import pytest

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.marker_files import Markers, read_crossings, read_markers

TEXT = """# from the cameras
time, ID ,x,y,z,quality
0.00,a,1,2,3,good

0.00,b,4,5,6,good
0.01,b,7,8,9,bad
0.02,a,nan,1,1,bad
0.02,b,,,,lost
0.03,"a",1e0,-2.5,+3,good
"""


@pytest.fixture
def file(tmp_path):
    def file(text, encoding="utf-8"):
        (tmp_path / "tracks.csv").write_text(text, encoding=encoding)
        return tmp_path / "tracks.csv"

    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_tracks(file, encoding):
    text = TEXT.removeprefix("# from the cameras\n") if encoding == "utf-8-sig" else TEXT
    markers = read_markers(file(text, encoding))
    assert markers.time.tolist() == [0.0, 0.01, 0.02, 0.03]
    assert markers.ids == ["a", "b"]
    assert markers.crossing is None
    lost = [np.nan] * 3
    expected = [[[1, 2, 3], [4, 5, 6]], [lost, [7, 8, 9]], [lost, lost], [[1, -2.5, 3], lost]]
    assert np.array_equal(markers.position, expected, equal_nan=True)


def test_crossings_in_the_same_file(file):
    markers = read_markers(file("id,pick,end,x,y,z,time\nq,3,4,0,0,0,0.5\nr,0,1,0,0,0,0.5\nq,3,4,1,1,1,1.0\n"))
    assert markers.crossing == [(3, 4), (0, 1)]
    assert markers.time.tolist() == [0.5, 1.0]


def test_panels_in_the_same_file(file):
    markers = read_markers(file("id,panel,pick,end,x,y,z,time\nq,a b,3,4,0,0,0,0.5\nr,,0,1,0,0,0,0.5\n"))
    assert markers.crossing == [("a b", 3, 4), (0, 1)]
    with pytest.raises(TargetError, match=r"on crossing \['b', 3, 4\] here and on \['a', 3, 4\] before"):
        read_markers(file("id,panel,pick,end,x,y,z,time\nq,a,3,4,0,0,0,0.5\nq,b,3,4,0,0,0,1\n"))


def test_crossings_in_a_file_of_their_own(file):
    assert read_crossings(file("end,pick,id\n4,3,q\n1,0,r\n")) == {"q": (3, 4), "r": (0, 1)}
    assert read_crossings(file("end,pick,id,panel\n4,3,q,left side\n1,0,r,\n")) == {
        "q": ("left side", 3, 4),
        "r": (0, 1),
    }
    with pytest.raises(TargetError, match="second row for marker 'q'"):
        read_crossings(file("end,pick,id\n4,3,q\n1,0,q\n"))
    with pytest.raises(TargetError, match="no column 'pick'"):
        read_crossings(file("id,end\n"))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "no column 'time'"),
        ("time,id,x,y,z\n", None, "there are no rows"),
        ("time,id,x,y\n0,a,1,2\n", 1, "no column 'z'"),
        ("time;id;x;y;z\n0;a;1;2;3\n", 1, "no column 'time'"),
        ("time,id,x,y,z,x\n0,a,1,2,3,4\n", 1, "two columns have one name"),
        ("time,id,x,y,z\n0,a,1,2\n", 2, "4 columns where the header has 5"),
        ("time,id,x,y,z\n0,1,2,1,2,3\n", 2, "6 columns where the header has 5"),
        ("time,id,x,y,z\n0,a,1,2,3\n0.1,a,1,two,3\n", 3, "y is 'two'"),
        ("time,id,x,y,z\n0,a,1,inf,3\n", 2, "y is 'inf'"),
        ("time,id,x,y,z\nnan,a,1,2,3\n", 2, "time is 'nan'"),
        ("time,id,x,y,z\n,a,1,2,3\n", 2, "time is ''"),
        ("time,id,x,y,z\n0,,1,2,3\n", 2, "column 'id' is empty"),
        ("time,id,x,y,z\n0,a,1,2,3\n#\n0,b,1,2,3\n0.0,a,1,2,3\n", 5, "second row for marker 'a' at 0 s"),
        ("time,id,x,y,z\n0,a,nan,2,3\n", None, "no marker is ever seen"),
        ("time,id,x,y,z,pick\n0,a,1,2,3,4\n", 1, "no column 'end'"),
        ("time,id,x,y,z,pick,end\n0,a,1,2,3,4,1.5\n", 2, "end is '1.5'"),
        (
            "time,id,x,y,z,pick,end\n0,a,1,2,3,4,1\n1,a,1,2,3,4,2\n",
            3,
            r"on crossing \[4, 2\] here and on \[4, 1\] before",
        ),
    ],
)
def test_bad_files(file, text, line, says):
    path = file(text)
    with pytest.raises(TargetError, match=says) as caught:
        read_markers(path)
    assert caught.value.where == (str(path) if line is None else f"{path}, line {line}")
    assert caught.value.fix


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(TargetError, match="cannot be read"):
        read_markers(tmp_path / "none.csv")
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00time")
    with pytest.raises(TargetError, match="not a text file"):
        read_markers(tmp_path / "table.csv")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time": [0.0, 0.0]}, "do not increase"),
        ({"time": [0.0]}, "does not fit"),
        ({"ids": ["a", "a"]}, "two markers are called 'a'"),
        ({"position": np.zeros((2, 2, 2))}, "does not fit"),
        ({"position": np.full((2, 2, 3), np.inf)}, "infinite"),
        ({"position": np.full((2, 2, 3), np.nan)}, "no marker is ever seen"),
        ({"crossing": [(0, 0)]}, "1 crossings of 2 markers"),
    ],
)
def test_bad_arrays(change, says):
    good = {"time": [0.0, 1.0], "ids": ["a", "b"], "position": np.zeros((2, 2, 3))}
    assert Markers(**good).position.shape == (2, 2, 3)
    with pytest.raises(TargetError, match=says):
        Markers(**{**good, **change})
