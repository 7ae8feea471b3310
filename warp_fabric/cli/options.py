"""The options of `warp-fabric simulate`, in groups; some are other commands' too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

CONTINUING, USD_FILE = "Continuing an earlier run", "USD, with all options of `warp-fabric export`"

SceneFile = Annotated[Path, typer.Argument(metavar="SCENE", help="A scene (.toml), or a cloth exported as USD.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The trajectory to write (.h5).")]
Device = Annotated[
    str | None, typer.Option(help='"cpu", "cuda:0" or "auto"; the scene\'s if not given.', show_default=False)
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Continue from the checkpoint of an interrupted run.", rich_help_panel=CONTINUING),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Discard that checkpoint and start over.", rich_help_panel=CONTINUING)
]
FromFrame = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Continue from frame N of the last run; SCENE may have changed.",
        show_default=False,
        rich_help_panel=CONTINUING,
    ),
]
Stats = Annotated[Path | None, typer.Option(help="Write the iterations and time of each step (.json).")]
Usd = Annotated[
    Path | None,
    typer.Option(help="Also write USD during the run (.usdc, .usda, .usdz).", rich_help_panel=USD_FILE),
]
UsdClips = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Let the USD file grow during the run, in clips of N frames.",
        show_default=False,
        rich_help_panel=USD_FILE,
    ),
]
UsdKeepClips = Annotated[
    bool,
    typer.Option("--usd-keep-clips", help="Never replace a file that has been shown.", rich_help_panel=USD_FILE),
]
USD_OPTIONS = (
    "usd_clips",
    "usd_keep_clips",
    "samples_per_crossing",
    "plies",
    "ply_twist",
    "yarns",
    "surface",
    "pins",
    "obstacles",
    "velocities",
    "materials",
    "sim_curves",
    "yarn_purpose",
    "surface_purpose",
    "obstacle_purpose",
    "up_axis",
    "unit",
    "time_codes_per_second",
    "layers",
    "panel_frame",
)


class Command(TyperCommand):
    """Leaves the help on how the USD file is made to `export`."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        for each in self.params:
            if each.name in USD_OPTIONS[2:] and isinstance(each, TyperOption):
                each.hidden = True
