import os

import pytest
from links import needs_links

from warp_fabric.atomic import replacing


def test_new_content_takes_the_place_of_old(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
        assert temporary.parent == target.parent
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(KeyError), replacing(target) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise KeyError
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


@needs_links
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real" / "a.txt")
    with replacing(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.txt").read_text() == "new"


@pytest.mark.parametrize("bad", ["missing/a.txt", "folder"])
def test_where_no_file_can_be(tmp_path, bad):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"folder|missing"), replacing(tmp_path / bad) as temporary:
        temporary.write_text("x")
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no device files here")
def test_a_device_file_is_never_replaced():
    with pytest.raises(OSError, match="not an ordinary file"), replacing("/dev/null"):
        pass


def test_errors_do_not_name_the_temporary_file(tmp_path):
    target = tmp_path / "a.txt"
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "missing" / "a.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "missing")
    with pytest.raises(FileNotFoundError) as caught, replacing(target):
        pass  # nothing is written
    assert str(caught.value) == f"[Errno 2] No such file or directory: '{target}'"
