"""What commands share: reporting errors, warnings and progress, and stopping at a convenient moment."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TextIO, TypeVar

import typer

from warp_fabric.errors import TrajectoryError, WarpFabricError

if TYPE_CHECKING:
    from warp_fabric.progress import JsonProgress


class Lines(Protocol):
    """Where lines for programs go."""

    def event(self, name: str, **values: Any) -> None:
        """Write one."""


P = TypeVar("P")
J = TypeVar("J", bound=Lines)

FORMATS = {
    *(".usd", ".usda", ".usdc", ".usdz", ".abc", ".obj", ".ply", ".fbx", ".gltf", ".glb", ".blend", ".stl"),
    *(".h5", ".hdf5", ".toml", ".json", ".csv", ".npy", ".npz", ".txt", ".wif", ".dtx", ".wpo"),
    *(".png", ".jpg", ".jpeg", ".pdf", ".svg", ".exr", ".gif", ".mp4", ".mov", ".zip"),
}
"""Endings that say what a file is."""


class ProgressKind(StrEnum):
    bar = "bar"
    json = "json"
    none = "none"


ProgressOption = Annotated[
    ProgressKind,
    typer.Option("--progress", metavar="KIND", help="bar (on stderr), json (lines on stdout, for programs) or none."),
]


VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show what Warp compiles and loads.")]


@contextlib.contextmanager
def reporting_errors() -> Iterator[None]:
    """Print this package's errors as text and exit with 1, or with 130 on Ctrl-C; print warnings as notes."""

    def note(message, *_ignored, **_also) -> None:
        typer.echo(f"note: {message}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = note
        try:
            yield
        except WarpFabricError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            typer.echo("interrupted.", err=True)
            raise typer.Exit(130) from None


@contextlib.contextmanager
def stdout_for_programs() -> Iterator[TextIO]:
    """Stdout for lines that programs read, and for nothing else: what libraries print goes to stderr meanwhile."""
    try:
        sys.stdout.flush()
        number, errors = sys.stdout.fileno(), sys.stderr.fileno()
        file = os.dup(number)
    except (OSError, ValueError):  # it is no file, but something that catches what is written
        yield sys.stdout
        return
    with open(file, "w", encoding="utf-8", newline="\n") as stream:
        os.dup2(errors, number)
        try:
            yield stream
        finally:
            sys.stdout.flush()
            os.dup2(file, number)


@contextlib.contextmanager
def reporting_progress(
    kind: ProgressKind, silent: Callable[[], P], bar: Callable[[], P], json: Callable[[TextIO], J]
) -> Iterator[tuple[P | J, J | None]]:
    """What a run or a fit reports its progress to, and where further lines for programs go (None: nowhere).

    Args:
        kind: As the user chose.
        silent, bar, json: Make what reports in each of these ways; where lines are for programs, an error is one, too.
    """
    if kind is not ProgressKind.json:
        yield bar() if kind is ProgressKind.bar else silent(), None
        return
    with stdout_for_programs() as stream:
        lines = json(stream)
        with _errors_as_lines(lines):
            yield lines, lines


def check_ending(path: Path, what: str, *endings: str) -> None:
    """Refuse a file name whose ending is of another format, and doubt one that is of none.

    Args:
        what: What is written there. endings: Of its own format; the first is proposed.

    Raises:
        TrajectoryError: where it is refused.
    """
    ending = path.suffix.lower()
    if ending in endings:
        return
    rule = f"{what} is written as {endings[0]}" if not what.endswith("s") else f"{what} are written as {endings[0]}"
    fix = f"name it {path.with_suffix(endings[0]).name}"
    if ending in FORMATS:
        also = "; --usd writes USD beside it" if ending.startswith(".usd") and endings[0] == ".h5" else ""
        raise TrajectoryError(f"{rule}, not as {ending}", where=str(path), fix=fix + also)
    warnings.warn(f"{path}: {rule}, despite its name: {fix}", UserWarning, stacklevel=2)


@contextlib.contextmanager
def counting(
    event: str, progress: ProgressKind
) -> Iterator[tuple[bool | Callable[[int, int], None], JsonProgress | None]]:
    """How a command that counts what it does reports its progress.

    Args:
        event: What lines for programs call it; they have "done" and "count", at most ten a second, or in the end
            "error": what, where, fix; or "interrupted".
        progress: As the user chose.

    Yields:
        The `progress` of `usd_export`'s functions, and where further lines go (None: nowhere).
    """
    from warp_fabric.progress import JsonProgress, Pace

    if progress is not ProgressKind.json:
        yield progress is ProgressKind.bar and at_terminal(), None
        return
    pace = Pace(JsonProgress.INTERVAL)
    with stdout_for_programs() as stream:
        lines = JsonProgress(stream)

        def report(done: int, count: int) -> None:
            if pace.due() or done == count:
                lines.event(event, done=done, count=count)

        with _errors_as_lines(lines):
            try:
                yield report, lines
            except KeyboardInterrupt:
                lines.event("interrupted")
                raise


@contextlib.contextmanager
def _errors_as_lines(lines: Lines) -> Iterator[None]:
    try:
        yield
    except WarpFabricError as error:
        lines.event("error", what=error.what, where=error.where, fix=error.fix)
        raise


def at_terminal() -> bool:
    """Whether what is written to stderr is read as it comes."""
    return sys.stderr.isatty()


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
