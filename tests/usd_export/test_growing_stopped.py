"""A growing file whose writer is stopped, killed or kept from replacing it: what was shown stays."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from exported import array, curves_of, exported
from growing_file import RUN, content, fed, names, started

import warp_fabric as wf
from warp_fabric.errors import UsdError


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
