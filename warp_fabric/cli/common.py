"""What commands share: how errors and warnings are told, and stopping at a convenient moment."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import typer

from warp_fabric.errors import WarpFabricError


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Print this package's errors as text and leave with 1, and print warnings as notes."""

    def note(message, *_ignored, **_also) -> None:
        typer.echo(f"note: {message}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = note
        try:
            yield
        except WarpFabricError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error


def hush_warp() -> None:
    """Start Warp without its greeting, its list of loaded modules (on stdout), and its regret that there is no GPU."""
    import warp as wp

    wp.config.log_level = wp.LOG_WARNING
    sys.stderr.flush()
    with tempfile.TemporaryFile() as told_by_warp:
        stderr = os.dup(2)
        os.dup2(told_by_warp.fileno(), 2)
        try:
            wp.init()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        told_by_warp.seek(0)
        for line in told_by_warp.read().decode(errors="replace").splitlines():
            if "Could not find or load the NVIDIA CUDA driver" not in line:
                typer.echo(line, err=True)


class Stop:
    """Turns Ctrl-C and SIGTERM into a `KeyboardInterrupt` between two steps; pressed again, it comes at once."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Stop:
        self._before = {each: signal.signal(each, self._ask) for each in self.SIGNALS}
        return self

    def __exit__(self, *_error) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def check(self, _report=None) -> None:
        """Raise where the user asked to stop; to be called after each step."""
        if self.asked:
            raise KeyboardInterrupt

    def _ask(self, _signal, _frame) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def command_line(*arguments: str) -> str:
    """`warp-fabric` with these arguments, as this process was started, for the user's shell."""
    started = Path(sys.argv[0])
    program = [sys.executable, "-m", "warp_fabric"] if started.name == "__main__.py" else ["warp-fabric"]
    if started.name.startswith("warp-fabric") and len(started.parts) > 1:
        program = [sys.argv[0]]
    line = [*program, *arguments]
    return subprocess.list2cmdline(line) if sys.platform == "win32" else shlex.join(line)
