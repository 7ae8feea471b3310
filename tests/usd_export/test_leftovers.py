import os
import subprocess
import sys

import pytest
from exported import exported
from usd_cloth import usd_run

from usd_export.leftovers import companions_of, remove_abandoned, workshop_folder

RUN = usd_run(6)


def names(folder) -> set[str]:
    return {each.name for each in folder.iterdir()}


def clips(*numbers: int) -> set[str]:
    return {"cloth.usdc", "cloth.manifest.usdc", *(f"cloth.clip.{k:04d}.usdc" for k in numbers)}


def test_files_that_only_the_earlier_export_needed_go(tmp_path):
    exported(tmp_path, run=RUN, clips=1)
    assert names(tmp_path) == clips(1, 2, 3, 4, 5)
    exported(tmp_path, run=RUN, clips=3)
    assert names(tmp_path) == clips(1, 2)
    exported(tmp_path, run=RUN, layers=True)
    assert names(tmp_path) == {"cloth.usdc", "cloth.samples.usdc"}
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == {"cloth.usdc"}


def test_other_files_stay(tmp_path):
    exported(tmp_path, run=RUN, clips=3)
    exported(tmp_path, "cloth.usda", run=RUN, layers=True)
    others = {"cloth2.clip.0001.usdc", "cloth.clip.usdc", "cloth.clip.0001.usda", "cloth.clip.1.usdc", "clip.0001.usdc"}
    for name in others:
        (tmp_path / name).write_text("mine")
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == others | {"cloth.usdc", "cloth.usda", "cloth.samples.usdc"}


def test_names_alone_condemn_nothing(tmp_path):
    """Of a root that has no clips, files named like some belong to nobody known."""
    (tmp_path / "cloth.clip.0001.usdc").write_text("mine")
    for text in (None, "old", "#usda 1.0\n"):
        if text is not None:
            (tmp_path / "cloth.usdc").write_text(text)
        assert companions_of(tmp_path / "cloth.usdc") == set()


def test_clips_of_a_killed_simulation_go_too(tmp_path):
    exported(tmp_path, run=RUN, clips=3)
    for name in ("cloth.clip.0003.usdc", "cloth.clip.0003.7.usdc"):
        (tmp_path / name).write_text("not in the root yet")
    assert companions_of(tmp_path / "cloth.usdc") == names(tmp_path) - {"cloth.usdc"}
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == {"cloth.usdc"}


def test_what_an_export_of_another_kind_needs_stays(tmp_path):
    exported(tmp_path, run=RUN, clips=3)
    exported(tmp_path, "cloth.usda", run=RUN, clips=3)
    exported(tmp_path, run=RUN)
    assert names(tmp_path) == clips(1, 2) | {"cloth.usda"}


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
