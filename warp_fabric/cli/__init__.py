"""Command line: thin commands over the public API."""

from __future__ import annotations

from typing import Annotated

import typer

from warp_fabric import __version__
from warp_fabric.cli import check, demo, draw, export, fitting, options, simulate, view, weave

app = typer.Typer(
    help="Warp Fabric: simulate woven cloth, yarn by yarn.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=options.Command)(simulate.simulate)
app.command()(fitting.fit)
app.command()(export.export)
app.command()(check.check)
app.command()(draw.picture)
app.command()(view.view)
app.command()(demo.demo)
app.add_typer(weave.app, name="weave")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"warp-fabric {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Warp Fabric: simulate woven cloth, yarn by yarn.

    Start with `warp-fabric demo`, or `warp-fabric simulate SCENE -o run.h5`.
    """


def main() -> None:
    """What the `warp-fabric` command runs."""
    app(prog_name="warp-fabric")
