"""`warp-fabric weave`: look at weaves, list the library, convert weave files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from warp_fabric.cli.common import reporting_errors
from warp_fabric.weave import write_draft
from warp_fabric.weave.draft_picture import write_png
from warp_fabric.weave.drawing import show as show_draft
from warp_fabric.weave.files import find_draft
from warp_fabric.weave.patterns import pattern_families

app = typer.Typer(help="Look at weaves, list the pattern library, convert weave files.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(metavar="FILE_OR_PATTERN", help="A weave file, or a name from `weave list`.")]
Picture = Annotated[Path | None, typer.Option("-o", "--output", help="Write a picture (.png) instead of printing.")]


@app.command()
def show(
    source: Source,
    output: Picture = None,
) -> None:
    """Draw a weave and describe its cloth: floats, balance, whether it holds together."""
    with reporting_errors():
        draft = find_draft(source)
        if output is None:
            show_draft(draft, Console())
        else:
            write_png(draft, output)
            typer.echo(f"wrote {output}")


@app.command("list")
def list_patterns() -> None:
    """List the pattern library."""
    table = Table.grid(padding=(0, 2))
    for names, summary in pattern_families():
        table.add_row(f"[bold]{' '.join(names)}[/bold]", escape(summary))
    console = Console()
    console.print(table)
    console.print("\nOther numbers work too for A, B, N and K: twill35, satin9; from 10 on with a slash: twill10/2.")


@app.command()
def convert(
    source: Source,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The .wif or .dtx file to write.")],
) -> None:
    """Convert a weave file or a pattern to WIF or DTX."""
    with reporting_errors():
        write_draft(find_draft(source), target)
        typer.echo(f"wrote {target}")
