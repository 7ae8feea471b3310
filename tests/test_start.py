"""Warp starts quietly, and with a cache that can be written: in processes of their own, as it starts once."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from warp_fabric import start

KERNEL = """
import warnings
import warp as wp
@wp.kernel
def nothing(x: wp.array(dtype=float)):
    x[0] = 1.0
wp.launch(nothing, 1, [wp.zeros(1, dtype=float, device="cpu")], device="cpu")
"""


def run(code: str, tmp_path: Path, cache: str | None = None) -> subprocess.CompletedProcess:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "TMP": str(tmp_path)}
    if cache is not None:
        environment["WARP_CACHE_PATH"] = cache
    folder = tmp_path / "code"
    folder.mkdir(exist_ok=True)
    (folder / "code.py").write_text(code)
    command = [sys.executable, str(folder / "code.py")]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True)


START = "from warp_fabric.start import start_warp; start_warp({})"


def test_a_cache_that_cannot_be_made(tmp_path):
    """A file is where its folder should be: nobody can make it, nor root."""
    file = tmp_path / "taken"
    file.write_text("")
    told = run(START.format("") + KERNEL, tmp_path, cache=str(file / "kernels"))
    lines = [line for line in told.stderr.splitlines() if "CacheWarning" in line]
    assert len(lines) == 1
    assert f"kernels cannot be cached in {file}" in lines[0]
    assert "set WARP_CACHE_PATH" in lines[0]
    (folder,) = tmp_path.glob("warp-fabric-kernels-*")
    assert [*folder.rglob("*.o")]
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no folder that nobody can write to")
def test_a_cache_that_is_there_and_cannot_be_written(tmp_path):
    """As with a home that is read-only: kernels that are in it serve all the same."""
    code = f"""
import shutil, tempfile, warnings
from pathlib import Path
from warp_fabric import start
start.start_warp()
import warp as wp
before = Path(wp.config.kernel_cache_dir)
(before / "compiled").write_text("a kernel")
start._started, start._writable = False, lambda folder: folder != before
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    start.start_warp()
assert [each.category.__name__ for each in caught] == ["CacheWarning"]
assert Path(wp.config.kernel_cache_dir).is_relative_to({str(tmp_path)!r})
print((Path(wp.config.kernel_cache_dir) / "compiled").read_text())
"""
    assert run(code, tmp_path, cache=str(tmp_path / "cache")).stdout == "a kernel\n"


def test_another_users_folder_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = start._own_folder()
    assert own == start._own_folder()
    monkeypatch.setattr(start, "_writable", lambda folder: False)
    assert start._own_folder() != own


@pytest.mark.parametrize(
    ("code", "talks"),
    [
        (START.format("") + KERNEL, False),
        (START.format("verbose=True") + KERNEL, True),
        ("import warp\n" + START.format("") + KERNEL, True),
        ("import warp\n" + START.format("verbose=False") + KERNEL, False),
        ("import warp\nwarp.config.log_level = warp.LOG_ERROR\n" + START.format("") + KERNEL, False),
    ],
    ids=["quiet", "asked to", "warp is the program's own", "a command", "as the program has set it"],
)
def test_who_lets_warp_talk(tmp_path, code, talks):
    told = run(code, tmp_path)
    assert ("Kernel cache" in told.stdout + told.stderr) is talks
    assert ("took" in told.stdout + told.stderr) is talks
    if "warp\n" not in code and not talks:
        assert told.stdout + told.stderr == ""


def test_other_words_are_passed_on(capfd):
    with start._without_regret():
        os.write(2, f"Warp CUDA warning: {start.NO_DRIVER}. GPU\nsomething else\n".encode())
    assert capfd.readouterr().err == "something else\n"
