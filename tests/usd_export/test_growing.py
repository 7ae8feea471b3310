"""A growing file: value clips beside a root that is replaced while the simulation runs."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from blender_pythons import PYTHONS, needs_blender
from exported import array, curves_of, exported
from pxr import Sdf, Usd
from usd_cloth import motion, usd_run, usd_scene

import usd_export
import warp_fabric as wf
from usd_export import Options, Writer, writer
from warp_fabric.errors import UsdError

SCENE = usd_scene()
RUN = usd_run(8)


@pytest.fixture
def slow(monkeypatch):
    """No clip is shown before it is full but the first, which has the first frame."""
    monkeypatch.setattr(writer, "INTERVAL", 1000.0)


def started(path: Path, clips: int = 3, **options) -> Writer:
    facts = {"version": RUN.version, "device": RUN.device}
    return Writer(SCENE, path, Options(clips=clips, **options.pop("options", {})), **facts, **options)


def fed(writer: Writer, frames, **how) -> None:
    for k in frames:
        writer.append(float(RUN.time[k]), {name: getattr(RUN, name)[k] for name in motion(SCENE, 0.0)}, **how)


def names(folder: Path) -> set[str]:
    """Without the writer's own folder."""
    return {each.name for each in folder.iterdir() if each.suffix != ".tmp"}


def content(path: Path) -> tuple[list[float], Usd.Stage]:
    """Times of all samples, and the stage, read anew: USD keeps what it has open."""
    layer = Sdf.Layer.Find(str(path))
    if layer:
        layer.Reload(force=True)
    stage = Usd.Stage.Open(str(path))
    every = [attribute for prim in stage.TraverseAll() for attribute in prim.GetAttributes()]
    times = {tuple(each.GetTimeSamples()) for each in every if not str(each.GetPath()).startswith("/Cloth/Pins")}
    assert len(times - {()}) == 1, times
    found = [time for time in max(times) if time >= 0]  # of a single frame, a sample before is told of, too
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (found[0], found[-1])
    assert any(each.ValueMightBeTimeVarying() for each in every if each.GetName() == "points")
    return found, stage


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


def test_a_finished_file_goes_elsewhere_where_another_is_open(tmp_path, monkeypatch):
    replace = os.replace

    def refuse(source, target) -> None:
        if Path(target).name in ("cloth.usdc", "cloth.2.usdc"):
            raise PermissionError("another program reads it")
        replace(source, target)

    for name in ("cloth.usdc", "cloth.2.usdc"):
        (tmp_path / name).write_text("open")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UsdError, match="another program reads it"), started(tmp_path / "cloth.usdc") as growing:
        fed(growing, range(8))
    with started(tmp_path / "cloth.usdc", 3, one_file=True, keep_clips=True) as growing:
        fed(growing, range(8))
    assert growing.shown == [tmp_path / "cloth.3.usdc"]
    assert len(content(growing.shown[0])[0]) == 8
    assert (tmp_path / "cloth.usdc").read_text() == "open"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_what_a_killed_process_has_shown_stays_where_somebody_may_read_it(tmp_path):
    writer = started(tmp_path / "cloth.usdc", 2, one_file=True, keep_clips=True)
    fed(writer, range(6))
    before = names(tmp_path)
    dead = writer._workshop.folder.with_name(writer._workshop.folder.name.replace(f"-{os.getpid()}-", "-4194305-"))
    writer._workshop.folder.rename(dead)
    growing = started(tmp_path / "cloth.usdc", 2, one_file=True, keep_clips=True)
    assert not dead.exists()
    assert before <= names(tmp_path)
    growing.discard()


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


def test_an_exception_leaves_the_frames_so_far(slow, tmp_path):
    def stopped() -> None:
        with started(tmp_path / "cloth.usdc") as growing:
            fed(growing, range(6))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert content(tmp_path / "cloth.usdc")[0] == [0, 1, 2, 3, 4, 5]
    assert not [each for each in tmp_path.iterdir() if each.suffix == ".tmp"]
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == {"cloth.usdc"}


def test_a_frame_that_is_wrong_leaves_those_shown(slow, tmp_path):
    growing = started(tmp_path / "cloth.usdc")
    fed(growing, range(6))
    with pytest.raises(UsdError, match="not later"):
        fed(growing, [2])
    assert content(tmp_path / "cloth.usdc")[0] == [0, 1, 2, 3]


def test_without_frames_what_was_there_stays(tmp_path):
    (tmp_path / "cloth.usdc").write_text("old")
    with pytest.raises(KeyError), started(tmp_path / "cloth.usdc"):
        raise KeyError
    assert (tmp_path / "cloth.usdc").read_text() == "old"


def test_a_file_that_is_in_use_is_replaced_the_next_time(tmp_path, monkeypatch):
    told, replace = [], os.replace

    def refuse(source, target) -> None:
        if str(target).endswith("cloth.usdc"):
            raise PermissionError("another program reads it")
        replace(source, target)

    with started(tmp_path / "cloth.usdc", clips=1, on_shown=told.append) as growing:
        fed(growing, [0])
        monkeypatch.setattr(os, "replace", refuse)
        fed(growing, [1, 2])
        assert told == [1]
        monkeypatch.setattr(os, "replace", replace)
        fed(growing, [3])
    assert told == [1, 4, 4]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_process_leaves_the_frames_so_far(tmp_path):
    code = f"""
        import sys, time
        from usd_cloth import motion, usd_scene
        from usd_export import Options, Writer
        tell = lambda count: print(count, flush=True)
        writer = Writer(usd_scene(), {str(tmp_path / "cloth.usdc")!r}, Options(clips=2), on_shown=tell)
        for k in range(10_000):
            writer.append(0.02 * k, motion(usd_scene(), 0.02 * k))
    """
    root = Path(wf.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], env=environment, text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    shown = 0
    while shown < 9:
        shown = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0].split()
    times, stage = content(tmp_path / "cloth.usdc")
    assert len(times) >= int(rest[-1] if rest else shown)
    points = curves_of(stage)["ends_thin"].GetPointsAttr()
    assert np.abs(np.diff([array(points, time) for time in times], axis=0)).max(axis=(1, 2)).min() > 0
    del stage, points
    exported(tmp_path, clips=4)  # sweeps what the killed process left
    assert {each.name for each in tmp_path.iterdir()} == {
        "cloth.usdc",
        "cloth.2.manifest.usdc",
        "cloth.2.clip.0001.usdc",
        "cloth.2.clip.0002.usdc",
    }


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
