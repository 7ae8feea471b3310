"""`warp-fabric picture`: a frame of a trajectory as a PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warp_fabric.cli.common import VerboseOption, told

Size = Annotated[tuple[int, int], typer.Option(metavar="WIDTH HEIGHT", help="Pixels.")]
Focus = Annotated[
    tuple[int, int] | None,
    typer.Option(metavar="PICK END", help="Crossing in the middle of the picture.", show_default=False),
]


def picture(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A trajectory file (.h5).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The picture to write (.png).")],
    frame: Annotated[int, typer.Option(help="Frame; negative: from the end.")] = -1,
    view: Annotated[str, typer.Option(help='"three-quarter" or "top".')] = "three-quarter",
    zoom: Annotated[float, typer.Option(help="1 shows all of the cloth, 4 a quarter of its width.")] = 1.0,
    focus: Focus = None,
    size: Size = (1600, 1200),
    verbose: VerboseOption = False,
) -> None:
    """Draw one frame of a trajectory: lit yarns, as they interlace."""
    with told():
        from warp_fabric.start import start_warp

        start_warp(verbose)
        from warp_fabric.picture import render
        from warp_fabric.trajectory import load_trajectory

        render(load_trajectory(run), output, frame, view=view, zoom=zoom, focus=focus, size=size)
        typer.echo(f"wrote {output}")
