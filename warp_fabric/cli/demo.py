"""`warp-fabric demo`: from a weave file to a cloth in the wind and its picture."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from warp_fabric.atomic import replacing
from warp_fabric.cli.common import Stop, VerboseOption, reporting_errors
from warp_fabric.errors import SceneError

SOURCES = ("herringbone.wif", "herringbone.toml")
CLOSE_UP = 5.0
"""Zoom of the second picture."""
SIZE = (1600, 1200)
"""Pixels of both."""


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")] = Path("out/demo"),
    device: Annotated[
        str | None, typer.Option(help='"cpu", "cuda:0" or "auto" (the default).', show_default=False)
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Simulate a herringbone blanket in the wind and draw it: about two minutes on one CPU core.

    Run it again after Ctrl-C and it continues where it stopped.
    """
    with reporting_errors():
        from warp_fabric.start import start_warp

        start_warp(verbose)
        from warp_fabric.picture import render
        from warp_fabric.scene import load_scene
        from warp_fabric.simulation import simulate_to

        _lay_out(output)
        weave, scene, run = output / SOURCES[0], output / SOURCES[1], output / "run.h5"
        cloth, close_up = output / "cloth.png", output / "close-up.png"
        try:
            with Stop() as stop:
                trajectory = simulate_to(
                    run, load_scene(scene), device=device, progress=True, resume=True, on_step=stop.check
                )
        except KeyboardInterrupt:
            typer.echo("interrupted. Run the same command again to continue.", err=True)
            raise typer.Exit(130) from None
        typer.echo("drawing ...", err=True)
        render(trajectory, cloth, size=SIZE, device=device)
        picks, ends = trajectory.position.shape[1:3]
        render(trajectory, close_up, size=SIZE, device=device, zoom=CLOSE_UP, focus=(picks // 4, 5 * ends // 8))
        typer.echo("Look at these:")
        for path, what in (
            (cloth, "the cloth at the end"),
            (close_up, "a close-up of its yarns"),
            (run, "the trajectory (HDF5)"),
            (scene, "the scene: change it, then `warp-fabric simulate` it"),
            (weave, "the weave: `warp-fabric weave show` draws it"),
        ):
            typer.echo(f"  {path}  {what}")


def _lay_out(folder: Path) -> None:
    """Write the demo's weave and scene to a folder, but not over changed ones."""
    for name in SOURCES:
        content, path = files("warp_fabric").joinpath("demo", name).read_bytes(), folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.read_bytes() != content:
                fix = "give another folder (-o), or move this file away"
                raise SceneError("this is not the demo's own file, and is not overwritten", where=str(path), fix=fix)
            with replacing(path) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            fix = "give another folder (-o)"
            raise SceneError(f"the demo's files cannot be written: {error}", where=str(folder), fix=fix) from error
