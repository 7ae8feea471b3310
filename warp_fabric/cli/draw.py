"""`warp-fabric picture`: frames of a trajectory as a picture, a sheet of pictures, or a movie."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from warp_fabric.cli.common import ProgressKind, ProgressOption, VerboseOption, counting, reporting_errors
from warp_fabric.errors import PictureError

LOOK = "How it looks"

Frame = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Frame of a single picture; negative: counted from the end.", show_default="the last"
    ),
]
Frames = Annotated[
    str | None,
    typer.Option(
        metavar="A:B[:STEP]",
        help='Frames A to B inclusive ("0:24:2"), or "all": side by side with their times in a .png, else as a movie.',
        show_default=False,
    ),
]
View = Annotated[str, typer.Option(metavar="NAME", help='"three-quarter" or "top".', rich_help_panel=LOOK)]
Side = Annotated[
    str,
    typer.Option(
        metavar="NAME", help='"face", "back", or "auto": the side in view at the first frame.', rich_help_panel=LOOK
    ),
]
Camera = Annotated[
    tuple[float, float] | None,
    typer.Option(
        metavar="AZIMUTH ELEVATION",
        help="Where the camera stands, in degrees, in place of --view: azimuth 0 is towards -y, 90 towards +x.",
        show_default=False,
        rich_help_panel=LOOK,
    ),
]
Zoom = Annotated[
    float, typer.Option(metavar="X", help="1 shows the whole cloth, 4 a quarter of its width.", rich_help_panel=LOOK)
]
Focus = Annotated[
    tuple[int, int] | None,
    typer.Option(
        metavar="PICK END",
        help="Crossing in the middle of the picture.",
        show_default=False,
        rich_help_panel=LOOK,
    ),
]
Plies = Annotated[
    int,
    typer.Option(metavar="N", help="Strands that each yarn is twisted from; 0: smooth yarns.", rich_help_panel=LOOK),
]
Obstacles = Annotated[bool, typer.Option(metavar="", help="The scene's obstacles.", rich_help_panel=LOOK)]
Size = Annotated[
    tuple[int, int] | None,
    typer.Option(
        metavar="WIDTH HEIGHT",
        help="Pixels of each picture.",
        show_default="1600 1200; of several 800 600",
        rich_help_panel=LOOK,
    ),
]
Rays = Annotated[
    int, typer.Option(metavar="N", help="Rays per pixel: more is smoother and slower.", rich_help_panel=LOOK)
]


def picture(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A trajectory file (.h5).")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Picture to write (.png), or movie (.mp4, .gif, .webp).")
    ],
    frame: Frame = None,
    frames: Frames = None,
    view: View = "three-quarter",
    side: Side = "auto",
    camera: Camera = None,
    zoom: Zoom = 1.0,
    focus: Focus = None,
    plies: Plies = 3,
    obstacles: Obstacles = True,
    size: Size = None,
    rays: Rays = 5,
    progress: ProgressOption = ProgressKind.bar,
    verbose: VerboseOption = False,
) -> None:
    r"""Draw one frame of a trajectory as a picture, or several as a sheet or a movie.

    Movies run in real time. They need `pip install warp-fabric\[movie]`.
    """
    if frame is not None and frames is not None:
        raise typer.BadParameter("--frame and --frames exclude each other: give one of them")
    from warp_fabric.picture.movie import MOVIES, check_kind

    if frame is not None and output.suffix.lower() in MOVIES:
        raise typer.BadParameter("--frame is for a single picture: for part of a movie give --frames FIRST:LAST")
    with reporting_errors(), counting("picture", progress) as (on_count, lines):
        from warp_fabric.start import start_warp

        start_warp(verbose)
        from warp_fabric.picture import film, render
        from warp_fabric.trajectory import load_trajectory

        look: dict = {"view": view, "side": side, "camera": camera, "zoom": zoom, "focus": focus}
        look |= {"plies": plies, "obstacles": obstacles, "rays": rays} | ({} if size is None else {"size": size})
        check_kind(output)
        trajectory = load_trajectory(run)
        if frames is None and output.suffix.lower() not in MOVIES:
            render(trajectory, output, -1 if frame is None else frame, **look)
        else:
            film(trajectory, output, _slice("all" if frames is None else frames), progress=on_count, **look)
        if lines is not None:
            lines.event("saved", path=str(output))
        else:
            typer.echo(f"wrote {output}")


def _slice(frames: str) -> slice:
    if frames == "all":
        return slice(None)
    fix = 'give FIRST:LAST or FIRST:LAST:STEP, as 0:24 or 0:-1:2, or "all"'
    if not re.fullmatch(r"(-?\d+)?:(-?\d+)?(:\d+)?", frames):
        raise PictureError(f"{frames!r} does not say which frames", where="--frames", fix=fix)
    if re.fullmatch(r".*:.*:0+", frames):
        raise PictureError(
            "a step of 0 frames is impossible", where="--frames", fix="give a step of 1 or more, or none"
        )
    return slice(*(int(part) if part else None for part in frames.split(":")))
