import os
import shlex
import signal
import subprocess
import sys
import warnings

import pytest
import typer

from warp_fabric.cli.common import Stop, command_line, told
from warp_fabric.errors import SceneError


def test_errors_are_told_and_warnings_are_notes(capsys):
    def work() -> None:
        warnings.warn("a doubt", UserWarning, stacklevel=1)
        raise SceneError("it is wrong", where="a.toml: time.step", fix="mend it")

    with pytest.raises(typer.Exit) as caught, told():
        work()
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err == "note: a doubt\nerror: a.toml: time.step: it is wrong\n  fix: mend it\n"


def test_faults_of_the_program_are_not_hidden():
    with pytest.raises(ZeroDivisionError), told():
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
