"""Files that Blender was shown go when it reads others, never before."""

import shutil
from pathlib import Path

import bpy
import pytest
from woven_objects import built, cached

from blender_addon.fabric.files.cache import attach_cache
from blender_addon.fabric.files.shown_files import is_growing, remove_shown, remove_unplayed


def made(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text("")
    return [folder / name for name in names]


def left(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_what_is_growing():
    assert is_growing(Path("cloth.2.growing.7.usdc"))
    assert not is_growing(Path("/is.growing.here/cloth.2.usdc"))


def test_what_others_need_stays(tmp_path):
    files = made(tmp_path, "cloth.growing.1.usdc", "cloth.clip.0001.usdc", "cloth.clip.0002.1.usdc")
    remove_shown(files, files[:1])
    assert len(left(tmp_path)) == 3
    remove_shown(files, files[1:2])
    assert left(tmp_path) == {"cloth.clip.0001.usdc"}
    remove_shown(files, [])  # some are gone already
    assert not left(tmp_path)


def test_clips_of_what_is_open_stay(tmp_path, monkeypatch):
    files = made(tmp_path, "cloth.growing.1.usdc", "cloth.clip.0001.usdc")

    def refuse(path, missing_ok=False) -> None:
        raise PermissionError("it is open")

    monkeypatch.setattr(Path, "unlink", refuse)
    remove_shown(files, [])
    assert len(left(tmp_path)) == 2


@pytest.mark.parametrize("by_blender", [True, False])
def test_all_that_is_not_played(by_blender, addon, tmp_path, monkeypatch):
    from blender_addon.fabric.files import follower

    monkeypatch.setattr(follower, "forced", not by_blender)
    bpy.context.scene.frame_end = 4
    obj = built()
    cached(obj, tmp_path)
    names = ("cloth.2.usdc", "cloth.clip.0001.usdc", "scene.toml", "clothes.usdc", "cloth.2.clip.0001.usdc")
    _, clip, *_ = made(tmp_path, *names, "cloth.3.growing.1.usdc")
    shutil.copy(tmp_path / "cloth.usdc", tmp_path / "cloth.growing.2.usdc")
    attach_cache(obj, tmp_path / "cloth.growing.2.usdc", 1, 4)
    before = left(tmp_path)
    remove_unplayed(tmp_path, [tmp_path / "cloth.usdc"])
    assert left(tmp_path) == before  # clips may be needed
    remove_unplayed(tmp_path, [tmp_path / "cloth.growing.2.usdc", clip])
    assert left(tmp_path) == before - {"cloth.2.clip.0001.usdc", "cloth.3.growing.1.usdc"}
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    remove_unplayed(tmp_path, [tmp_path / "cloth.usdc"])
    assert left(tmp_path) == {"cloth.usdc", "run.h5", "scene.toml", "clothes.usdc"}
