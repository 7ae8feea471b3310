"""`warp-fabric simulate`: a scene file in, a trajectory file out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from warp_fabric.atomic import replacing
from warp_fabric.cli.common import (
    ProgressKind,
    ProgressOption,
    Stop,
    VerboseOption,
    check_ending,
    command_line,
    reporting_errors,
    reporting_progress,
)
from warp_fabric.cli.export import (
    Layers,
    Materials,
    Obstacles,
    PanelFrames,
    Pins,
    Plies,
    PlyTwist,
    Purpose,
    Rate,
    Samples,
    SimCurves,
    Surface,
    Unit,
    UpAxis,
    Velocities,
    Yarns,
    numbers_by_name,
)
from warp_fabric.cli.options import (
    USD_OPTIONS,
    Device,
    FromFrame,
    Output,
    Restart,
    Resume,
    SceneFile,
    Stats,
    Usd,
    UsdClips,
    UsdKeepClips,
)
from warp_fabric.errors import SceneError, TrajectoryError

if TYPE_CHECKING:
    from warp_fabric.progress import JsonProgress
    from warp_fabric.scene import Scene
    from warp_fabric.trajectory import Trajectory


def simulate(
    context: typer.Context,
    scene: SceneFile,
    output: Output,
    device: Device = None,
    resume: Resume = False,
    restart: Restart = False,
    from_frame: FromFrame = None,
    stats: Stats = None,
    usd: Usd = None,
    usd_clips: UsdClips = 0,
    usd_keep_clips: UsdKeepClips = False,
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
    progress: ProgressOption = ProgressKind.bar,
    verbose: VerboseOption = False,
) -> None:
    """Simulate a scene and write its trajectory.

    OUTPUT is replaced only when the run is complete. Ctrl-C leaves a checkpoint
    beside it, OUTPUT.checkpoint, from which --resume continues bit for bit (or,
    for an equilibrium, to the same one within its tolerance). A run that is
    killed also leaves one, once it has run for a few seconds.

    With --usd, the options of `warp-fabric export` work too (--plies, --unit,
    --layers, ...). With --usd-clips, the USD file can be opened at any time
    during the run, and becomes one plain file at its end. If SCENE is a USD file
    whose cloth did not start at rest, its initial state is written to
    OUTPUT.initial.h5 (run.initial.h5 for run.h5), and meshes of obstacles in it
    to OUTPUT.obstacle_0.npz and so on.

    Exit status: 0 done, 1 error, 2 wrong usage, 130 interrupted.
    """
    if resume + restart + (from_frame is not None) > 1:
        raise typer.BadParameter("--resume, --restart and --from-frame exclude each other: give one of them")
    given = {
        name for name in context.params if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    chosen = {name: context.params[name] for name in USD_OPTIONS if name in given}
    if chosen and usd is None:
        raise typer.BadParameter(f"{_flag(next(iter(chosen)))} needs a USD file: name it with --usd")
    from warp_fabric.progress import BarProgress, JsonProgress, Progress

    kinds = Progress, BarProgress, JsonProgress
    with reporting_errors(), reporting_progress(progress, *kinds) as (reporter, lines):
        from warp_fabric.start import start_warp

        start_warp(verbose)
        try:
            begin = {"resume": resume, "restart": restart, "start_from": from_frame}
            _run(scene, output, device, begin, stats, usd, chosen, reporter)
        except KeyboardInterrupt:
            _report_interrupted(scene, output, device, stats, usd, chosen, progress, lines)
            raise typer.Exit(130) from None
        if lines is not None:
            lines.event("saved", path=str(output))
        elif progress is ProgressKind.bar:
            typer.echo(f"wrote {output}")


def _run(scene, output, device, begin: dict, stats, usd, chosen, reporter) -> None:
    from warp_fabric.limits import check_run, check_writable, find_device, memory_told

    loaded = _loaded(scene, output)
    with Stop() as stop, memory_told(loaded):
        check_run(loaded, find_device(loaded, device), written=True)
        # not before: a run that is refused goes without what this loads
        from warp_fabric.simulation import checkpoint_path, simulate_to

        for path in (output, stats, usd):
            if path is not None and path.exists() and path.samefile(scene):
                raise TrajectoryError("this is the scene file", where=str(path), fix="write to another file")
        if stats is not None:
            check_writable(stats)
            if stats.absolute() == output.absolute():
                raise TrajectoryError("trajectory and statistics share this file", where=str(stats), fix="give two")
            check_ending(stats, "statistics", ".json")
        check_ending(output, "a trajectory", ".h5", ".hdf5")
        if begin["resume"] and not checkpoint_path(output).exists():
            if _finished(output, loaded):
                text = f"{output} is finished: to simulate it again, leave out --resume"
                typer.echo(text if usd is None else f"{text}; for USD, use warp-fabric export", err=True)
                return
            if output.exists():
                what = "there is no checkpoint to continue from, and this file is not a finished run of this scene"
                fix = "leave out --resume to replace it, give --from-frame N to continue from it, or another --output"
                raise TrajectoryError(what, where=str(output), fix=fix)
            typer.echo(f"note: there is no {checkpoint_path(output)}: starting from the beginning", err=True)
        go = partial(
            simulate_to,
            output,
            loaded,
            device=device,
            progress=reporter,
            **begin,
        )
        run = go(on_step=stop.check) if usd is None else _exported(go, usd, chosen, loaded, device, stop, reporter)
        if stats is not None:
            _write_statistics(run, stats)


def _finished(output: Path, scene: Scene) -> bool:
    """Whether the trajectory file is all of a run of this scene."""
    from warp_fabric.scene.meshes import meshes_digest
    from warp_fabric.scene.moved import same_scene
    from warp_fabric.trajectory import load_trajectory

    try:
        run = load_trajectory(output)
        if not same_scene(run.scene.to_toml(), None, scene.to_toml(), None):
            return False
        same_meshes = meshes_digest(run.scene) == meshes_digest(scene)
    except (SceneError, TrajectoryError):
        return False
    return same_meshes and run.frame_count == scene.time.frame_count + 1


def _loaded(path: Path, output: Path) -> Scene:
    from warp_fabric.scene import Scene, load_scene

    if path.suffix.lower() not in (".usdc", ".usd", ".usda", ".usdz"):
        return load_scene(path)
    import usd_export
    from warp_fabric.initial import begun_with
    from warp_fabric.scene.meshes import with_meshes
    from warp_fabric.simulation import initial_path

    scene = Scene.from_toml(usd_export.scene_of(path), where=str(path), folder=path.parent)
    scene = with_meshes(scene, usd_export.meshes_of(path), output.with_suffix(""))
    initial = usd_export.initial_of(path)
    return scene if initial is None else begun_with(scene, initial, initial_path(output))


def _exported(
    go: Callable[..., Trajectory], usd: Path, chosen: dict, scene: Scene, device: str | None, stop: Stop, reporter
) -> Trajectory:
    """Run, and write USD at the same time."""
    import usd_export
    from warp_fabric import __version__
    from warp_fabric.limits import find_device
    from warp_fabric.progress import JsonProgress

    def report_clips(frames: int) -> None:
        if isinstance(reporter, JsonProgress):
            root, *others = writer.shown
            reporter.event("usd", path=str(root), files=[each.name for each in others], frames=frames)

    values = {name.removeprefix("usd_"): value for name, value in chosen.items()}
    keep_clips = values.pop("keep_clips", False)
    values["panel_frames"] = numbers_by_name(values.pop("panel_frame", ()))
    options = usd_export.Options(**values)
    facts = {"version": __version__, "device": find_device(scene, device)}
    with usd_export.Writer(
        scene, usd, options, **facts, one_file=True, keep_clips=keep_clips, on_shown=report_clips
    ) as writer:

        def step(report) -> None:
            writer.tick()
            stop.check(report)

        return go(
            on_frame=lambda frame: writer.append(frame.time, frame.arrays),
            on_kept=lambda frame: writer.append(frame.time, frame.arrays, show=False),
            on_step=step,
        )


def _write_statistics(run: Trajectory, path: Path) -> None:
    from warp_fabric.progress import finite
    from warp_fabric.scene.bundled import in_words

    content = {"version": run.version, "device": run.device, **run.statistics}
    if (simulated := in_words(run.scene)) is not None:
        content["simulated"] = simulated
    try:
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(finite(content), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        fix = "give a path in a folder that has room"
        raise TrajectoryError(f"the statistics cannot be written: {error}", where=str(path), fix=fix) from error


def _report_interrupted(scene, output, device, stats, usd, chosen, progress, lines: JsonProgress | None) -> None:
    from warp_fabric.simulation import checkpoint_path

    checkpoint, again = checkpoint_path(output), None
    if checkpoint.exists():
        options = [("--device", device), ("--stats", stats), ("--usd", usd)]
        options += [(_flag(name if value is not False else f"no_{name}"), value) for name, value in chosen.items()]
        if progress is not ProgressKind.bar:
            options.append(("--progress", progress.value))
        given = [
            part
            for name, value in options
            if value is not None
            for part in ((name,) if isinstance(value, bool) else (name, str(value)))
        ]
        again = command_line("simulate", str(scene), "-o", str(output), *given, "--resume")
    if lines is not None:
        lines.event("interrupted", checkpoint=str(checkpoint) if again else None, resume=again)
    left = f"The run so far is saved in {checkpoint}. Continue with:\n  {again}" if again else "Nothing was saved."
    typer.echo(f"interrupted. {left}", err=True)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
