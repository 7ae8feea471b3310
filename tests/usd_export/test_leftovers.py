import os
import signal
import subprocess
import sys
import textwrap

import pytest
from exported import exported
from pxr import Usd
from usd_cloth import usd_run

from usd_export import Options, Writer
from usd_export.leftovers import companions_of, free_stem, remove_abandoned, workshop_folder
from usd_export.writer import NEEDED

RUN = usd_run(6)


def names(folder) -> set[str]:
    return {each.name for each in folder.iterdir()}


def clips(*numbers: int, stem: str = "cloth") -> set[str]:
    return {"cloth.usdc", f"{stem}.manifest.usdc", *(f"{stem}.clip.{k:04d}.usdc" for k in numbers)}


def test_files_that_only_the_earlier_export_needed_go(tmp_path):
    exported(tmp_path, run=RUN, clips=1)
    assert names(tmp_path) == clips(1, 2, 3, 4, 5)
    exported(tmp_path, run=RUN, clips=3)
    assert names(tmp_path) == clips(1, 2, stem="cloth.2")
    exported(tmp_path, run=RUN, layers=True)
    assert names(tmp_path) == {"cloth.usdc", "cloth.samples.usdc"}
    exported(tmp_path, run=RUN, layers=True)
    assert names(tmp_path) == {"cloth.usdc", "cloth.2.samples.usdc"}
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == {"cloth.usdc"}


def test_no_name_of_an_export_is_taken(tmp_path):
    target = tmp_path / "a.b.usdc"
    (tmp_path / ".x.tmp").mkdir()
    for name, free in (
        ("a.samples.usdc", "a.b"),
        ("a.b.samples.usda", "a.b"),
        ("a.b.c.samples.usdc", "a.b"),
        ("a.b.clip.0001.usdc", "a.b.2"),
        ("a.b.2.samples.usdc", "a.b.3"),
        ("A.B.3.Samples.USDC", "a.b.4"),  # the same name, on some disks
        (".x.tmp/a.b.4.manifest.usdc", "a.b.5"),  # of an export that is at work
    ):
        (tmp_path / name).touch()
        assert free_stem(target) == free, name


@pytest.mark.parametrize("options", [{"layers": True}, {"clips": 2}])
def test_exports_of_one_stem_need_nothing_of_each_other(options, tmp_path):
    first = seen(exported(tmp_path, "cloth.usda", run=RUN, **options))
    second = seen(exported(tmp_path, "cloth.usdc", run=RUN, unit="cm", **options))
    assert seen(Usd.Stage.Open(str(tmp_path / "cloth.usda"))) == first
    assert seen(Usd.Stage.Open(str(tmp_path / "cloth.usdc"))) == second != first
    exported(tmp_path, "cloth.usda", run=RUN)
    assert seen(Usd.Stage.Open(str(tmp_path / "cloth.usdc"))) == second


def test_exports_of_one_stem_at_the_same_time(tmp_path):
    writers = [Writer(RUN.scene, tmp_path / f"cloth.{kind}", Options(layers=True)) for kind in ("usdc", "usda")]
    for k, time in enumerate(RUN.time.tolist()):
        for each in writers:
            each.append(time, {name: getattr(RUN, name)[k] for name in NEEDED})
    one, other = (seen(Usd.Stage.Open(str(each.close()))) for each in writers)
    assert one == other
    assert names(tmp_path) == {"cloth.usdc", "cloth.usda", "cloth.samples.usdc", "cloth.2.samples.usdc"}


def test_a_file_of_somebody_else_is_neither_replaced_nor_removed(tmp_path):
    mine = [tmp_path / name for name in ("cloth.samples.usdc", "cloth.2.manifest.usdc")]
    for each in mine:
        each.write_text("mine")
    for _ in range(2):
        exported(tmp_path, run=RUN, layers=True)
    exported(tmp_path, run=RUN)
    assert [each.read_text() for each in mine] == ["mine", "mine"]
    assert names(tmp_path) == {"cloth.usdc", *(each.name for each in mine)}


def test_what_a_root_that_is_no_export_needs_stays(tmp_path):
    (tmp_path / "cloth.usda").write_text("#usda 1.0\n(subLayers = [@./cloth.samples.usdc@])\n")
    (tmp_path / "cloth.samples.usdc").write_text("mine")
    exported(tmp_path, "cloth.usda", run=RUN)
    assert (tmp_path / "cloth.samples.usdc").read_text() == "mine"


LAYERS, CLIPS = {"layers": True}, {"clips": 2}
GROWING = {**CLIPS, "growing": True}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(("before", "after"), [(LAYERS, LAYERS), (CLIPS, CLIPS), (LAYERS, GROWING), (CLIPS, GROWING)])
def test_a_process_killed_before_the_root_is_replaced_changes_nothing(before, after, tmp_path):
    first = seen(exported(tmp_path, run=RUN, **before))
    there = names(tmp_path)
    code = f"""
        import os, signal
        from exported import exported
        from pathlib import Path
        from usd_cloth import usd_run
        from usd_export import exporter
        replace = os.replace
        def replaced(source, target):
            if Path(target).name == "cloth.usdc":
                os.kill(os.getpid(), signal.SIGKILL)
            replace(source, target)
        os.replace = replaced
        options = {after!r}
        grows, made = options.pop("growing", False), exporter.Writer
        exporter.Writer = lambda *given, growing, **facts: made(*given, growing=grows, **facts)
        exported(Path({str(tmp_path)!r}), run=usd_run(5), unit="cm", **options)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(names(tmp_path) - there) > 1, "it was not killed after its further files were in place"
    assert seen(Usd.Stage.Open(str(tmp_path / "cloth.usdc"))) == first
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == {"cloth.usdc"}  # also what the killed process left


def seen(stage: Usd.Stage) -> dict[str, list]:
    """All that changes, read from disk."""
    for layer in stage.GetUsedLayers():
        layer.Reload()
    attributes = [each for prim in stage.TraverseAll() for each in prim.GetAttributes()]
    values = {str(each.GetPath()): [each.Get(time) for time in (0, 1, 1.5, 5)] for each in attributes}
    assert any(value[0] != value[1] for value in values.values())
    return values


def test_other_files_stay(tmp_path):
    exported(tmp_path, run=RUN, clips=3)
    exported(tmp_path, "cloth.usda", run=RUN, layers=True)
    others = {"cloth2.clip.0001.usdc", "cloth.clip.usdc", "cloth.clip.0001.usda", "cloth.clip.1.usdc", "clip.0001.usdc"}
    for name in others:
        (tmp_path / name).write_text("mine")
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == others | {"cloth.usdc", "cloth.usda", "cloth.2.samples.usdc"}


def test_names_alone_condemn_nothing(tmp_path):
    """Of a root that has no clips, files named like some belong to nobody known."""
    (tmp_path / "cloth.clip.0001.usdc").write_text("mine")
    for text in (None, "old", "#usda 1.0\n"):
        if text is not None:
            (tmp_path / "cloth.usdc").write_text(text)
        assert companions_of(tmp_path / "cloth.usdc") == set()


def test_clips_of_a_killed_simulation_go_too(tmp_path):
    exported(tmp_path, run=RUN, clips=3)
    for name in ("cloth.clip.0003.usdc", "cloth.clip.0003.7.usdc", "cloth.2.clip.0001.usdc"):
        (tmp_path / name).write_text("not in the root yet")
    assert companions_of(tmp_path / "cloth.usdc") == names(tmp_path) - {"cloth.usdc", "cloth.2.clip.0001.usdc"}
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == {"cloth.usdc", "cloth.2.clip.0001.usdc"}


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows they stay")
def test_folders_of_dead_processes_go(tmp_path):
    target = tmp_path / "cloth.usdc"
    own, other = workshop_folder(target), workshop_folder(tmp_path / "other.usdc")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    abandoned = target.with_name(own.name.replace(f"-{os.getpid()}-", f"-{dead.pid}-"))
    host = own.name.split("-")[0].split(".")[-1]
    elsewhere = target.with_name(abandoned.name.replace(host, "00000000"))
    strange = target.with_name(".cloth.usdc.0123456789ab.tmp")
    for each in (own, other, abandoned, elsewhere, strange):
        each.mkdir()
        (each / "cloth.usdc").write_text("half")
    remove_abandoned(target)
    assert names(tmp_path) == {each.name for each in (own, other, elsewhere, strange)}
