"""`warp-fabric simulate`: a scene file in, a trajectory file out."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warp_fabric.atomic import replacing
from warp_fabric.cli.common import Stop, command_line, hush_warp, told
from warp_fabric.errors import TrajectoryError, WarpFabricError

if TYPE_CHECKING:
    from warp_fabric.progress import JsonProgress
    from warp_fabric.scene import Scene
    from warp_fabric.trajectory import Trajectory


class ProgressKind(StrEnum):
    bar = "bar"
    json = "json"
    none = "none"


SceneFile = Annotated[
    Path, typer.Argument(metavar="SCENE", help="The scene file (.toml), or a cloth that was exported as USD.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="The trajectory file to write (.h5).")]
Device = Annotated[
    str | None, typer.Option(help='"cpu", "cuda:0" or "auto"; what the scene says if not given.', show_default=False)
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint of an interrupted run, if any.")]
Restart = Annotated[bool, typer.Option("--restart", help="Give up the checkpoint of an interrupted run.")]
Stats = Annotated[Path | None, typer.Option(help="Write statistics here: iterations and times of each step (.json).")]
Usd = Annotated[
    Path | None, typer.Option(help="Also write the cloth here as USD, frame by frame (.usdc, .usda, .usdz).")
]
ProgressOption = Annotated[
    ProgressKind, typer.Option("--progress", help="A bar on stderr, JSON lines on stdout for programs, or nothing.")
]


def simulate(
    scene: SceneFile,
    output: Output,
    device: Device = None,
    resume: Resume = False,
    restart: Restart = False,
    stats: Stats = None,
    usd: Usd = None,
    progress: ProgressOption = ProgressKind.bar,
) -> None:
    """Simulate a scene and write its trajectory.

    An existing OUTPUT is replaced only when the run has reached its end. Ctrl-C leaves a checkpoint beside it,
    OUTPUT.checkpoint, from which --resume goes on bit for bit; so does a run that was killed, if it lasted a few
    seconds. Exit status: 0 done, 1 error, 2 wrong usage, 130 interrupted.
    """
    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other: give one of them")
    with told():
        hush_warp()
        from warp_fabric.progress import BarProgress, JsonProgress, Progress

        teller = {"bar": BarProgress, "json": JsonProgress, "none": Progress}[progress.value]()
        lines = teller if isinstance(teller, JsonProgress) else None
        try:
            _run(scene, output, device, resume, restart, stats, usd, teller)
        except WarpFabricError as error:
            if lines is not None:
                lines.event("error", what=error.what, where=error.where, fix=error.fix)
            raise
        except KeyboardInterrupt:
            _tell_interrupted(scene, output, device, stats, usd, progress, lines)
            raise typer.Exit(130) from None
        if lines is not None:
            lines.event("saved", path=str(output))
        elif progress is ProgressKind.bar:
            typer.echo(f"wrote {output}")


def _run(scene, output, device, resume, restart, stats, usd, teller) -> None:
    from warp_fabric.limits import check_writable
    from warp_fabric.simulation import checkpoint_path, simulate_to

    with Stop() as stop:
        loaded = _loaded(scene)
        for path in (output, stats, usd):
            if path is not None and path.exists() and path.samefile(scene):
                raise TrajectoryError("this is the scene file", where=str(path), fix="write to another file")
        if stats is not None:
            check_writable(stats)
            if stats.absolute() == output.absolute():
                raise TrajectoryError("trajectory and statistics share this file", where=str(stats), fix="give two")
        if resume and not checkpoint_path(output).exists():
            typer.echo(f"note: there is no {checkpoint_path(output)}: starting from the beginning", err=True)
        go = partial(
            simulate_to,
            output,
            loaded,
            device=device,
            resume=resume,
            restart=restart,
            progress=teller,
            on_step=stop.check,
        )
        run = go() if usd is None else _exported(go, usd, loaded, device, resume and checkpoint_path(output).exists())
        if stats is not None:
            _write_statistics(run, stats)


def _loaded(path: Path) -> Scene:
    from warp_fabric.scene import Scene, load_scene

    if path.suffix.lower() not in (".usdc", ".usd", ".usda", ".usdz"):
        return load_scene(path)
    import usd_export

    return Scene.from_toml(usd_export.scene_of(path), where=str(path), folder=path.parent)


def _exported(go: Callable[..., Trajectory], usd: Path, scene: Scene, device: str | None, resumed: bool) -> Trajectory:
    """Run, and write USD at the same time; of a resumed run, whose first frames are past, afterwards."""
    import usd_export
    from warp_fabric import __version__
    from warp_fabric.run import find_device

    if resumed:
        run = go()
        usd_export.export(run, usd)
        return run
    with usd_export.Writer(scene, usd, version=__version__, device=find_device(scene, device)) as writer:
        return go(on_frame=lambda frame: writer.append(frame.time, frame.arrays))


def _write_statistics(run: Trajectory, path: Path) -> None:
    from warp_fabric.progress import finite

    content = {"version": run.version, "device": run.device, **run.statistics}
    try:
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(finite(content), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        fix = "give a path in a folder that has room"
        raise TrajectoryError(f"the statistics cannot be written: {error}", where=str(path), fix=fix) from error


def _tell_interrupted(scene, output, device, stats, usd, progress, lines: JsonProgress | None) -> None:
    from warp_fabric.simulation import checkpoint_path

    checkpoint, again = checkpoint_path(output), None
    if checkpoint.exists():
        options = [("--device", device), ("--stats", stats), ("--usd", usd)]
        if progress is not ProgressKind.bar:
            options.append(("--progress", progress.value))
        given = [part for name, value in options if value is not None for part in (name, str(value))]
        again = command_line("simulate", str(scene), "-o", str(output), *given, "--resume")
    if lines is not None:
        lines.event("interrupted", checkpoint=str(checkpoint) if again else None, resume=again)
    left = f"The run so far is kept in {checkpoint}. Go on with:\n  {again}" if again else "Nothing is kept of it."
    typer.echo(f"interrupted. {left}", err=True)
