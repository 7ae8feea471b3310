"""Scenes of files that were moved with the files they name."""

import os
import shutil

import pytest
from small_run import small_scene
from test_meshes import PYRAMID

from warp_fabric.scene.moved import moved, names_files, same_scene, scene_difference


@pytest.fixture
def shot(tmp_path):
    """A folder with a run's folder and a mesh beside that, and the scene that names it."""
    for name in ("runs", "meshes"):
        (tmp_path / "shot" / name).mkdir(parents=True)
    (tmp_path / "shot" / "meshes" / "a.obj").write_text(PYRAMID)
    return tmp_path / "shot", meshed(tmp_path / "shot")


def meshed(folder, **changes):
    return small_scene(obstacles=[{"shape": "mesh", "file": str(folder / "meshes" / "a.obj")}], **changes)


def test_a_moved_folder_has_its_files_where_they_are_now(shot, tmp_path):
    folder, scene = shot
    runs = str(folder / "runs")
    assert moved(scene, runs, folder / "runs" / "run.h5") is scene
    folder.rename(tmp_path / "moved")
    found = moved(scene, runs, tmp_path / "moved" / "runs" / "run.h5")
    assert found.obstacles[0].file == str(tmp_path / "moved" / "meshes" / "a.obj")
    # a run of an earlier version does not say where it was
    assert moved(scene, None, tmp_path / "moved" / "runs" / "run.h5") is scene


def test_a_mesh_beside_the_run_is_found_whatever_the_run_says(shot, tmp_path):
    folder, scene = shot
    (folder / "meshes" / "a.obj").rename(tmp_path / "a.obj")
    for before in (None, str(folder / "runs")):
        assert moved(scene, before, tmp_path / "run.h5").obstacles[0].file == str(tmp_path / "a.obj")


def test_a_file_that_is_there_is_taken_where_it_is(shot, tmp_path):
    folder, scene = shot
    (tmp_path / "a.obj").write_text("another")
    assert moved(scene, str(folder / "runs"), tmp_path / "run.h5") is scene


def test_the_run_that_a_scene_starts_from_is_moved_too(tmp_path):
    scene = small_scene(initial__state=str(tmp_path / "old" / "start.h5"))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "start.h5").write_text("")
    found = moved(scene, str(tmp_path / "old"), tmp_path / "new" / "run.h5")
    assert found.initial.state == str(tmp_path / "new" / "start.h5")
    assert names_files(scene)
    assert not names_files(small_scene())


@pytest.mark.parametrize("name", ["run.h5", "run.h5.checkpoint"])
@pytest.mark.parametrize("folder", ["shot2", "shot1"])
def test_a_run_is_never_taken_for_the_one_that_it_starts_from(name, folder, tmp_path):
    scene = small_scene(initial__state=str(tmp_path / "old" / "shot1" / "run.h5"))
    (tmp_path / folder).mkdir()
    for each in ("run.h5", name):
        (tmp_path / folder / each).write_text("")
    assert moved(scene, str(tmp_path / "old" / "shot2"), tmp_path / folder / name) is scene


def test_one_mesh_is_never_taken_for_two(tmp_path):
    meshes = [{"shape": "mesh", "file": str(tmp_path / "old" / each / "m.obj")} for each in "aab"]
    (tmp_path / "m.obj").write_text(PYRAMID)
    assert moved(one := small_scene(obstacles=meshes), str(tmp_path / "old"), tmp_path / "run.h5") is one
    found = moved(small_scene(obstacles=meshes[:2]), str(tmp_path / "old"), tmp_path / "run.h5")
    assert [each.file for each in found.obstacles] == [str(tmp_path / "m.obj")] * 2


def test_a_copied_folder_has_its_own_files(shot, tmp_path):
    folder, scene = shot
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = str(folder / "runs")
    assert moved(scene, before, copy / "runs" / "run.h5").obstacles[0].file == str(copy / "meshes" / "a.obj")
    (tmp_path / "link").symlink_to(folder)  # the same folder, by another name
    assert moved(scene, before, tmp_path / "link" / "runs" / "run.h5") is scene


def test_a_scene_is_the_same_wherever_its_files_are(tmp_path):
    one, other = (meshed(tmp_path / name).to_toml() for name in ("a", "b"))
    assert same_scene(one, None, other, None)  # the digests of meshes tell
    assert not same_scene(one, None, meshed(tmp_path / "b", time__duration=0.02).to_toml(), None)
    assert not same_scene(one, None, small_scene().to_toml(), None)


def test_a_scene_that_starts_from_another_run_is_another(tmp_path):
    one, other, third = (
        small_scene(initial__state=str(tmp_path / name)).to_toml() for name in ("a/x.h5", "b/x.h5", "b/y.h5")
    )
    a, b = (os.path.join(tmp_path, name) for name in "ab")
    assert same_scene(one, a, other, b)
    assert not same_scene(one, a, third, b)
    assert not same_scene(one, a, other, a)
    assert not same_scene(one, None, other, None)
    for name, text in (("a/x.h5", "one"), ("b/x.h5", "one"), ("b/y.h5", "two")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert same_scene(one, None, other, None)  # a copy
    assert same_scene(one, a, other, a)
    assert not same_scene(one, a, third, b)
    assert not same_scene(one, None, small_scene().to_toml(), None)


def test_what_differs_is_said_without_the_meshes_places(tmp_path):
    one, other = meshed(tmp_path / "a"), meshed(tmp_path / "b", time__duration=0.02)
    told = scene_difference(one.to_toml(), other.to_toml())
    assert "duration = 0.04" in told
    assert "a.obj" not in told
