import os
import time

import numpy as np
import pytest
from interrupted import interrupted
from panelled_scene import panelled_scene
from small_run import small_scene
from waving_cloth import waving

import warp_fabric as wf
from warp_fabric import WarpFabricError
from warp_fabric.checkpoint import checkpoint_path
from warp_fabric.simulation import simulate_to
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.sources import Source, at_rest, next_to_each_other, sources


@pytest.fixture
def hurried(monkeypatch):
    """Looks at files as often as one asks."""
    monkeypatch.setattr("warp_fabric.viewer.sources.POLL", 0.0)
    monkeypatch.setattr("warp_fabric.viewer.sources.READING_SHARE", 1e9)


def test_a_run_a_scene_and_what_is_in_memory(tmp_path):
    run = waving()
    path = run.save(tmp_path / "run.h5")
    run.scene.save(tmp_path / "scene.toml")
    found = sources([path, tmp_path / "scene.toml", run, run.scene])
    assert [each.name for each in found] == ["run.h5", "scene.toml", "run 3", "scene 4"]
    assert [len(each.subject.time) for each in found] == [5, 1, 5, 1]
    np.testing.assert_array_equal(found[1].subject.run.position[0], run.fabric.position)
    assert not any(each.unfinished or each.changed() for each in found)


def test_files_of_the_same_name_are_told_apart(tmp_path):
    (tmp_path / "other").mkdir()
    paths = [waving().save(folder / "run.h5") for folder in (tmp_path, tmp_path / "other")]
    assert [each.name for each in sources(paths)] == [str(each) for each in paths]


def test_a_scene_is_shown_as_its_run_begins(tmp_path):
    run = waving()
    path = run.save(tmp_path / "run.h5")
    begun = at_rest(run.scene.replace({"initial.state": str(path)}))
    np.testing.assert_array_equal(begun.position[0], run.position[-1])


def test_a_run_is_followed_to_its_end(tmp_path, hurried):
    path = tmp_path / "run.h5"
    interrupted(path, 3)
    source = Source(checkpoint_path(path), "run")
    assert (len(source.subject.time), source.unfinished) == (3, 9)
    assert not source.changed()
    interrupted(path, 6)
    assert source.changed()
    assert len(source.subject.time) == 6
    simulate_to(path, small_scene(), resume=True)
    assert source.changed()
    assert (len(source.subject.time), source.unfinished) == (9, None)
    assert not source.changed()


def test_the_run_that_is_being_made_comes_before_the_one_it_will_replace(tmp_path):
    path = waving().save(tmp_path / "run.h5")
    interrupted_elsewhere = tmp_path / "new.h5"
    interrupted(interrupted_elsewhere, 4)
    os.replace(checkpoint_path(interrupted_elsewhere), checkpoint_path(path))
    assert len(Source(path, "run").subject.time) == 4


def test_a_half_written_file_leaves_what_was_read(tmp_path, hurried):
    path = waving(frames=3).save(tmp_path / "run.h5")
    source = Source(path, "run")
    path.write_bytes(path.read_bytes()[:1000])
    assert not source.changed()
    assert len(source.subject.time) == 3
    waving(frames=4).save(path)
    assert source.changed()
    assert len(source.subject.time) == 4


def test_reading_takes_a_small_share_of_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr("warp_fabric.viewer.sources.POLL", 0.0)
    path = waving(frames=3).save(tmp_path / "run.h5")
    source = Source(path, "run")
    source._cost = 1e6
    waving(frames=4).save(path)
    source._due = time.monotonic()
    assert source.changed()
    source._cost = 1e6
    source._due = time.monotonic()
    assert not source.changed()  # nothing new, and the next look is far away
    waving(frames=5).save(path)
    assert not source.changed()


@pytest.mark.parametrize("name", ["none.h5", "none.toml", "none.checkpoint", "text.h5"])
def test_errors_say_what_to_do(tmp_path, name):
    (tmp_path / "text.h5").write_text("text")
    with pytest.raises(WarpFabricError) as caught:
        Source(tmp_path / name, name)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (".", "a folder"),
        ("folder.h5", "a folder"),
        ("twill.wif", "a weave file"),
        ("notes.txt", "none of a run, a scene and a USD file"),
        ("notes.json", "none of a run, a scene and a USD file"),
        (3, "type int"),
        ([waving()], "type list"),
        (None, "type NoneType"),
    ],
)
def test_what_cannot_be_shown_is_named(tmp_path, monkeypatch, given, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.h5").mkdir()
    for name in ("twill.wif", "notes.txt", "notes.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(WarpFabricError, match=what) as caught:
        sources([given])
    assert caught.value.fix == "give a run (.h5), a scene (.toml) or a USD file"
    assert caught.value.where == (given if isinstance(given, str) else "argument")


def test_a_file_is_shown_as_what_it_holds(tmp_path):
    waving().save(tmp_path / "run.h5").rename(tmp_path / "run.toml")
    assert len(Source(tmp_path / "run.toml", "run").subject.time) == 5


def test_a_usd_file_is_read_again_when_it_changes(tmp_path, hurried):
    usd_export = pytest.importorskip("usd_export", reason="needs usd-core")
    pytest.importorskip("pxr", reason="needs usd-core")
    path = usd_export.export(waving(frames=3), tmp_path / "cloth.usdc")
    source = Source(path, "usd")
    assert not isinstance(source.subject, Cloth)
    usd_export.export(waving(frames=4), path)
    assert source.changed()
    assert len(source.subject.time) == 4


def test_each_panel_is_shown_by_itself_in_its_place(tmp_path):
    run = wf.simulate(panelled_scene(time__duration=0.004), device="cpu")
    path = run.save(tmp_path / "run.h5")
    for what, name in ((path, "run.h5"), (run, "run"), (run.scene, "scene")):
        found = sources([what])
        assert [each.name for each in found] == [f"{name}: front", f"{name}: left side"]
        assert [each.subject.grid for each in found] == [(5, 6), (5, 7)]
        np.testing.assert_array_equal(found[1].subject.run.position[0], run.panels["left side"].position[0])
        assert not next_to_each_other(found)
    both = sources([run, waving()])
    assert [each.name for each in both] == ["run 1: front", "run 1: left side", "run 2"]
    assert next_to_each_other(both)
