"""Wheels made here are what pip and Blender take for wheels."""

import subprocess
import sys
import zipfile

import pytest
from packaging_tools import wheel_files


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "sources" / "woven"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("from woven.inside import COLOR\n")
    (folder / "inside.py").write_text("COLOR = 'red'\n")
    (folder / "data" / "yarns.toml").write_text("# none")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "inside.pyc").write_text("old")
    return folder


def test_pip_installs_what_was_packed(package, tmp_path):
    wheel = wheel_files.package_wheel(tmp_path, "woven", "1.2", [package])
    assert wheel.name == "woven-1.2-py3-none-any.whl"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--target", tmp_path / "site", wheel]
    subprocess.run(install, check=True)
    found = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site" / "woven").rglob("*")}
    assert {"woven/__init__.py", "woven/inside.py", "woven/data/yarns.toml"} <= found
    assert "woven/__pycache__/inside.pyc" not in found
    assert (tmp_path / "site" / "woven-1.2.dist-info" / "RECORD").is_file()


def test_the_same_files_make_the_same_wheel(package, tmp_path):
    first = wheel_files.package_wheel(tmp_path, "woven", "1.2", [package]).read_bytes()
    (package / "inside.py").touch()
    assert wheel_files.package_wheel(tmp_path, "woven", "1.2", [package]).read_bytes() == first


def test_moved_packages_are_not_in_the_way(package, tmp_path):
    wheel = wheel_files.package_wheel(tmp_path, "woven", "1.2", [package])
    moved = wheel_files.move_wheel(wheel, tmp_path, "for_the_child")
    assert moved.name == "for_the_child-1.2-py3-none-any.whl"
    with zipfile.ZipFile(moved) as archive:
        assert archive.testzip() is None
        top = {name.partition("/")[0] for name in archive.namelist()}
        assert top == {"for_the_child", "for_the_child-1.2.dist-info"}
        assert archive.read("for_the_child/woven/inside.py") == b"COLOR = 'red'\n"


def test_platforms_are_kept(tmp_path):
    tag = "cp311-none-manylinux_2_27_x86_64.manylinux_2_28_x86_64"
    path = wheel_files.write_wheel(tmp_path, "woven", "1", tag, {})
    with zipfile.ZipFile(path) as archive:
        told = archive.read("woven-1.dist-info/WHEEL").decode()
    assert "Tag: cp311-none-manylinux_2_27_x86_64\nTag: cp311-none-manylinux_2_28_x86_64\n" in told
