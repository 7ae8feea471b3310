"""A growing file: value clips beside a root that is replaced while the simulation runs."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from blender_pythons import PYTHONS, needs_blender
from exported import array, curves_of, exported
from growing_file import RUN, content, fed, names, started
from pxr import Sdf, Usd

import usd_export
from usd_export import writer


@pytest.mark.parametrize("name", ["cloth.usdc", "cloth.usda"])
def test_at_each_moment_it_has_all_frames_shown(name, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "INTERVAL", 0.0)
    monkeypatch.setattr(writer, "SHARE", np.inf)
    whole = exported(tmp_path, "whole.usdc", run=RUN)
    told = []
    with started(tmp_path / name, on_shown=told.append) as growing:
        for k in range(8):
            fed(growing, [k])
            times, stage = content(tmp_path / name)
            assert times == list(range(k + 1))
            assert len(names(tmp_path)) <= k // 3 + 7
            for prim in whole.TraverseAll():
                for attribute in prim.GetAttributes():
                    twin = stage.GetAttributeAtPath(attribute.GetPath())
                    for time in (0, k / 2, k):
                        assert close(twin.Get(time), attribute.Get(time)), (attribute, time)
            del stage, twin
    assert told == [*range(1, 9), 8]
    made = {f"cloth.{part}.usdc" for part in ("clip.0001", "clip.0002", "clip.0003", "manifest")}
    assert names(tmp_path) == made | {name, "whole.usdc"}
    assert len(content(tmp_path / name)[0]) == 8
    assert [each for each in usd_export.check(tmp_path / name) if "interpenetrate" not in each.what] == []


def close(one, other) -> bool:
    if one is None or isinstance(one, str | bool):
        return one == other
    try:
        return np.allclose(np.array(one, float), np.array(other, float), rtol=1e-6)
    except (TypeError, ValueError):
        return one == other


def test_a_full_clip_is_shown_at_once_and_less_only_in_time(slow, tmp_path, monkeypatch):
    told = []
    with started(tmp_path / "cloth.usdc", on_shown=told.append) as growing:
        fed(growing, range(8))
        assert told == [1, 4, 7]  # a clip of three frames begins with the last frame of the one before
        growing.tick()
        assert told == [1, 4, 7]
        monkeypatch.setattr(growing, "_next_show", 0.0)
        growing.tick()
        growing.tick()
        assert told == [1, 4, 7, 8]
    assert told == [1, 4, 7, 8, 8]


def test_frames_that_follow_at_once_are_not_shown_one_by_one(tmp_path):
    told = []
    with started(tmp_path / "cloth.usdc", clips=1, on_shown=told.append) as growing:
        fed(growing, range(5), show=False)
        assert names(tmp_path) == set()
        growing.tick()
        assert told == [5]


@pytest.mark.parametrize("clips", [1, 3, 7, 100])
def test_in_the_end_it_can_be_one_plain_file(clips, tmp_path):
    exported(tmp_path, "whole.usdc", run=RUN)
    with started(tmp_path / "cloth.usdc", clips, one_file=True) as growing:
        fed(growing, range(8))
    assert names(tmp_path) == {"whole.usdc", "cloth.usdc"}
    one, other = (Sdf.Layer.OpenAsAnonymous(str(tmp_path / f"{each}.usdc")) for each in ("cloth", "whole"))
    assert one.ExportToString() == other.ExportToString()


def inodes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_ino for each in folder.iterdir() if each.suffix != ".tmp"}


@pytest.mark.parametrize("name", ["cloth.usdc", "cloth.usda"])
def test_nothing_that_somebody_may_read_is_touched(name, tmp_path, monkeypatch):
    """Neither of what the same run has shown, nor of an earlier one, stopped or not."""
    monkeypatch.setattr(writer, "INTERVAL", 0.0)
    monkeypatch.setattr(writer, "SHARE", np.inf)
    (tmp_path / name).write_text("of an earlier run")
    for frames in (5, 8):
        growing = started(tmp_path / name, 3, one_file=True, keep_clips=True)
        for k in range(frames):
            before = inodes(tmp_path)
            fed(growing, [k])
            assert before.items() <= inodes(tmp_path).items()
            root, *others = growing.shown
            assert root.name not in before
            assert {each.name for each in others} <= names(tmp_path)
            assert content(root)[0] == list(range(k + 1))
        if frames < 8:
            growing.discard()
    assert before.items() <= inodes(tmp_path).items()
    before = inodes(tmp_path)
    assert growing.close() == tmp_path / name
    assert growing.shown == [tmp_path / name]
    after = inodes(tmp_path)
    assert {each for each in before if before[each] != after.get(each)} == {name}
    stage = Usd.Stage.Open(str(tmp_path / name))
    assert not stage.GetDefaultPrim().HasAuthoredMetadata("clips")


def test_clips_are_the_same_however_they_came_about(tmp_path):
    (tmp_path / "at_once").mkdir()
    exported(tmp_path / "at_once", run=RUN, clips=3)
    (tmp_path / "growing").mkdir()
    with started(tmp_path / "growing" / "cloth.usdc") as growing:
        fed(growing, range(8))
    made = [
        {each.name: Sdf.Layer.OpenAsAnonymous(str(each)).ExportToString() for each in folder.iterdir()}
        for folder in sorted(tmp_path.iterdir())
    ]
    assert made[0] == made[1]


@needs_blender
@pytest.mark.parametrize("python", PYTHONS)
def test_blender_reloads_what_has_grown(python, slow, tmp_path):
    whole = exported(tmp_path, "whole.usdc", run=RUN)
    path = tmp_path / "cloth.usdc"
    with started(path, clips=2, one_file=True) as growing:
        fed(growing, [0])
        script = Path(__file__).with_name("reload_in_blender.py")
        process = subprocess.Popen(
            [python, str(script), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        check(process, whole, 0)
        fed(growing, [1, 2])
        check(process, whole, 2)
        fed(growing, range(3, 5))
        check(process, whole, 4)
        fed(growing, range(5, 8))
        check(process, whole, 6)
    check(process, whole, 7)
    check(process, whole, 1)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait() == 0


def check(process: subprocess.Popen, whole: Usd.Stage, frame: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{frame}\n")
    process.stdin.flush()
    line = next(line for line in process.stdout if line.startswith("SEEN "))
    seen = json.loads(line.removeprefix("SEEN "))
    assert set(seen) == set(curves_of(whole))
    for name, curves in curves_of(whole).items():
        np.testing.assert_allclose(np.array(seen[name]), array(curves.GetPointsAttr(), frame), rtol=1e-6, atol=1e-9)
