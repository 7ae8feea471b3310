"""`warp-fabric check`: what is wrong in a USD file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warp_fabric.cli.common import told


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .usdc, .usd, .usda or .usdz file.")],
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
) -> None:
    """Check a USD file: USD's own validators, and what they leave out about curves.

    That is numbers of points and values, widths, extents, finite values, velocities against the points' motion, the
    time range, and yarns that go through each other. Exit status: 0 no errors, 1 errors, 2 wrong usage.
    """
    with told():
        import usd_export

        found = usd_export.check(file)
        for each in found:
            typer.echo(str(each))
        errors = sum(each.severity == "error" for each in found)
        told_of = [_counted(errors, "error"), _counted(len(found) - errors, "warning")]
        typer.echo(f"{file}: {', '.join(told_of)}" if found else f"{file}: nothing wrong found")
        if errors or (strict and found):
            raise typer.Exit(1)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
