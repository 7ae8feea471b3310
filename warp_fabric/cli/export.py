"""`warp-fabric export`: a trajectory as USD, for renderers and other programs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from warp_fabric.cli.common import ProgressKind, ProgressOption, counting, reporting_errors

PARTS = "What the file holds"

Samples = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Curve points from one crossing to the next: the level of detail. Fewer than 3 cut corners, so that yarns "
        "at a close sett go through each other.",
    ),
]


def _part(help: str) -> typer.models.OptionInfo:
    """A part of the file, that can be left out."""
    return typer.Option(metavar="", rich_help_panel=PARTS, help=help)


Yarns = Annotated[bool, _part("Yarns, as curves.")]
Surface = Annotated[bool, _part("The cloth's surface, as a mesh.")]
Pins = Annotated[bool, _part("Pins, as guides.")]
Obstacles = Annotated[bool, _part("The scene's obstacles, as colliders.")]
Velocities = Annotated[bool, _part("Velocities of points, for motion blur.")]
Materials = Annotated[bool, _part("Materials: UsdPreviewSurface, and a MaterialX variant.")]
SimCurves = Annotated[bool, _part("Linear curves with the proposed physics attributes.")]
Purpose = Annotated[
    str | None,
    typer.Option(metavar="NAME", help='"default", "render", "proxy" or "guide".', show_default=False),
]
Layers = Annotated[
    bool,
    typer.Option("--layers", metavar="", rich_help_panel=PARTS, help="Samples in a layer of their own."),
]
Plies = Annotated[int, typer.Option(metavar="N", help="Strands that each yarn is twisted from; 0: smooth yarns.")]
PlyTwist = Annotated[
    float | None,
    typer.Option(
        metavar="X", help="Turns per metre, negative for S; typical of each yarn if not given.", show_default=False
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(metavar="X", help="Of the stage; the scene's frames per second if not given.", show_default=False),
]
PanelFrames = Annotated[
    list[str] | None,
    typer.Option(
        "--panel-frame",
        metavar="FRAME",
        help="NAME=X,Y,Z,A,B,C: have a panel's points in a frame of its own, with this position [m] and rotation "
        "[degrees, about x, then y, then z]. Once for each panel.",
        show_default=False,
    ),
]
UpAxis = Annotated[str, typer.Option(metavar="AXIS", help='"Z" or "Y".')]
Unit = Annotated[str, typer.Option(metavar="UNIT", help='"m", "cm" or "mm".')]


def numbers_by_name(given: Iterable[str]) -> dict[str, tuple[float, ...]]:
    """What `--panel-frame` says, by panel.

    Raises:
        typer.BadParameter: where it is not a name and numbers.
    """
    found = {}
    for each in given:
        name, _, text = each.rpartition("=")
        try:
            found[name] = tuple(map(float, text.split(",")))
        except ValueError:
            name = ""
        if not name:
            raise typer.BadParameter(f"--panel-frame {each}: give NAME=X,Y,Z,A,B,C, such as front=0,0,1,0,0,90")
    return found


def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A trajectory file (.h5), or an interrupted run's .checkpoint.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write: .usdc, .usd, .usda or .usdz.")],
    samples_per_crossing: Samples = 4,
    plies: Plies = 0,
    ply_twist: PlyTwist = None,
    yarns: Yarns = True,
    surface: Surface = True,
    pins: Pins = True,
    obstacles: Obstacles = True,
    velocities: Velocities = True,
    materials: Materials = True,
    sim_curves: SimCurves = False,
    yarn_purpose: Purpose = None,
    surface_purpose: Purpose = None,
    obstacle_purpose: Purpose = None,
    up_axis: UpAxis = "Z",
    unit: Unit = "m",
    time_codes_per_second: Rate = None,
    layers: Layers = False,
    panel_frame: PanelFrames = None,
    clips: Annotated[int, typer.Option(metavar="N", help="Frames in each value clip; 0: no clips.")] = 0,
    progress: ProgressOption = ProgressKind.bar,
) -> None:
    """Export a trajectory as USD: yarns, the cloth's surface, materials, pins, and the scene to simulate it again.

    OUTPUT is replaced only when the whole file has been written.

    With --progress json, stdout has one object a line: "export" (done, count:
    frames), and at the end "saved" (path), or "error" (what, where, fix), or
    "interrupted".
    """
    with reporting_errors(), counting("export", progress) as (on_count, lines):
        import usd_export
        from warp_fabric.kept_frames import kept_run

        usd_export.export(
            kept_run(run) if run.suffix == ".checkpoint" else run,
            output,
            progress=on_count,
            samples_per_crossing=samples_per_crossing,
            plies=plies,
            ply_twist=ply_twist,
            yarns=yarns,
            surface=surface,
            pins=pins,
            obstacles=obstacles,
            velocities=velocities,
            materials=materials,
            sim_curves=sim_curves,
            yarn_purpose=yarn_purpose,
            surface_purpose=surface_purpose,
            obstacle_purpose=obstacle_purpose,
            up_axis=up_axis,
            unit=unit,
            time_codes_per_second=time_codes_per_second,
            layers=layers,
            panel_frames=numbers_by_name(panel_frame or ()),
            clips=clips,
        )
        if lines is not None:
            lines.event("saved", path=str(output))
        elif progress is ProgressKind.bar:
            typer.echo(f"wrote {output}")
