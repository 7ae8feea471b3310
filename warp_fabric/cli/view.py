"""`warp-fabric view`: runs, scenes and USD files on a page in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warp_fabric.cli.common import reporting_errors

What = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Runs (.h5, also unfinished ones), scenes (.toml) and USD files. Several are shown side by side, or "
        "in the same place.",
    ),
]
Host = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Address to serve the page at; 0.0.0.0 lets other machines see it.")
]
Port = Annotated[int, typer.Option(min=1, max=65535, metavar="N", help="Port to try first; the next free one is used.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the default browser.")]


LOCAL = ("127.0.0.1", "localhost", "::1")
"""Hosts that only programs on this machine reach."""


def view(what: What, host: Host = "127.0.0.1", port: Port = 8080, browser: Browser = True) -> None:
    r"""Look at cloth in the browser: play and scrub, colour by stretch, sliding or compression, click on crossings.

    A run that is still being simulated is followed. Press Ctrl-C to stop. Needs
    viser: pip install warp-fabric\[view].
    """
    with reporting_errors():
        from warp_fabric import viewer

        with viewer.view(*what, host=host, port=port, browser=browser) as showing:
            if host not in LOCAL:
                typer.echo("note: others who reach this machine can see this page and use its controls", err=True)
            typer.echo(f"{', '.join(map(str, what))}: {showing.url} (Ctrl-C to stop)")
            try:
                showing.wait()
            except KeyboardInterrupt:
                typer.echo("")
