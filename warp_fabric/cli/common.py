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
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warp_fabric.errors import WarpFabricError

if TYPE_CHECKING:
    from warp_fabric.progress import JsonProgress


class ProgressKind(StrEnum):
    bar = "bar"
    json = "json"
    none = "none"


ProgressOption = Annotated[
    ProgressKind, typer.Option("--progress", help="A bar on stderr, JSON lines on stdout for programs, or nothing.")
]


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


@contextlib.contextmanager
def counting(
    event: str, progress: ProgressKind
) -> Iterator[tuple[bool | Callable[[int, int], None], JsonProgress | None]]:
    """How a command that counts what it does tells so.

    Args:
        event: What lines for programs call it; they have "done" and "count", at most ten a second, or in the end
            "error": what, where, fix.
        progress: As the user chose.

    Yields:
        The `progress` of `usd_export`'s functions, and where further lines go (None: nowhere).
    """
    from warp_fabric.progress import JsonProgress, Pace

    if progress is not ProgressKind.json:
        yield progress is ProgressKind.bar and at_terminal(), None
        return
    lines, pace = JsonProgress(), Pace(JsonProgress.INTERVAL)

    def tell(done: int, count: int) -> None:
        if pace.due() or done == count:
            lines.event(event, done=done, count=count)

    try:
        yield tell, lines
    except WarpFabricError as error:
        lines.event("error", what=error.what, where=error.where, fix=error.fix)
        raise


def at_terminal() -> bool:
    """Whether what is written to stderr is read as it comes."""
    return sys.stderr.isatty()


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
