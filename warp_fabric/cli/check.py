"""`warp-fabric check`: what is wrong in a USD file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warp_fabric.cli.common import ProgressKind, ProgressOption, counting, reporting_errors
from warp_fabric.errors import WarpFabricError

if TYPE_CHECKING:
    from usd_export import Finding


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .usdc, .usd, .usda or .usdz file.")],
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    progress: ProgressOption = ProgressKind.bar,
) -> None:
    """Check a USD file: USD's own validators, and what they leave out about curves.

    It checks numbers of points and values, widths, extents, units, the time
    range, materials, that all values are finite, and that velocities agree
    with the points' motion. For cloth it also checks, in every frame, that no
    yarn is missing, that yarns touch where they cross, that none
    interpenetrate, and that none are inside an obstacle. An error is what a
    renderer would show wrong, a warning what may be intended.

    With --progress json, stdout has one object a line: "check" (done, count:
    samples and frames), "finding" (severity, path, time: the worst, what, fix,
    times: at how many), and at the end "checked" (errors, warnings), or
    "error" (what, where, fix), or "interrupted".

    Exit status: 0 no errors, 1 errors, 2 wrong usage, 130 interrupted.
    """
    with reporting_errors(), counting("check", progress) as (on_count, lines):
        import usd_export

        found = usd_export.check(file, progress=on_count)
        errors = sum(each.severity == "error" for each in found)
        if lines is None:
            _print(file, found, errors)
            _print_size(file)
        else:
            for each in found:
                lines.event("finding", **asdict(each))
            lines.event("checked", errors=errors, warnings=len(found) - errors)
        if errors or (strict and found):
            raise typer.Exit(1)


def _print(file: Path, found: list[Finding], errors: int) -> None:
    for each in found:
        typer.echo(str(each))
    counts = [_counted(errors, "error"), _counted(len(found) - errors, "warning")]
    typer.echo(f"{file}: {', '.join(counts)}" if found else f"{file}: nothing wrong found")


def _print_size(file: Path) -> None:
    """What of a cloth was simulated, where that is not each of its yarns."""
    import usd_export
    from warp_fabric.scene import Scene
    from warp_fabric.scene.bundled import in_words

    with suppress(WarpFabricError):  # no cloth of ours
        if (simulated := in_words(Scene.from_toml(usd_export.scene_of(file), folder=file.parent))) is not None:
            typer.echo(simulated)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
