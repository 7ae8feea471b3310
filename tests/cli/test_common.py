import io
import json
import os
import shlex
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import typer

from warp_fabric.cli.common import (
    ProgressKind,
    Stop,
    check_ending,
    command_line,
    reporting_errors,
    reporting_progress,
    stdout_for_programs,
)
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.fitting.fit_progress import BarFitProgress, FitProgress, JsonFitProgress
from warp_fabric.progress import BarProgress, JsonProgress, Progress


def test_errors_are_told_and_warnings_are_notes(capsys):
    def work() -> None:
        warnings.warn("a doubt", UserWarning, stacklevel=1)
        raise SceneError("it is wrong", where="a.toml: time.step", fix="mend it")

    with pytest.raises(typer.Exit) as caught, reporting_errors():
        work()
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err == "note: a doubt\nerror: a.toml: time.step: it is wrong\n  fix: mend it\n"


def test_faults_of_the_program_are_not_hidden():
    with pytest.raises(ZeroDivisionError), reporting_errors():
        _ = 1 / 0


@pytest.mark.skipif(sys.platform == "win32", reason="such a signal ends a Windows process")
@pytest.mark.parametrize("number", Stop.SIGNALS)
def test_a_signal_waits_for_the_step_and_a_second_one_does_not(number):
    before = signal.getsignal(number)
    with Stop() as stop:
        stop.check()
        os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            stop.check()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


@pytest.mark.parametrize(
    ("started", "program"),
    [
        ("/src/warp_fabric/__main__.py", [sys.executable, "-m", "warp_fabric"]),
        ("/a venv/bin/warp-fabric", ["/a venv/bin/warp-fabric"]),
        ("warp-fabric", ["warp-fabric"]),
    ],
)
def test_a_command_as_it_was_started(monkeypatch, started, program):
    monkeypatch.setattr(sys, "argv", [started])
    line = command_line("simulate", "my scene.toml")
    expected = [*program, "simulate", "my scene.toml"]
    assert line == (subprocess.list2cmdline(expected) if sys.platform == "win32" else shlex.join(expected))


@pytest.mark.parametrize("name", ["run.h5", "run.HDF5"])
def test_an_ending_of_its_own(name, recwarn):
    check_ending(Path(name), "a trajectory", ".h5", ".hdf5")
    assert not recwarn


@pytest.mark.parametrize("name", ["run.usdc", "scene.toml", "cloth.png"])
def test_an_ending_of_another_format(name):
    with pytest.raises(TrajectoryError, match=r"a trajectory is written as \.h5, not as \.") as caught:
        check_ending(Path("folder", name), "a trajectory", ".h5", ".hdf5")
    assert f"name it {Path(name).stem}.h5" in caught.value.fix
    assert ("--usd" in caught.value.fix) == (name == "run.usdc")


@pytest.mark.parametrize("name", ["run", "run.v2"])
def test_an_ending_of_no_format(name):
    with pytest.warns(UserWarning, match="statistics are written as .json"):
        check_ending(Path(name), "statistics", ".json")


def test_what_libraries_print_is_not_among_lines_for_programs():
    """Nor what is written past Python, as LAPACK does."""
    code = """
import os
from warp_fabric.cli.common import (
    ProgressKind,
    Stop,
    check_ending,
    command_line,
    reporting_errors,
    reporting_progress,
    stdout_for_programs,
)
print("before")
with stdout_for_programs() as stream:
    stream.write("{}\\n")
    stream.flush()
    print("from Python")
    os.write(1, b"Not enough memory to perform factorization.\\n")
print("after")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "before\n{}\nafter\n"
    assert sorted(run.stderr.splitlines()) == ["Not enough memory to perform factorization.", "from Python"]


def test_lines_for_programs_where_stdout_is_no_file(monkeypatch):
    caught = io.StringIO()
    monkeypatch.setattr(sys, "stdout", caught)
    with stdout_for_programs() as stream:
        stream.write("{}\n")
    assert caught.getvalue() == "{}\n"


@pytest.mark.parametrize(
    "kinds",
    [(Progress, BarProgress, JsonProgress), (FitProgress, BarFitProgress, JsonFitProgress)],
    ids=["simulate", "fit"],
)
def test_runs_and_fits_report_in_the_same_ways(kinds, capsys):
    for kind, made in zip((ProgressKind.none, ProgressKind.bar, ProgressKind.json), kinds):
        with reporting_progress(kind, *kinds) as (reporter, lines):
            assert type(reporter) is made
            assert lines is (reporter if kind is ProgressKind.json else None)
    with pytest.raises(SceneError), reporting_progress(ProgressKind.json, *kinds):
        raise SceneError("it is wrong", where="a.toml", fix="mend it")
    expected = {"event": "error", "what": "it is wrong", "where": "a.toml", "fix": "mend it"}
    assert json.loads(capsys.readouterr().out) == expected
